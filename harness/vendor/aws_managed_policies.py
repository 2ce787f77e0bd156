"""This file decides that AWS's own managed policies are there when a role asks for one.

Upstream: moto 5.2.5 brings the documents of all of AWS's managed policies and loads them only with
``MOTO_IAM_LOAD_MANAGED_POLICIES``, all 1,400 of them, which costs half a second a world; without it, attaching one is
refused. Why that can't stay: nearly every role in a SAM template has one, and what it allows decides whether a mapping
may be made (ESM-04). What we do: read the one that is asked for out of moto's text, when it is asked for.
Since: moto 5.0. Not needed any more when: moto loads them one by one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from harness.vendor.patches import Patches


def apply(patches: Patches) -> None:
    """Have roles find AWS's managed policies."""

    def attach_role_policy(self: IAMBackend, policy_arn: str, role_name: str) -> None:
        load(self, policy_arn)
        original(self, policy_arn, role_name)

    original = patches.put(IAMBackend, "attach_role_policy", attach_role_policy)


def load(backend: IAMBackend, policy_arn: str) -> None:
    """Have the account know this policy of AWS's; nothing happens if it does or if AWS has none of that name."""
    if policy_arn in backend.managed_policies or ":iam::aws:policy/" not in policy_arn:
        return
    name = policy_arn.rpartition("/")[2]
    data = _published(name)
    if data is None:
        return
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, dict(data))
    if policy.arn == policy_arn:
        backend.aws_managed_policies.append(policy)
        backend.managed_policies[policy_arn] = policy


@lru_cache
def _published(name: str) -> Mapping[str, Any] | None:
    # The whole text is 5 MB of JSON; one entry of it is read in microseconds.
    begins = aws_managed_policies_data.find(f'\n "{name}":')
    if begins < 0:
        return None
    data: dict[str, Any] = json.JSONDecoder().raw_decode(aws_managed_policies_data, begins + len(name) + 5)[0]
    return data
