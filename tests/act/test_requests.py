from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.act.names import check_names
from harness.act.stage import FUNCTION, FUNCTION_URL, HTTP_API, REST_API, Stage
from harness.act.steps import act
from harness.deliver.http.exchange import HttpRequest, HttpResponse
from harness.deliver.http.tokens import SignedIn
from harness.errors import ScenarioError
from harness.world.stack import Resource, Stack
from tests.act.stages import on_stage, scenario

STAGE = "AWS::ApiGateway::Stage"
URL = {"FunctionUrl": "https://abc.lambda-url.us-east-1.on.aws/"}


def stack(*more: Resource) -> Stack:
    found = [
        Resource("Api", REST_API, "r1"),
        Resource("ApiStage", STAGE, "live", {}, {"RestApiId": "r1"}),
        Resource("Http", HTTP_API, "h1"),
        Resource("HttpStage", "AWS::ApiGatewayV2::Stage", "$default", {}, {"ApiId": "h1"}),
        Resource("Url", FUNCTION_URL, "arn:aws:lambda:us-east-1:1:function:users:live", URL),
        Resource("Users", FUNCTION, "users"),
        Resource("Other", FUNCTION, "other"),
        Resource("Domain", "AWS::ApiGateway::DomainName", "api.example.com"),
        *more,
    ]
    return Stack("app", "us-east-1", "1", {r.logical_id: r for r in found})


def sent(*steps: dict[str, Any], world: Stack | None = None) -> list[tuple[str, str, HttpRequest]]:
    """What these steps send: to which API and stage, and the request."""
    found: list[tuple[str, str, HttpRequest]] = []

    def answer(target: str, api_stage: str, request: HttpRequest) -> HttpResponse:
        found.append((target, api_stage, request))
        return HttpResponse(200)

    def main(stage: Stage) -> None:
        stage.stack, stage.http_request = world or stack(), answer
        for step in scenario([{"request": s} for s in steps]).when:
            act(stage, step)
        stage.kernel.quiet()

    on_stage(main)
    return found


@pytest.mark.parametrize(
    ("api", "target", "stage"),
    [
        ("Api", "r1", "live"),
        ("Http", "h1", "$default"),
        ("Url", "abc", ""),
        ("Users", "abc", ""),
        ("Domain", "api.example.com", ""),
    ],
)
def test_a_request_goes_to_what_the_step_names(api: str, target: str, stage: str) -> None:
    ((to, at, request),) = sent({"api": api})
    assert (to, at) == (target, stage)
    assert request == HttpRequest("GET", "/")


def test_query_parameters_stand_in_the_path_or_beside_it() -> None:
    ((_, _, request),) = sent({"api": "Api", "path": "/a?x=1&y=b%20c", "query": {"x": ["2", "3"], "n": 4}})
    assert request.path == "/a"
    assert request.query == (("x", "1"), ("y", "b c"), ("x", "2"), ("x", "3"), ("n", "4"))


@pytest.mark.parametrize(
    ("body", "headers", "content"),
    [
        ({"json": {"a": "ä"}}, (("Content-Type", "application/json"), ("Content-Length", "11")), '{"a": "ä"}'),
        ({"json": None}, (("Content-Type", "application/json"), ("Content-Length", "4")), "null"),
        ({"body": "x"}, (("Content-Length", "1"),), "x"),
        (
            {"json": [], "headers": {"content-type": "application/vnd.a+json", "X": ["1", "2"]}},
            (("content-type", "application/vnd.a+json"), ("X", "1"), ("X", "2"), ("Content-Length", "2")),
            "[]",
        ),
    ],
)
def test_a_body_has_its_type_and_its_length(body: dict[str, Any], headers: Any, content: str) -> None:
    ((_, _, request),) = sent({"api": "Api", "method": "POST", **body})
    assert (request.headers, request.body) == (headers, content.encode())


def test_a_request_that_is_not_waited_for_leaves_the_next_step_free() -> None:
    began: list[tuple[str, float]] = []

    def main(stage: Stage) -> list[int]:
        def answer(target: str, api_stage: str, request: HttpRequest) -> HttpResponse:
            began.append((request.path, stage.kernel.clock.elapsed_us / 1e6))
            stage.kernel.sleep(5)
            return HttpResponse(200)

        stage.stack, stage.http_request = stack(), answer
        items = [{"api": "Api", "path": f"/{n}", "wait": n == 3} for n in (1, 2, 3, 4)]
        for step in scenario([{"request": one} for one in items]).when:
            act(stage, step)
        stage.kernel.quiet()
        return [e.took_us for e in stage.exchanges]

    assert on_stage(main) == [5_000_000] * 4
    assert sorted(began) == [("/1", 0.0), ("/2", 0.0), ("/3", 0.0), ("/4", 5.0)]


def refusal(step: dict[str, Any], **world: Any) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        sent(step, **world)
    return caught.value


def test_what_answers_no_http_is_refused_with_the_nearest_that_does() -> None:
    assert "has no URL" in refusal({"api": "Other"}).problem
    assert 'no "Apy"' in refusal({"api": "Apy"}).problem
    assert "Api" in (refusal({"api": "Apy"}).hint or "")


def test_of_several_stages_the_step_must_say_which() -> None:
    two = stack(Resource("Test", STAGE, "test", {}, {"RestApiId": "r1"}))
    assert "has 2 stages, live, test" in refusal({"api": "Api"}, world=two).problem
    assert sent({"api": "Api", "stage": "test"}, world=two)[0][1] == "test"


def test_an_api_without_a_stage_is_refused() -> None:
    bare = stack(Resource("Bare", REST_API, "r2"))
    assert "No stage" in refusal({"api": "Bare"}, world=bare).problem


def test_a_stage_may_come_from_the_deployment() -> None:
    made = Resource("D", "AWS::ApiGateway::Deployment", "d", {}, {"RestApiId": "r2", "StageName": "v1"})
    assert sent({"api": "Bare"}, world=stack(Resource("Bare", REST_API, "r2"), made))[0][:2] == ("r2", "v1")


def test_wrong_names_in_steps_and_checks_are_told_before_anything_runs() -> None:
    written = scenario([{"request": {"api": "Apy"}}], [{"response": {"api": "Nobody"}}])
    with pytest.raises(ScenarioError, match=r"Apy[\s\S]*Nobody"):
        check_names(stack(), written)


@pytest.mark.parametrize("step", [{"api": "Api", "json": 1, "body": "x"}, {"api": "Api", "path": "no-slash"}])
def test_what_cannot_be_sent_is_no_step(step: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"path|json"):
        scenario([{"request": step}])


def test_a_fixture_is_a_body(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"\xff")
    from harness.scenario.model import Request

    step = Request.model_construct(
        _fields_set={"api", "file"}, api="Api", method="PUT", path="/", query={}, headers={}, file=file, stage=None
    )
    found: list[bytes] = []

    def main(stage: Stage) -> None:
        def answer(target: str, api_stage: str, request: HttpRequest) -> HttpResponse:
            found.append(request.body)
            return HttpResponse(200)

        stage.stack, stage.http_request = stack(), answer
        act(stage, step)

    on_stage(main)
    assert found == [b"\xff"]


def test_who_is_signed_in_sends_their_token_along() -> None:
    asked: list[SignedIn] = []

    def sign_in(target: str, api_stage: str, request: HttpRequest, who: SignedIn) -> HttpRequest | None:
        asked.append(who)
        return replace(request, headers=(*request.headers, ("Authorization", "token")))

    def main(stage: Stage) -> HttpRequest:
        stage.stack, stage.http_sign_in = stack(), sign_in
        stage.http_request = lambda target, api_stage, request: HttpResponse(200)
        given = {"user": "ada", "groups": ["g"], "scopes": ["s"], "claims": {"c": 1}}
        for step in scenario([{"request": {"api": "Http", "as": given}}]).when:
            act(stage, step)
        return stage.exchanges[0].request

    assert on_stage(main).header("Authorization") == "token"
    assert asked == [SignedIn("ada", ("g",), ("s",), {"c": 1})]


def test_nobody_can_be_signed_in_where_no_token_is_taken() -> None:
    assert "no authorizer that takes tokens" in refusal({"api": "Http", "as": {"user": "ada"}}).problem
