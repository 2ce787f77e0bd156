"""This file decides how a REST API answers a request (APIG-01, APIG-04, APIG-06, APIG-07, APIG-10, APIG-11, APIG-12).

The order is AWS's: the method, the API's policy, its throttle, its authorizer, its API key, its validator, its
integration. What a stage serves is what was deployed to it, not what the API has become since.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harness.deliver.http import resource_policy, tokens, validation
from harness.deliver.http.access_log import AccessLogs
from harness.deliver.http.authorizers import DEFAULT_TTL_S, Asked, Authorizers, Barred, identity_of
from harness.deliver.http.exchange import HttpRequest, HttpResponse
from harness.deliver.http.gateway_answers import Refused, gateway_answer
from harness.deliver.http.integrations import Integrations, invalid_permissions
from harness.deliver.http.lambda_calls import Caller, LambdaCalls, NotLetIn, TookTooLong, function_arn
from harness.deliver.http.proxy_answers import Malformed, answer_v1, decoded
from harness.deliver.http.proxy_events import Arrival, rest_context, rest_event
from harness.deliver.http.routes import Match, match
from harness.deliver.http.token_claims import claims_v1
from harness.deliver.http.tokens import TokenRule
from harness.deliver.http.usage import Usage, throttle_of
from harness.invoke.result import InvocationResult
from harness.vendor.rest_apis import KeyOfPlan, RestStage

# APIG-06
TIMEOUT_S = 29.0
MAX_BYTES = 10 * 1024 * 1024

# Given the API's id, the stage and an API key's value: what a usage plan says of it.
FindKey = Callable[[str, str, str], KeyOfPlan | None]


class RestApis:
    """Answers for the REST APIs of one world."""

    def __init__(
        self,
        calls: LambdaCalls,
        authorizers: Authorizers,
        integrations: Integrations,
        usage: Usage,
        find_key: FindKey,
        logs: AccessLogs,
        region: str,
        account_id: str,
    ) -> None:
        self._calls = calls
        self._authorizers = authorizers
        self._integrations = integrations
        self._usage = usage
        self._find_key = find_key
        self._logs = logs
        self._arns = f"arn:aws:execute-api:{region}:{account_id}"

    def answer(self, stage: RestStage, arrival: Arrival) -> HttpResponse:
        """The answer to a request for a stage; ``arrival`` knows no method yet."""
        arrived = [arrival]
        try:
            answer = self._answered(stage, arrived)
        except Refused as refused:
            context = rest_context(arrived[-1])
            answer = gateway_answer(refused, stage.deployed.gateway_responses, context, stage.variables)
        self._logs.write(stage.access_log, f"{stage.api_id}/{stage.name}", rest_context(arrived[-1]), answer)
        return answer

    def _answered(self, stage: RestStage, arrived: list[Arrival]) -> HttpResponse:
        """The answer; ``arrived`` grows by what is found out on the way, for whoever must explain a refusal."""
        method, arrival = _routed(stage, arrived[-1])
        arrived.append(arrival)
        kind, api = str(method.get("authorizationType") or "NONE"), stage.deployed.api
        if kind != "COGNITO_USER_POOLS":
            resource_policy.check(api.get("policy"), kind, arrival, f"{self._arns}:{stage.api_id}")
        self._check_rate(stage, arrival)
        arrived.append(self._authorized(stage, method, arrived[-1]))
        if kind == "COGNITO_USER_POOLS":
            resource_policy.check(api.get("policy"), kind, arrival, f"{self._arns}:{stage.api_id}")
        arrived.append(self._with_key(stage, method, arrived[-1]))
        arrival = arrived[-1]
        validation.check(method, arrival.request, arrival.parameters, stage.deployed)
        return self._integrated(stage, method, arrival)

    def _check_rate(self, stage: RestStage, arrival: Arrival) -> None:
        """APIG-12: the settings of the method win over those of its path, both over the stage's."""
        path, method = arrival.route.replace("/", "~1"), arrival.request.method
        settings: dict[str, Any] = {}
        for key in ("*/*", f"{path}/*", f"*/{method}", f"{path}/{method}"):
            settings |= stage.settings.get(key, {})
        if not self._usage.within_rate(f"{stage.api_id}/{stage.name}/{method}{arrival.route}", throttle_of(settings)):
            raise Refused("THROTTLED", reason="the method's throttle lets no more through at this moment")

    # -- who asks -----------------------------------------------------------------------------------

    def _authorized(self, stage: RestStage, method: Mapping[str, Any], arrival: Arrival) -> Arrival:
        kind = method.get("authorizationType") or "NONE"
        if kind == "NONE":
            return arrival
        if kind == "AWS_IAM":
            # APIG-09: whose signature it is, and what its policies say, is not looked at.
            if not (arrival.request.header("Authorization") or "").startswith("AWS4-HMAC-SHA256"):
                raise Refused(
                    "MISSING_AUTHENTICATION_TOKEN", reason="the method wants a request signed with IAM's keys"
                )
            return arrival
        authorizer = stage.deployed.authorizers.get(str(method.get("authorizerId")))
        if authorizer is None:
            raise Refused("AUTHORIZER_CONFIGURATION_ERROR", reason="the method's authorizer does not exist")
        try:
            if authorizer["type"] == "COGNITO_USER_POOLS":
                claims = tokens.check(_token_rule(method, authorizer), arrival.request, arrival.at_ms // 1000)
                return replace(arrival, authorizer={"claims": claims_v1(claims)})
            said = self._authorizers.ask(self._asked(stage, method, authorizer, arrival))
        except Barred as barred:
            raise _refusal(barred) from None
        return replace(arrival, authorizer={**said, "integrationLatency": 0})

    def token_rule(self, stage: RestStage, request: HttpRequest) -> TokenRule | None:
        """What the authorizer of a request's method wants of a token; None if it takes none."""
        method, _ = _method_for(stage, request) or ({}, None)
        authorizer = stage.deployed.authorizers.get(str(method.get("authorizerId"))) or {}
        return _token_rule(method, authorizer) if authorizer.get("type") == "COGNITO_USER_POOLS" else None

    def _asked(
        self, stage: RestStage, method: Mapping[str, Any], authorizer: Mapping[str, Any], arrival: Arrival
    ) -> Asked:
        request = arrival.request
        base = f"{self._arns}:{stage.api_id}"
        token = authorizer["type"] == "TOKEN"
        source = authorizer.get("identitySource") or ("method.request.header.Authorization" if token else "")
        identity = identity_of(source, request, rest_context(arrival), stage.variables)
        method_arn = f"{base}/{stage.name}/{request.method}{request.path}"
        _check_token(authorizer, identity)
        uri = str(authorizer.get("authorizerUri") or "")
        ttl_s = authorizer.get("authorizerResultTtlInSeconds")

        def event() -> dict[str, Any]:
            if token:
                return {"type": "TOKEN", "authorizationToken": identity[0], "methodArn": method_arn}
            full = rest_event(arrival, binary=False)
            unwanted = ("body", "isBase64Encoded")
            return {"type": "REQUEST", "methodArn": method_arn, **{k: v for k, v in full.items() if k not in unwanted}}

        return Asked(
            name=f"{stage.api_id}/{stage.name}/{authorizer['id']}",
            function_arn=function_arn(uri, stage.variables) or uri,
            caller=Caller(
                f"{base}/authorizers/{authorizer['id']}",
                arrival.account_id,
                authorizer.get("authorizerCredentials"),
            ),
            method_arn=method_arn,
            identity=identity,
            ttl_s=DEFAULT_TTL_S if ttl_s is None else int(ttl_s),
            event=event,
            needs_identity=token or ttl_s != 0,
        )

    def _with_key(self, stage: RestStage, method: Mapping[str, Any], arrival: Arrival) -> Arrival:
        if not method.get("apiKeyRequired"):
            return arrival
        if stage.deployed.api.get("apiKeySource") == "AUTHORIZER":
            value = (arrival.authorizer or {}).get("usageIdentifierKey")
        else:
            value = arrival.request.header("x-api-key")
        key = self._find_key(stage.api_id, stage.name, value) if value else None
        if key is None or not key.enabled:
            why = "no usage plan of this stage has the API key" if value else "the request has no API key"
            raise Refused("INVALID_API_KEY", reason=why if key is None else "the API key is disabled")
        used = f"{key.plan_id}/{key.key_id}"
        if not self._usage.within_rate(used, key.throttle):
            raise Refused("THROTTLED", reason="the usage plan's throttle lets no more through at this moment")
        if not self._usage.within_quota(used, key.quota):
            raise Refused("QUOTA_EXCEEDED", reason="the usage plan's quota is used up")
        return replace(arrival, api_key=value, api_key_id=key.key_id)

    # -- what answers -------------------------------------------------------------------------------

    def _integrated(self, stage: RestStage, method: Mapping[str, Any], arrival: Arrival) -> HttpResponse:
        integration = method.get("methodIntegration")
        if integration is None:
            raise Refused("API_CONFIGURATION_ERROR", reason="the method has no integration")
        caller = Caller(
            f"{self._arns}:{stage.api_id}/{stage.name}/{arrival.request.method}{arrival.route}",
            arrival.account_id,
            integration.get("credentials"),
        )
        timeout_s = int(integration.get("timeoutInMillis") or TIMEOUT_S * 1000) / 1000
        if integration["type"] != "AWS_PROXY":
            return self._integrations.run(arrival, method, caller, timeout_s)
        return self._proxied(stage, integration, arrival, caller, timeout_s)

    def _proxied(
        self, stage: RestStage, integration: Mapping[str, Any], arrival: Arrival, caller: Caller, timeout_s: float
    ) -> HttpResponse:
        request = arrival.request
        if len(request.body) > MAX_BYTES:
            raise Refused("REQUEST_TOO_LARGE")
        if integration.get("httpMethod") != "POST":
            # APIG-11: Lambda's Invoke is a POST.
            raise Refused(
                "API_CONFIGURATION_ERROR",
                reason=f"Lambda is called with POST only, and the integration says {integration.get('httpMethod')}",
            )
        binary_types = stage.deployed.api.get("binaryMediaTypes") or []
        event = rest_event(arrival, binary=_is_one_of(request.header("Content-Type"), binary_types))
        arn = function_arn(integration["uri"], stage.variables)
        if arn is None:
            raise Refused("API_CONFIGURATION_ERROR", reason=f"{integration['uri']} is no function's address")
        try:
            result = self._calls.call(arn, json.dumps(event, ensure_ascii=False).encode(), caller, timeout_s)
        except NotLetIn as refused:
            raise Refused("API_CONFIGURATION_ERROR", reason=invalid_permissions(refused.reason)) from None
        except TookTooLong:
            raise Refused("INTEGRATION_TIMEOUT", reason=f"no answer after {timeout_s:g} s") from None
        return _proxy_answer(result, request, binary_types)


def _routed(stage: RestStage, arrival: Arrival) -> tuple[Mapping[str, Any], Arrival]:
    """The method a request goes to; ANY stands for those that its resource does not have."""
    request, found = arrival.request, _method_for(stage, arrival.request)
    if found is None:
        # APIG-07: also what AWS says of a path that is not there.
        raise Refused("MISSING_AUTHENTICATION_TOKEN", reason=f"the API has no method {request.method} {request.path}")
    method, place = found
    return method, replace(
        arrival,
        route=place.template,
        parameters=place.parameters,
        resource_id=method["resourceId"],
        operation=method.get("operationName"),
    )


def _method_for(stage: RestStage, request: HttpRequest) -> tuple[Mapping[str, Any], Match] | None:
    methods = stage.deployed.methods
    for found in match(request.path, [path for path, _ in methods]):
        method = methods.get((found.template, request.method)) or methods.get((found.template, "ANY"))
        if method is not None:
            return method, found
    return None


def _token_rule(method: Mapping[str, Any], authorizer: Mapping[str, Any]) -> TokenRule:
    source = str(authorizer.get("identitySource") or "method.request.header.Authorization")
    return TokenRule(
        issuers=tuple(tokens.issuer_of(arn) for arn in authorizer.get("providerARNs") or ()),
        scopes=tuple(method.get("authorizationScopes") or ()),
        source=source.removeprefix("method.request."),
        of_pool=True,
        audience_pattern=authorizer.get("identityValidationExpression"),
    )


def _refusal(barred: Barred) -> Refused:
    # APIG-08
    who = "User is not authorized to access this resource"
    if barred.kind == "unauthorized":
        return Refused("UNAUTHORIZED", reason=barred.reason)
    if barred.kind == "expired":
        return Refused("EXPIRED_TOKEN", reason=barred.reason)
    if barred.kind == "denied":
        return Refused("ACCESS_DENIED", f"{who} with an explicit deny", barred.reason)
    if barred.kind == "not allowed":
        return Refused("ACCESS_DENIED", who, barred.reason)
    kind = "AUTHORIZER_FAILURE" if barred.kind == "failed" else "AUTHORIZER_CONFIGURATION_ERROR"
    return Refused(kind, reason=barred.reason)


def _check_token(authorizer: Mapping[str, Any], identity: tuple[str | None, ...]) -> None:
    pattern = authorizer.get("identityValidationExpression")
    if pattern and identity[:1] and identity[0] and re.fullmatch(pattern, identity[0]) is None:
        raise Barred("unauthorized", "the token does not fit the authorizer's validation expression")


def _proxy_answer(result: InvocationResult, request: HttpRequest, binary_types: list[str]) -> HttpResponse:
    if result.ending in ("throttled", "stopped"):
        raise Refused("INTEGRATION_FAILURE", reason=f"Lambda refused the call: {result.ending}")
    if not result.ok:
        raise Refused("DEFAULT_5XX", reason=f"Lambda execution failed: the function {result.ending}")
    try:
        answer, is_base64 = answer_v1(result.value())
        if is_base64 and _is_one_of((request.header("Accept") or "*/*").partition(",")[0], binary_types):
            return replace(answer, body=decoded(answer.body))
        return answer
    except Malformed as wrong:
        reason = f"Execution failed due to configuration error: Malformed Lambda proxy response: {wrong}"
        raise Refused("DEFAULT_5XX", reason=reason) from None


def _is_one_of(media_type: str | None, binary_types: list[str]) -> bool:
    if "*/*" in binary_types:
        return True
    kind = (media_type or "").partition(";")[0].strip().lower()
    return kind in binary_types or f"{kind.partition('/')[0]}/*" in binary_types
