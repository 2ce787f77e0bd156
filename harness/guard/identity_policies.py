"""This file decides whether a role may do something, by its own policies and the policy of what it asks for.

It knows documents and requests only: not where a policy is kept, nor what becomes of a refusal. The rule is IAM's for
one account (IAM-07): a statement that denies wins, wherever it stands; else the role's policies or the resource's
must allow, and the role's boundary too if it has one. Session policies and those of an organization do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.guard import resource_policies
from harness.guard.statements import Verdict, as_list, judge_statements
from harness.vendor.identity_policies import RolePolicies


@dataclass(frozen=True, slots=True)
class RoleRequest:
    """Code that runs as a role wants something of a resource.

    ``action`` is an action with its prefix, ``resource`` the ARN that is asked for, ``tags`` are the role's.
    ``further`` holds condition keys that only the caller knows, in lower case.
    """

    role_arn: str
    action: str
    resource: str
    tags: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, str] = field(default_factory=dict)

    @property
    def wish(self) -> str:
        """What is asked, as it goes into a refusal."""
        return f'the role "{self.role_arn.rpartition("/")[2]}" may not {self.action} on {self.resource}'

    @property
    def services(self) -> tuple[str, ...]:
        """A role has no name behind ``Service``."""
        return ()

    def principals(self, effect: str) -> tuple[str, ...]:
        """Its names behind ``AWS``. To name the account keeps the role out, but does not let it in: that leaves it to
        the role's own policies.
        """
        account_id = self.role_arn.split(":")[4]
        account = (account_id, f"arn:aws:iam::{account_id}:root") if effect == "Deny" else ()
        return (self.role_arn, *account)

    @property
    def context(self) -> dict[str, str]:
        """The condition keys that AWS fills in for such a call; the names are in lower case."""
        account_id = self.role_arn.split(":")[4]
        _, _, _, region, resource_account, _ = self.resource.split(":", 5)
        known = {
            "aws:principalaccount": account_id,
            "aws:principalarn": self.role_arn,
            "aws:principalisawsservice": "false",
            "aws:principaltype": "AssumedRole",
            "aws:requestedregion": region,
            "aws:resourceaccount": resource_account,
            "aws:securetransport": "true",
            "aws:viaawsservice": "false",
        }
        tags = {f"aws:principaltag/{key.lower()}": value for key, value in self.tags.items()}
        return {key: value for key, value in (known | tags | dict(self.further)).items() if value}


def judge(role: RolePolicies, resource_policy: Mapping[str, Any] | None, request: RoleRequest) -> Verdict:
    """Whether the role with these policies may; ``resource_policy`` is that of the resource, None if it has none.

    Raises:
        ScenarioError: a policy uses something of IAM's language that is not understood here.
    """
    own = judge_statements(_statements(role.documents), request, owner="the role's policies")
    boundary = Verdict(True)
    if role.boundary is not None:
        statements = _statements({"boundary": role.boundary})
        boundary = judge_statements(statements, request, owner="the role's permissions boundary")
    let_in = resource_policies.judge(resource_policy, request)
    for verdict in (own, boundary, let_in):
        if verdict.denied:
            return verdict
    if not own.allowed and not let_in.allowed:
        return own
    return boundary


def _statements(documents: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for policy, document in documents.items():
        for number, statement in enumerate(as_list(document.get("Statement")), start=1):
            yield f'statement "{statement.get("Sid") or number}" in "{policy}"', statement
