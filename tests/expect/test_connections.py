from __future__ import annotations

from typing import Any

import pytest

from harness.act.stage import Stage
from harness.deliver.http.websocket_events import Connection
from harness.errors import ScenarioError
from harness.expect.checks import look
from harness.expect.looked import Looked
from tests.act.stages import on_stage, scenario


def ada(status: int = 200, *, open_: bool = True, closed_with: int | None = None) -> Connection:
    made: Any = Connection("id", "ada", None, status, open_)  # type: ignore[arg-type]
    made.received = [(0, '{"from": "Bob", "text": "hello"}'), (1, "no json")]
    made.closed_with = closed_with
    return made  # type: ignore[no-any-return]


def looked(check: dict[str, Any], connection: Connection) -> Looked:
    def main(stage: Stage) -> Looked:
        stage.connections["ada"] = connection
        return look(stage, scenario(then=[{"connection": {"client": "ada", **check}}]).then[0])

    return on_stage(main)


@pytest.mark.parametrize(
    "check",
    [
        {},
        {"status": 200, "open": True},
        {"count": 2},
        {"json": {"from": "Bob"}, "count": 1},
        {"body": {"contains": "json"}},
        {"json": {"from": "Eve"}, "count": 0},
    ],
)
def test_a_connection_that_is_as_it_should_be_holds(check: dict[str, Any]) -> None:
    assert looked(check, ada()).problems == []


def test_what_does_not_hold_says_what_is_there_instead() -> None:
    found = looked({"status": 200, "open": True}, ada(403, open_=False))
    assert found.sentence == "ada was answered with a status that is 200 and is connected"
    assert found.problems == [
        "the status: it is 403 and should be 200",
        "it is not connected: it was answered 403",
    ]
    closed = looked({"open": True}, ada(open_=False, closed_with=1001)).problems
    assert closed == ["it is not connected any more: the connection was closed with 1001"]


def test_messages_that_do_not_fit_say_why() -> None:
    found = looked({"json": {"from": "Eve"}}, ada())
    assert found.sentence == 'ada gets at least 1 message with a JSON value `from` is "Eve"'
    assert found.problems == [
        '0 of 2 messages fit; {"from": "Bob", "text": "hello"} does not: `from`: it is "Bob" and should be "Eve"'
    ]
    silent = ada()
    silent.received = []
    assert looked({"count": 1}, silent).problems == ["it got no message"]
    assert looked({"count": 3}, ada()).problems == ["2 of 2 messages fit"]


def test_a_client_that_never_connected_is_the_authors_slip() -> None:
    def main(stage: Stage) -> Looked:
        return look(stage, scenario(then=[{"connection": {"client": "ada"}}]).then[0])

    with pytest.raises(ScenarioError, match='No step has connected a client "ada"'):
        on_stage(main)
