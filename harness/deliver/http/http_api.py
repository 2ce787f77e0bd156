"""This file decides how an HTTP API answers a request (APIG-02, APIG-03, APIG-05, APIG-06, APIG-08, APIG-12).

A route's method and path win over ANY and its path, both over ``$default``. What is behind a route is
``http_integrations.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.deliver.http import cors, tokens
from harness.deliver.http.access_log import AccessLogs
from harness.deliver.http.authorizers import Asked, Authorizers, Barred, Kind, identity_of
from harness.deliver.http.exchange import HttpRequest, HttpResponse
from harness.deliver.http.http_context import context_variables
from harness.deliver.http.http_integrations import HttpIntegrations, own_answer
from harness.deliver.http.lambda_calls import Caller, function_arn
from harness.deliver.http.proxy_events import Arrival, event_v2, http_event_v1
from harness.deliver.http.routes import match
from harness.deliver.http.token_claims import claims_v2
from harness.deliver.http.tokens import BadToken, TokenRule
from harness.deliver.http.usage import Throttle, Usage, throttle_of
from harness.vendor.http_apis import HttpStage


class HttpApis:
    """Answers for the HTTP APIs of one world."""

    def __init__(
        self,
        integrations: HttpIntegrations,
        authorizers: Authorizers,
        usage: Usage,
        logs: AccessLogs,
        region: str,
        account_id: str,
    ) -> None:
        self._integrations = integrations
        self._authorizers = authorizers
        self._usage = usage
        self._logs = logs
        self._arns = f"arn:aws:execute-api:{region}:{account_id}"

    def answer(self, stage: HttpStage, arrival: Arrival) -> HttpResponse:
        """The answer to a request for a stage; ``arrival`` knows no route yet."""
        request = arrival.request
        if stage.cors and cors.is_preflight(request):
            answer = cors.preflight_answer(stage.cors, request)
        else:
            arrival, answer = self._routed(stage, arrival)
            answer = cors.with_cors(stage.cors, request, answer) if stage.cors else answer
        self._logs.write(stage.access_log, f"{stage.api_id}/{stage.name}", context_variables(arrival), answer)
        return answer

    def _routed(self, stage: HttpStage, arrival: Arrival) -> tuple[Arrival, HttpResponse]:
        """The answer, and what is known of the request by then."""
        found = _route(stage, arrival.request)
        if found is None:
            request = arrival.request
            return arrival, own_answer(404, "Not Found", f"the API has no route for {request.method} {request.path}")
        route, parameters = found
        arrival = replace(arrival, route=route["routeKey"], parameters=parameters)
        if not self._usage.within_rate(f"{stage.api_id}/{stage.name}/{arrival.route}", _throttle(stage, arrival.route)):
            # APIG-12
            return arrival, own_answer(429, "Too Many Requests", "the route's throttle lets no more through now")
        try:
            arrival = self._authorized(stage, route, arrival)
        except Barred as barred:
            return arrival, _barred(barred)
        integration = stage.integrations.get(str(route.get("target") or "").removeprefix("integrations/"))
        if integration is None:
            return arrival, own_answer(500, "Internal Server Error", "the route has no integration")
        path = "/$default" if arrival.route == "$default" else arrival.route.partition(" ")[2]
        source_arn = f"{self._arns}:{stage.api_id}/{stage.name}/{arrival.request.method}{path}"
        return arrival, self._integrations.run(stage, integration, arrival, source_arn)

    # -- who asks -----------------------------------------------------------------------------------

    def _authorized(self, stage: HttpStage, route: Mapping[str, Any], arrival: Arrival) -> Arrival:
        kind = route.get("authorizationType") or "NONE"
        if kind == "NONE":
            return arrival
        if kind == "AWS_IAM":
            # APIG-09: whose signature it is, and what its policies say, is not looked at.
            if not (arrival.request.header("Authorization") or "").startswith("AWS4-HMAC-SHA256"):
                raise Barred("not allowed", "the route wants a request signed with IAM's keys")
            return arrival
        authorizer = stage.authorizers.get(str(route.get("authorizerId")))
        if authorizer is None:
            raise Barred("misconfigured", "the route's authorizer does not exist")
        if authorizer.get("authorizerType") == "JWT":
            rule = _token_rule(route, authorizer)
            claims = tokens.check(rule, arrival.request, arrival.at_ms // 1000)
            return replace(
                arrival, authorizer={"jwt": {"claims": claims_v2(claims), "scopes": list(rule.scopes) or None}}
            )
        said = self._authorizers.ask(self._asked(stage, authorizer, arrival))
        if authorizer.get("authorizerPayloadFormatVersion") == "1.0":
            return replace(arrival, authorizer=said)
        said.pop("principalId", None)
        return replace(arrival, authorizer={"lambda": said})

    def token_rule(self, stage: HttpStage, request: HttpRequest) -> TokenRule | None:
        """What the authorizer of a request's route wants of a token; None if it takes none."""
        found = _route(stage, request)
        authorizer = stage.authorizers.get(str(found[0].get("authorizerId"))) if found else None
        if found is None or authorizer is None or authorizer.get("authorizerType") != "JWT":
            return None
        return _token_rule(found[0], authorizer)

    def _asked(self, stage: HttpStage, authorizer: Mapping[str, Any], arrival: Arrival) -> Asked:
        request = arrival.request
        base = f"{self._arns}:{stage.api_id}"
        route_arn = f"{base}/{stage.name}/{request.method}{request.path}"
        identity = identity_of(authorizer.get("identitySource"), request, {}, stage.variables)
        uri = str(authorizer.get("authorizerUri") or "")

        def event() -> dict[str, Any]:
            named: dict[str, Any] = {"type": "REQUEST"}
            if authorizer.get("authorizerPayloadFormatVersion") == "1.0":
                full = http_event_v1(arrival)
                named |= {"methodArn": route_arn, "identitySource": ",".join(one or "" for one in identity)}
            else:
                full = event_v2(arrival)
                named |= {"routeArn": route_arn, "identitySource": list(identity)}
            unwanted = ("body", "isBase64Encoded")
            return {**named, **{key: value for key, value in full.items() if key not in unwanted}}

        return Asked(
            name=f"{stage.api_id}/{stage.name}/{authorizer['authorizerId']}",
            function_arn=function_arn(uri, stage.variables) or uri,
            caller=Caller(
                f"{base}/authorizers/{authorizer['authorizerId']}",
                arrival.account_id,
                authorizer.get("authorizerCredentialsArn"),
            ),
            method_arn=route_arn,
            identity=identity,
            # Unlike a REST API's, it is not kept unless it says for how long.
            ttl_s=int(authorizer.get("authorizerResultTtlInSeconds") or 0),
            event=event,
            simple=bool(authorizer.get("enableSimpleResponses")),
            needs_identity=bool(identity),
        )


def _route(stage: HttpStage, request: HttpRequest) -> tuple[Mapping[str, Any], dict[str, str]] | None:
    by_key = {str(route["routeKey"]): route for route in stage.routes}
    templates = [key.partition(" ")[2] for key in by_key if " " in key]
    for found in match(request.path, templates):
        for method in (request.method, "ANY"):
            route = by_key.get(f"{method} {found.template}")
            if route is not None:
                return route, found.parameters
    return (by_key["$default"], {}) if "$default" in by_key else None


def _throttle(stage: HttpStage, route_key: str) -> Throttle | None:
    """A route's own limits, each the stage's if it has none."""
    return throttle_of({**stage.default_settings, **(stage.route_settings.get(route_key) or {})})


def _token_rule(route: Mapping[str, Any], authorizer: Mapping[str, Any]) -> TokenRule:
    wanted = authorizer.get("jwtConfiguration") or {}
    sources = authorizer.get("identitySource") or ["$request.header.Authorization"]
    return TokenRule(
        issuers=(str(wanted.get("issuer")),),
        scopes=tuple(route.get("authorizationScopes") or ()),
        audiences=tuple(wanted.get("audience") or ()),
        source=sources[0].removeprefix("$request."),
    )


_STATUS: dict[Kind, int] = {"unauthorized": 401, "expired": 401, "denied": 403, "not allowed": 403}


def _barred(barred: Barred) -> HttpResponse:
    status = _STATUS.get(barred.kind, 500)
    message = {401: "Unauthorized", 403: "Forbidden"}.get(status, "Internal Server Error")
    answer = own_answer(status, message, barred.reason)
    if not isinstance(barred, BadToken):
        return answer
    challenge = f'Bearer scope="" error="{barred.error}" error_description="{barred.reason}"'
    return replace(answer, headers=(*answer.headers, ("www-authenticate", challenge if barred.error else "Bearer")))
