"""This file decides how the step ``request`` becomes an HTTP request: to which API and stage, with which bytes.

How it is answered is ``harness/deliver/http``. A step that does not wait leaves its request to a task.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlparse

from harness.act.content import as_json, preview
from harness.act.stage import DOMAINS, FUNCTION, FUNCTION_URL, HTTP_API, REST_API, Exchange, Stage
from harness.deliver.http.exchange import HttpRequest, Pairs
from harness.deliver.http.tokens import SignedIn
from harness.errors import ScenarioError, did_you_mean
from harness.scenario.model import Request
from harness.world.stack import Resource, Stack

_STAGES = {REST_API: ("AWS::ApiGateway::Stage", "RestApiId"), HTTP_API: ("AWS::ApiGatewayV2::Stage", "ApiId")}


def send(stage: Stage, step: Request) -> None:
    """Send the request; what it is answered is kept in ``stage.exchanges``.

    Raises:
        ScenarioError: there is no such API, or it is not clear which of its stages is meant.
    """
    try:
        found = check_api(stage.stack, step.api)
        api_stage = step.stage or stage_of(stage.stack, found)
    except ScenarioError as error:
        raise ScenarioError(error.problem, where=step.where, hint=error.hint) from None
    target = target_of(found)
    request = _signed_in(stage, step, target, api_stage, request_of(step))
    number = len(stage.exchanges)
    stage.exchanges.append(Exchange(step.api, step.name, found.logical_id, request))
    stage.begin(
        "requested",
        step.api,
        method=step.method,
        path=step.path,
        name=step.name,
        body=preview(request.body.decode(errors="replace")),
    )
    began_us = stage.kernel.clock.now_us

    def carry() -> None:
        answer = stage.http_request(target, api_stage, request)
        took_us = stage.kernel.clock.now_us - began_us
        stage.exchanges[number] = replace(stage.exchanges[number], response=answer, took_us=took_us)

    if step.wait:
        carry()
    else:
        stage.kernel.spawn(carry, name=f"request to {step.api}")


def _signed_in(stage: Stage, step: Request, target: str, api_stage: str, request: HttpRequest) -> HttpRequest:
    """The request with the token of the user that the step names, if it names one."""
    if step.as_ is None:
        return request
    who = SignedIn(step.as_.user, step.as_.groups, step.as_.scopes, step.as_.claims)
    signed = stage.http_sign_in(target, api_stage, request, who)
    if signed is None:
        raise ScenarioError(
            f'{step.method} {request.path} of "{step.api}" has no authorizer that takes tokens of users, so nobody can '
            "be signed in there.",
            where=step.where,
            hint="as: is for JWT authorizers of HTTP APIs and COGNITO_USER_POOLS authorizers of REST APIs. "
            "For a Lambda authorizer, write what it expects into headers.",
        )
    return signed


def check_api(stack: Stack, logical_id: str) -> Resource:
    """The API, custom domain or function URL that a scenario names; a function stands for its URL.

    Raises:
        ScenarioError: it names nothing that answers HTTP.
    """
    found = stack.resources.get(logical_id)
    if found is not None and found.properties.get("ProtocolType") == "WEBSOCKET":
        raise ScenarioError(
            f'"{logical_id}" is a WebSocket API, which answers no requests.', hint="Use the steps connect and say."
        )
    if found is not None and found.type in (REST_API, HTTP_API, FUNCTION_URL, *DOMAINS):
        return found
    answering = [r for kind in (REST_API, HTTP_API, FUNCTION_URL, *DOMAINS) for r in stack.of_type(kind)]
    if found is not None and found.type == FUNCTION:
        for url in stack.of_type(FUNCTION_URL):
            if url.physical_id.split(":")[6] == found.physical_id:
                return url
        raise ScenarioError(
            f'The function "{logical_id}" has no URL.',
            hint="Name the API in front of it: "
            + (", ".join(r.logical_id for r in answering) or "there is none")
            + ".",
        )
    kind = f'"{logical_id}" is of type {found.type}' if found is not None else f'The template has no "{logical_id}"'
    raise ScenarioError(
        f"{kind}; a request goes to a REST API, an HTTP API or a function URL.",
        hint=did_you_mean(logical_id, [r.logical_id for r in answering]),
    )


def target_of(api: Resource) -> str:
    """What a request is sent to: an API's id, or the first part of a function URL's host name."""
    return url_id(api) if api.type == FUNCTION_URL else api.physical_id


def url_id(url: Resource) -> str:
    """The first part of a function URL's host name."""
    return (urlparse(str(url.attributes["FunctionUrl"])).hostname or "").partition(".")[0]


def stage_of(stack: Stack, api: Resource) -> str:
    """The name of an API's only stage; "" for a function URL and for a custom domain.

    Raises:
        ScenarioError: it has none, or several.
    """
    if api.type in (FUNCTION_URL, *DOMAINS):
        return ""
    kind, key = _STAGES[api.type]
    names = [r.physical_id for r in stack.of_type(kind) if r.properties.get(key) == api.physical_id]
    if not names:
        # A deployment may make the stage on its way.
        deployments = stack.of_type("AWS::ApiGateway::Deployment")
        names = [
            str(d.properties["StageName"])
            for d in deployments
            if d.properties["RestApiId"] == api.physical_id and "StageName" in d.properties
        ]
    if len(names) == 1:
        return names[0]
    if not names:
        raise ScenarioError(
            f'No stage of "{api.logical_id}" is in the template, so nothing of it is deployed.',
            hint=f"Add an {kind} that refers to it.",
        )
    raise ScenarioError(
        f'"{api.logical_id}" has {len(names)} stages, {", ".join(names)}; the step does not say which.',
        hint=f"Write stage: {names[0]}",
    )


def request_of(step: Request) -> HttpRequest:
    """The HTTP request that a step means.

    Raises:
        ScenarioError: its fixture cannot be read.
    """
    path, _, written = step.path.partition("?")
    query: list[tuple[str, str]] = parse_qsl(written, keep_blank_values=True)
    for name, value in step.query.items():
        query += [(name, str(one)) for one in (value if isinstance(value, list) else [value])]
    headers: list[tuple[str, str]] = []
    for name, header in step.headers.items():
        headers += [(name, one) for one in (header if isinstance(header, list) else [header])]
    body = _body(step)
    if "json_" in step.model_fields_set and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    if body:
        headers.append(("Content-Length", str(len(body))))
    pairs: Pairs = tuple(headers)
    return HttpRequest(step.method, path, tuple(query), pairs, body)


def _body(step: Request) -> bytes:
    if "json_" in step.model_fields_set:
        return as_json(step.json_).encode()
    if step.file is not None:
        try:
            return step.file.read_bytes()
        except OSError as error:
            raise ScenarioError(
                f'The fixture "{step.file}" cannot be read: {error.strerror}.', where=step.where
            ) from None
    return (step.body or "").encode()
