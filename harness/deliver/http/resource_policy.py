"""This file decides whether a REST API's own resource policy lets a request in.

From AWS's page "How API Gateway resource policies affect authorization workflow": without an authorizer, and behind a
user pool's, the policy must allow; behind a Lambda authorizer or IAM it must only not deny, since they allow by
themselves. Nobody who asks has a name here: callers are anonymous.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.deliver.http.gateway_answers import Refused
from harness.deliver.http.proxy_events import SOURCE_IP, Arrival
from harness.guard.resource_policies import judge
from harness.guard.statements import as_list

_ALLOWED_BY_OTHERS = ("AWS_IAM", "CUSTOM")


@dataclass(frozen=True, slots=True)
class _Anonymous:
    """Somebody on the internet calls a method."""

    resource: str
    context: Mapping[str, str]
    action: str = "execute-api:Invoke"

    @property
    def wish(self) -> str:
        """What is asked, as it goes into a refusal."""
        return f"anonymous may not {self.action} on {self.resource}"

    @property
    def services(self) -> tuple[str, ...]:
        """Nobody has no name behind ``Service``."""
        return ()

    def principals(self, effect: str) -> tuple[str, ...]:
        """Nobody has no name behind ``AWS``, but everybody's."""
        return ()


def check(policy: str | None, authorization: str, arrival: Arrival, base: str) -> None:
    """Let a request pass that the policy lets in; ``base`` is the API's ARN, without a slash at its end.

    Raises:
        Refused: it does not.
    """
    if not policy:
        return
    request = arrival.request
    method_arn = f"{base}/{arrival.stage}/{request.method}{request.path}"
    asked = _Anonymous(
        method_arn,
        {
            "aws:securetransport": "true",
            "aws:sourceip": SOURCE_IP,
            "aws:useragent": request.header("User-Agent") or "",
        },
    )
    verdict = judge(_with_whole_arns(json.loads(policy), base), asked)
    if verdict.allowed or (not verdict.denied and authorization in _ALLOWED_BY_OTHERS):
        return
    parts = method_arn.split(":")
    parts[4] = f"********{parts[4][-4:]}"
    shown = ":".join(parts)
    said = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {shown}"
    raise Refused("ACCESS_DENIED", said + (" with an explicit deny" if verdict.denied else ""), verdict.reason)


def _with_whole_arns(policy: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Policies may write ``execute-api:/stage/GET/path``: API Gateway completes it as it keeps the policy."""
    statements = []
    for statement in as_list(policy.get("Statement")):
        whole = dict(statement)
        for name in ("Resource", "NotResource"):
            if name in whole:
                whole[name] = [_whole(str(one), base) for one in as_list(whole[name])]
        statements.append(whole)
    return {**policy, "Statement": statements}


def _whole(resource: str, base: str) -> str:
    if resource.startswith("execute-api:/"):
        return base + resource.removeprefix("execute-api:")
    return resource
