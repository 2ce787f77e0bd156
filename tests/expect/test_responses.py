from __future__ import annotations

from typing import Any

import pytest

from harness.act.stage import Exchange, Stage
from harness.deliver.http.exchange import HttpRequest, HttpResponse
from harness.expect.checks import look
from harness.expect.looked import Looked
from tests.act.stages import on_stage, scenario

JSON = (("Content-Type", "application/json"),)
OK = HttpResponse(200, JSON, b'{"user": {"name": "Ada"}}')
BROKEN = HttpResponse(502, JSON, b'{"message":"Internal server error"}', "Malformed Lambda proxy response")


def exchange(
    path: str, response: HttpResponse | None, *, name: str | None = None, method: str = "GET", took_us: int = 0
) -> Exchange:
    return Exchange("Api", name, "Api", HttpRequest(method, path), response, took_us)


def looked(check: dict[str, Any], *exchanges: Exchange) -> Looked:
    def main(stage: Stage) -> Looked:
        stage.exchanges.extend(exchanges)
        return look(stage, scenario(then=[{"response": check}]).then[0])

    return on_stage(main)


@pytest.mark.parametrize(
    "check",
    [
        {"status": 200},
        {"status": {"at_least": 200, "at_most": 299}},
        {"headers": {"content-type": {"contains": "json"}, "X-None": {"exists": False}}},
        {"body": {"contains": "Ada"}},
        {"json": {"user.name": "Ada"}},
        {"took": {"at_most": "5s"}},
        {"request": "one", "api": "Api", "method": "get", "path": "/a?x=1", "count": 1},
    ],
)
def test_an_answer_that_fits_is_found(check: dict[str, Any]) -> None:
    assert looked(check, exchange("/a", OK, name="one", took_us=5_000_000)).problems == []


def test_one_answer_that_does_not_fit_says_why_and_what_the_gateway_says_of_it() -> None:
    found = looked({"status": 200, "json": {"user.name": "Eve"}}, exchange("/a", BROKEN))
    assert found.sentence == (
        'a request gets at least 1 answer with a status that is 200 and a JSON value `user.name` is "Eve"'
    )
    assert found.problems == [
        "the answer does not fit: the status: it is 502 and should be 200 (it came with "
        '{"message":"Internal server error"}; Malformed Lambda proxy response); '
        '`user.name`: it is null and should be "Eve"'
    ]
    assert found.related == ("Api",)


def test_of_several_answers_the_statuses_are_counted() -> None:
    found = looked({"status": 200, "count": 3}, exchange("/a", OK), exchange("/b", BROKEN), exchange("/c", BROKEN))
    assert found.problems[0].startswith("1 of 3 answers fit (statuses: 200 x1, 502 x2); the first that does not: ")


def test_only_the_chosen_requests_are_looked_at() -> None:
    sent = [exchange("/a", OK, name="a"), exchange("/b", BROKEN, method="PUT")]
    assert looked({"path": "/a", "status": 200}, *sent).problems == []
    assert looked({"method": "PUT", "status": 502}, *sent).problems == []
    assert looked({"request": "nobody"}, *sent).problems == ["no such request was sent"]
    assert looked({"request": "a", "count": 0}, *sent).problems != []


def test_an_answer_that_has_not_come_does_not_fit() -> None:
    assert looked({"status": 200}, exchange("/a", None)).problems == ["the answer does not fit: there is no answer yet"]


def test_a_request_is_named_in_the_sentence() -> None:
    found = looked({"request": "one", "method": "PUT", "path": "/a", "api": "Api", "count": 0})
    assert found.sentence == '"one" PUT /a of Api gets 0 answers'
