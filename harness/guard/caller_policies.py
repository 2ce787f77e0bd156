"""This file decides whether a policy that a caller carries lets it do something: what an authorizer returned.

It knows documents only. The rule is IAM's: a statement that denies wins, else one must allow (IAM-07). Policies of
resources, which name principals, are ``resource_policies.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from harness.guard.conditions import unmet_condition
from harness.guard.wildcards import like

Ruling = Literal["allowed", "denied", "not allowed"]


def rule(policy: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]) -> Ruling:
    """How ``policy`` answers; "denied" is by a statement, "not allowed" for want of one.

    Raises:
        ScenarioError: a condition is not understood here.
    """
    ruling: Ruling = "not allowed"
    for statement in _as_list(policy.get("Statement")):
        if not isinstance(statement, Mapping) or not _applies(statement, action, resource, context):
            continue
        if statement.get("Effect") == "Deny":
            return "denied"
        if statement.get("Effect") == "Allow":
            ruling = "allowed"
    return ruling


def _applies(statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]) -> bool:
    actions = [str(a).lower() for a in _as_list(statement.get("Action"))]
    resources = [str(r) for r in _as_list(statement.get("Resource"))]
    if not any(like(a, action.lower()) for a in actions) or not any(like(r, resource) for r in resources):
        return False
    return unmet_condition(statement.get("Condition") or {}, context) is None


def _as_list(value: Any) -> Sequence[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
