"""This file decides whether a resource's own policy lets an AWS service in, and if not, why not.

It knows documents and requests only: not where a policy is kept, nor what becomes of a refusal. Roles and users are
not asked here. The rule is IAM's: a statement that denies wins, else one must allow, else it is refused (IAM-07,
IAM-09). What a statement says that cannot be judged here is refused by name, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.errors import ScenarioError, did_you_mean
from harness.guard.conditions import unmet_condition
from harness.guard.wildcards import like, without_variables


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A service that wants something of a resource on behalf of another one. IAM-11

    ``service`` is its principal ("s3.amazonaws.com"), ``action`` an action with its prefix, ``resource`` the ARN that
    is asked for, ``source_arn`` and ``source_account`` say on whose behalf. Without a ``service`` the caller is
    anybody, and ``keys`` is all that is known of the call.
    """

    service: str
    action: str
    resource: str
    source_arn: str
    source_account: str
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def context(self) -> dict[str, str]:
        """The condition keys that AWS fills in for such a call; the names are in lower case."""
        if not self.service:
            return {"aws:principalisawsservice": "false", "aws:securetransport": "true", **self.keys}
        return {
            **self.keys,
            "aws:principalisawsservice": "true",
            "aws:principalservicename": self.service,
            "aws:securetransport": "true",
            "aws:sourceaccount": self.source_account,
            "aws:sourcearn": self.source_arn,
            "aws:viaawsservice": "false",
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a policy allows a request; ``reason`` says in a sentence why not, and is empty if it does."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Miss:
    """How far a statement came before something in it did not fit."""

    steps: int = 0
    text: str = field(default="", compare=False)


def judge(policy: Mapping[str, Any] | None, request: ServiceRequest) -> Verdict:
    """Whether ``policy``, attached to the resource, allows ``request``; None is a resource without a policy.

    Raises:
        ScenarioError: the policy uses something of IAM's language that is not understood here.
    """
    wanted = f"{request.service or 'the caller'} may not {request.action} for {request.source_arn or 'itself'}"
    statements = _as_list((policy or {}).get("Statement"))
    if not statements:
        return Verdict(False, f"{wanted}: the target has no policy")
    allowed = False
    nearest = _Miss()
    for number, statement in enumerate(statements, start=1):
        name = f'statement "{statement.get("Sid") or number}"'
        miss = _miss(statement, request, name)
        if miss is not None:
            if statement.get("Effect") == "Allow":
                nearest = max(nearest, miss, key=lambda m: m.steps)
        elif statement.get("Effect") == "Deny":
            return Verdict(False, f"{wanted}: {name} of the target's policy denies it")
        elif statement.get("Effect") == "Allow":
            allowed = True
    if allowed:
        return Verdict(True)
    but = f"; {nearest.text}" if nearest.text else ""
    return Verdict(False, f"{wanted}: no statement of the target's policy allows it{but}")


def _miss(statement: Mapping[str, Any], request: ServiceRequest, name: str) -> _Miss | None:
    """What does not fit in this statement, or None if it applies."""
    if not _principal_fits(statement, request.service):
        return _Miss()
    if not _fits(statement, "Action", lambda pattern: like(pattern.lower(), request.action.lower())):
        return _Miss(1, f"{name} names the service, but another action")
    if not _fits(statement, "Resource", lambda pattern: like(without_variables(pattern), request.resource)):
        return _Miss(2, f"{name} would, but its resource is not {request.resource}")
    unmet = unmet_condition(statement.get("Condition") or {}, request.context)
    if unmet is not None:
        return _Miss(3, f"{name} would, but {unmet}")
    return None


def _fits(statement: Mapping[str, Any], element: str, matches: Callable[[str], bool]) -> bool:
    if element in statement:
        return any(matches(str(p)) for p in _as_list(statement[element]))
    if f"Not{element}" in statement:
        return not any(matches(str(p)) for p in _as_list(statement[f"Not{element}"]))
    return False


def _principal_fits(statement: Mapping[str, Any], service: str) -> bool:
    if "Principal" in statement:
        return _names(statement["Principal"], service)
    if "NotPrincipal" in statement:
        return not _names(statement["NotPrincipal"], service)
    return False


def _names(principal: Any, service: str) -> bool:
    # Everybody includes services: that is how policies for S3 and SNS used to be written.
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    for kind in principal:
        if kind not in ("AWS", "CanonicalUser", "Federated", "Service"):
            raise ScenarioError(
                f'A resource policy names a principal of the kind "{kind}", which IAM does not have.',
                hint=did_you_mean(kind, ("AWS", "CanonicalUser", "Federated", "Service")),
            )
    return "*" in _as_list(principal.get("AWS")) or any(
        name in ("*", service) for name in _as_list(principal.get("Service"))
    )


def _as_list(value: Any) -> Sequence[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
