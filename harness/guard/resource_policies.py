"""This file decides whether a resource's own policy lets somebody in, an AWS service or a role, and if not, why not.

It knows documents and requests only: not where a policy is kept, nor what becomes of a refusal; what a role's own
policies allow is not asked here. The rule is IAM's: a statement that denies wins, else one must allow, else it is
refused (IAM-07, IAM-09). What a statement says that cannot be judged here is refused by name, never passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from harness.errors import ScenarioError, did_you_mean
from harness.guard.statements import Asked, Verdict, as_list, judge_statements


class Request(Asked, Protocol):
    """What somebody wants of a resource, and under which names a policy can mean whoever asks."""

    @property
    def services(self) -> tuple[str, ...]:
        """The names behind ``Service``."""
        ...

    def principals(self, effect: str) -> tuple[str, ...]:
        """The names behind ``AWS`` that let the asker in ("Allow") or keep it out ("Deny")."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A service that wants something of a resource on behalf of another one. IAM-11

    ``service`` is its principal ("s3.amazonaws.com"), ``other_name`` another that means it too, ``action`` an action
    with its prefix, ``resource`` the ARN that is asked for, ``source_arn`` and ``source_account`` say on whose behalf.
    """

    service: str
    action: str
    resource: str
    source_arn: str
    source_account: str
    other_name: str = ""

    @property
    def wish(self) -> str:
        """What is asked, as it goes into a refusal."""
        return f"{self.service} may not {self.action} for {self.source_arn}"

    @property
    def services(self) -> tuple[str, ...]:
        """Its names behind ``Service``."""
        return (self.service, self.other_name) if self.other_name else (self.service,)

    def principals(self, effect: str) -> tuple[str, ...]:
        """A service has no names behind ``AWS`` but everybody's."""
        return ()

    @property
    def context(self) -> dict[str, str]:
        """The condition keys that AWS fills in for such a call; the names are in lower case."""
        # CW-14: an alarm is let in by the policy that a topic has from the start, which asks for this old key.
        owner = {"aws:sourceowner": self.source_account} if self.service == "cloudwatch.amazonaws.com" else {}
        return owner | {
            "aws:principalisawsservice": "true",
            "aws:principalservicename": self.service,
            "aws:securetransport": "true",
            "aws:sourceaccount": self.source_account,
            "aws:sourcearn": self.source_arn,
            "aws:viaawsservice": "false",
        }


def judge(policy: Mapping[str, Any] | None, request: Request) -> Verdict:
    """Whether ``policy``, attached to the resource, allows ``request``; None is a resource without a policy.

    Raises:
        ScenarioError: the policy uses something of IAM's language that is not understood here.
    """
    statements = as_list((policy or {}).get("Statement"))
    if not statements:
        return Verdict(False, f"{request.wish}: the target has no policy")
    named = [(f'statement "{s.get("Sid") or number}"', s) for number, s in enumerate(statements, start=1)]
    return judge_statements(
        named,
        request,
        owner="the target's policy",
        concerns=lambda statement: _principal_fits(statement, request),
    )


def _principal_fits(statement: Mapping[str, Any], request: Request) -> bool:
    services, principals = request.services, request.principals(str(statement.get("Effect")))
    if "Principal" in statement:
        return _names(statement["Principal"], services, principals)
    if "NotPrincipal" in statement:
        return not _names(statement["NotPrincipal"], services, principals)
    return False


def _names(principal: Any, services: tuple[str, ...], principals: tuple[str, ...]) -> bool:
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
    return any(name in ("*", *principals) for name in as_list(principal.get("AWS"))) or any(
        services and name in ("*", *services) for name in as_list(principal.get("Service"))
    )
