from __future__ import annotations

from typing import Any

import pytest

from harness.act.names import check_names
from harness.act.stage import HTTP_API, Stage
from harness.act.steps import act
from harness.deliver.http.exchange import HttpRequest
from harness.deliver.http.websocket_events import Connection
from harness.errors import ScenarioError
from harness.world.stack import Resource, Stack
from tests.act.stages import on_stage, scenario

STAGE = "AWS::ApiGatewayV2::Stage"


def stack() -> Stack:
    found = [
        Resource("Chat", HTTP_API, "w1", {}, {"ProtocolType": "WEBSOCKET"}),
        Resource("ChatStage", STAGE, "live", {}, {"ApiId": "w1"}),
        Resource("Http", HTTP_API, "h1", {}, {"ProtocolType": "HTTP"}),
    ]
    return Stack("app", "us-east-1", "1", {r.logical_id: r for r in found})


class Sockets:
    """Lets everybody in but "bob", and writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def connect(self, client: str, target: str, stage_name: str, request: HttpRequest) -> Connection:
        self.asked.append(("connect", client, target, stage_name, request.query, request.headers))
        made: Any = Connection("id", client, None, 200, True)  # type: ignore[arg-type]
        if client == "bob":
            made.status, made.open = 403, False
        return made

    def send(self, connection: Connection, body: str) -> None:
        self.asked.append(("send", connection.client, body))

    def close(self, connection: Connection) -> None:
        self.asked.append(("close", connection.client))
        connection.open = False


def done(*steps: dict[str, Any]) -> list[Any]:
    sockets = Sockets()

    def main(stage: Stage) -> None:
        stage.stack, stage.sockets = stack(), sockets
        for step in scenario([*steps]).when:
            act(stage, step)

    on_stage(main)
    return sockets.asked


ADA = {"connect": {"api": "Chat", "name": "ada", "query": {"a": "b"}, "headers": {"h": "i"}}}
BOB = {"connect": {"api": "Chat", "name": "bob"}}


def test_a_client_connects_says_something_and_leaves() -> None:
    asked = done(
        ADA,
        {"say": {"client": "ada", "json": {"action": "a"}}},
        {"say": {"client": "ada", "text": "t"}},
        {"disconnect": {"client": "ada"}},
        ADA,
    )
    connect = ("connect", "ada", "w1", "live", (("a", "b"),), (("h", "i"),))
    said = [("send", "ada", '{"action": "a"}'), ("send", "ada", "t")]
    assert asked == [connect, *said, ("close", "ada"), connect]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([ADA, ADA], 'The client "ada" is connected already'),
        ([{"say": {"client": "ada", "text": "t"}}], 'No step has connected a client "ada"'),
        ([{"disconnect": {"client": "ada"}}], 'No step has connected a client "ada"'),
        ([BOB, {"say": {"client": "bob", "text": "t"}}], r'The client "bob" was not let in \(403\)'),
        (
            [ADA, {"disconnect": {"client": "ada"}}, {"say": {"client": "ada", "text": "t"}}],
            'The client "ada" has left or was thrown out',
        ),
        ([{"connect": {"api": "Http", "name": "a"}}], '"Http" is an HTTP API, which answers requests'),
        ([{"request": {"api": "Chat"}}], '"Chat" is a WebSocket API, which answers no requests'),
    ],
)
def test_what_cannot_be_done_is_told_at_its_line(steps: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        done(*steps)


def test_an_api_that_is_not_there_is_told_before_anything_runs() -> None:
    with pytest.raises(ScenarioError, match='"Chta"'):
        check_names(stack(), scenario([{"connect": {"api": "Chta", "name": "ada"}}]))
