"""This file decides where the policies of a role are found.

Upstream: moto 5.2.5 keeps them and asks them for nothing unless its own, partial IAM is switched on. What we do: read
them in one shape. What they allow is not decided here. It changes nothing in moto.
Since: moto 1.x. Not needed any more when: moto has one place to ask for all policies of a role.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend, ManagedPolicy, iam_backends

from harness.vendor import aws_managed_policies


@dataclass(frozen=True, slots=True)
class RolePolicies:
    """What a role has: its policies' documents by name, its boundary's document if it has one, and its tags."""

    documents: Mapping[str, Mapping[str, Any]]
    boundary: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def find(role_arn: str) -> RolePolicies | None:
    """The role's policies as they stand now; None if there is no such role."""
    backend: IAMBackend = iam_backends[role_arn.split(":")[4]]["aws"]
    try:
        role = backend.get_role_by_arn(role_arn)
    except NotFoundException:
        return None
    inline = {name: _read(document) for name, document in role.policies.items()}
    managed = {policy.name: _in_force(policy) for policy in role.managed_policies.values()}
    boundary = role.permissions_boundary_arn
    return RolePolicies(
        {**inline, **managed},
        None if not boundary else _boundary(backend, boundary),
        {tag["Key"]: tag["Value"] for tag in role.tags},
    )


def _boundary(backend: IAMBackend, policy_arn: str) -> Mapping[str, Any]:
    # A boundary that does not exist allows nothing.
    aws_managed_policies.load(backend, policy_arn)
    policy = backend.managed_policies.get(policy_arn)
    return {} if policy is None else _in_force(policy)


def _in_force(policy: ManagedPolicy) -> Mapping[str, Any]:
    return next(_read(v.document) for v in policy.versions if v.version_id == policy.default_version_id)


def _read(document: Any) -> Mapping[str, Any]:
    read: dict[str, Any] = json.loads(document) if isinstance(document, str) else document
    return read
