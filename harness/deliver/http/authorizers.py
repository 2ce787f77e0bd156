"""This file decides whether a Lambda authorizer lets a request through, and what it says of the caller (APIG-08).

An answer is kept for as long as the authorizer says (300 s unless it says otherwise), by the values of its identity
source. What is said to a client who is not let through is decided by the kind of API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.deliver.http.exchange import HttpRequest, last_values
from harness.deliver.http.lambda_calls import Caller, LambdaCalls, NotLetIn, TookTooLong, function_error
from harness.guard.statements import as_list, judge_statements
from harness.invoke.result import InvocationResult
from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel

DEFAULT_TTL_S = 300
TIMEOUT_S = 10

Kind = Literal["unauthorized", "expired", "denied", "not allowed", "failed", "misconfigured"]


class Barred(Exception):
    """The request does not get through."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind: Kind = kind
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of an authorizer: ``event`` makes what the function gets, of the identity source's values."""

    name: str
    function_arn: str
    caller: Caller
    method_arn: str
    identity: tuple[str | None, ...]
    ttl_s: int
    event: Callable[[], Mapping[str, Any]]
    simple: bool = False
    needs_identity: bool = True


@dataclass(frozen=True, slots=True)
class _Call:
    """The client wants to call a method."""

    resource: str
    action: str = "execute-api:Invoke"

    @property
    def wish(self) -> str:
        """What is asked, as it goes into a refusal."""
        return "the caller may not call this method"

    @property
    def context(self) -> dict[str, str]:
        """No condition keys are filled in for such a policy here."""
        return {}


class Authorizers:
    """The Lambda authorizers of one world, and what they said lately."""

    def __init__(self, kernel: Kernel, calls: LambdaCalls) -> None:
        self._kernel = kernel
        self._calls = calls
        self._kept: dict[tuple[str, tuple[str | None, ...]], tuple[int, Any]] = {}

    def ask(self, asked: Asked) -> dict[str, Any]:
        """What the authorizer says of the caller: ``principalId`` and its context.

        Raises:
            Barred: it does not let the request through, or cannot say.
        """
        if asked.needs_identity and any(not value for value in asked.identity):
            raise Barred("unauthorized", "the identity source is missing, so the authorizer was not called")
        key = (asked.name, asked.identity)
        until_us, said = self._kept.get(key, (0, None))
        if until_us <= self._kernel.clock.now_us:
            said = self._call(asked)
            if asked.ttl_s > 0 and asked.identity:
                self._kept[key] = (self._kernel.clock.now_us + asked.ttl_s * US_PER_S, said)
        return _judged(asked, said)

    def _call(self, asked: Asked) -> Any:
        payload = json.dumps(asked.event()).encode()
        try:
            result = self._calls.call(asked.function_arn, payload, asked.caller, TIMEOUT_S)
        except NotLetIn as refused:
            raise Barred("misconfigured", refused.reason) from None
        except TookTooLong:
            raise Barred("failed", f"the authorizer took longer than {TIMEOUT_S} s") from None
        if not result.ok:
            raise _failed(result)
        return result.value()


def _failed(result: InvocationResult) -> Barred:
    said = function_error(result).get("errorMessage")
    if said == "Unauthorized":
        return Barred("unauthorized", "the authorizer raised Unauthorized")
    return Barred("failed", f"the authorizer {result.ending}: {said}")


def _judged(asked: Asked, said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise Barred("misconfigured", "the authorizer returned no object")
    if asked.simple:
        if said.get("isAuthorized") is not True:
            raise Barred("not allowed", "the authorizer said isAuthorized: false")
        return dict(said.get("context") or {})
    policy = said.get("policyDocument")
    if not isinstance(policy, dict):
        raise Barred("misconfigured", "the authorizer returned no policyDocument")
    statements = as_list(policy.get("Statement"))
    if not all(isinstance(statement, dict) for statement in statements):
        raise Barred("misconfigured", "the authorizer's policyDocument has statements that are no objects")
    named = [(f"statement {number}", one) for number, one in enumerate(statements, start=1)]
    verdict = judge_statements(named, _Call(asked.method_arn), owner="the authorizer's policy")
    if not verdict.allowed:
        raise Barred("denied" if verdict.denied else "not allowed", verdict.reason)
    return {"principalId": said.get("principalId"), **_context(said.get("context"))}


def _context(context: Any) -> dict[str, Any]:
    if context is None:
        return {}
    if not isinstance(context, dict) or any(isinstance(v, dict | list) for v in context.values()):
        raise Barred("misconfigured", "the authorizer's context may hold texts, numbers and true/false only")
    # APIG-08: a function behind the API gets texts.
    return {name: v if isinstance(v, str) else json.dumps(v) for name, v in context.items()}


def identity_of(
    sources: str | list[str] | None, request: HttpRequest, context: Mapping[str, Any], variables: Mapping[str, str]
) -> tuple[str | None, ...]:
    """The values of an authorizer's identity sources, None for each that the request does not have.

    REST APIs write ``method.request.header.Name``, HTTP APIs ``$request.header.Name``, WebSocket APIs
    ``route.request.header.Name``.
    """
    listed = sources.split(",") if isinstance(sources, str) else sources or []
    return tuple(_identity(source.strip(), request, context, variables) for source in listed if source.strip())


def _identity(
    source: str, request: HttpRequest, context: Mapping[str, Any], variables: Mapping[str, str]
) -> str | None:
    found = re.fullmatch(
        r"(?:method\.|route\.|\$)?(request\.header|request\.querystring|stageVariables|context)\.(.+)", source
    )
    if found is None:
        return None
    kind, name = found[1], found[2]
    if kind == "request.header":
        return request.header(name)
    if kind == "request.querystring":
        return last_values(request.query).get(name)
    if kind == "stageVariables":
        return variables.get(name)
    value: Any = context
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return None if value is None else str(value)
