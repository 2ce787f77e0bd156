"""This file decides which statements of a bucket's policy count for a request.

Upstream: moto 5.2.5 passes over a statement's ``Condition`` (``FakeBucket.get_permission``), so that the usual "deny
what does not come over TLS" denies everything. Why that can't stay: SAM's and CDK's own buckets have such a policy.
What we do: leave a statement out whose conditions do not hold; a request counts as one over TLS, as those to AWS are,
by whichever way it came in here. Since: moto 4.x. Not needed any more when: the test ``test_upstream_...`` fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.iam.access_control import IAMPolicy
from moto.s3.models import FakeBucket

from harness.vendor.patches import Patches

_CONTEXT = {"aws:securetransport": "true"}

# Given a statement's conditions and what is known of the request; why they do not hold, None if they do.
Unmet = Callable[[Mapping[str, Any], Mapping[str, str]], "str | None"]


def apply(patches: Patches, *, unmet: Unmet) -> None:
    """Look at conditions."""

    def get_permission(self: FakeBucket, action: str, resource: str) -> Any:
        document = json.loads(self.policy) if self.policy is not None else {}
        statements = document.get("Statement", [])
        statements = statements if isinstance(statements, list) else [statements]
        if not any("Condition" in statement for statement in statements):
            return original(self, action, resource)
        kept = [s for s in statements if "Condition" not in s or unmet(s["Condition"], _CONTEXT) is None]
        return IAMPolicy(json.dumps({**document, "Statement": kept})).is_action_permitted(action, resource)

    original = patches.put(FakeBucket, "get_permission", get_permission)
