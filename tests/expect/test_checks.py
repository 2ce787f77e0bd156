from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harness.act.stage import Stage
from harness.act.steps import act
from harness.errors import ScenarioError
from harness.expect.checks import look
from harness.expect.looked import Looked
from harness.scenario.model import PythonCheck
from tests.act.stages import FakeInbox, FakeMail, FakeMessage, Peek, arn, on_stage, scenario, write

DEAD = arn("sqs", "dead")
NEWS = arn("sns", "news")


def looked(check: dict[str, Any], *when: dict[str, Any], events: list[Any] | None = None, **world: Any) -> Looked:
    def main(stage: Stage) -> Looked:
        for step in scenario(list(when)).when:
            act(stage, step)
        for what, who, detail in events or []:
            stage.kernel.emit("invoke", what, who, **detail)
        stage.kernel.quiet()
        return look(stage, scenario(then=[check]).then[0])

    return on_stage(main, **world)


def upload(key: str, text: str = "x", **rest: Any) -> dict[str, Any]:
    return {"upload": {"bucket": "Raw", "key": key, "text": text, **rest}}


# -- objects --------------------------------------------------------------------------------------


def test_an_object_is_looked_into_by_jmespath() -> None:
    check = {"object": {"bucket": "Raw", "key": "k", "json": {"rows[0].n": 1, "length(rows)": {"at_least": 2}}}}
    assert looked(check, upload("k", '{"rows": [{"n": 1}, {}]}')).problems == []
    found = looked(check, upload("k", '{"rows": [{"n": 3}]}'))
    assert found.sentence == (
        'object "k" in Raw exists, with JSON value `rows[0].n` is 1 and JSON value `length(rows)` is at least 2'
    )
    assert found.problems == [
        "`rows[0].n`: it is 3 and should be 1",
        "`length(rows)`: it is 1 and should be at least 2",
    ]
    assert found.related == ("Raw", "k")


@pytest.mark.parametrize(
    ("wish", "content", "problem"),
    [
        ({"json": {"a": 1}}, "nope", "it is no JSON (Expecting value: line 1 column 1 (char 0)); it begins with"),
        ({"json": {"length(a)": 1}}, '{"a": 1}', "`length(a)` cannot be asked of it: "),
        ({"text": {"contains": "b"}}, "aaa", 'its text: it is "aaa" and should contain "b"'),
        ({"size": {"at_most": 2}}, "aaa", "its size: it is 3 bytes and should be at most 2 bytes"),
        ({"metadata": {"why": "late"}}, "a", 'metadata "why": it is "early" and should be "late"'),
        ({"metadata": {"who": "me"}}, "a", 'metadata "who": there is no value and it should be "me"'),
        ({"exists": False}, "aaa", "it is there, with 3 bytes"),
    ],
)
def test_an_object_that_is_not_as_it_must_be(wish: dict[str, Any], content: str, problem: str) -> None:
    found = looked({"object": {"bucket": "Raw", "key": "k", **wish}}, upload("k", content, metadata={"why": "early"}))
    assert len(found.problems) == 1
    assert found.problems[0].startswith(problem)


def test_a_missing_object_is_told_with_the_nearest_key() -> None:
    check = {"object": {"bucket": "Raw", "key": "processed/a_result.json"}}
    found = looked(check, upload("processed/b_result.json"), upload("x"))
    assert found.problems == ['it is not there; the nearest of 2 objects in Raw is "processed/b_result.json"']


def test_bytes_that_are_no_text_are_no_accident() -> None:
    upload_bytes = {"upload": {"bucket": "Raw", "key": "k", "base64": "/w=="}}
    found = looked({"object": {"bucket": "Raw", "key": "k", "text": "x"}}, upload_bytes)
    assert found.problems[0].startswith("its content is no UTF-8 text: ")


def test_the_objects_of_a_bucket_are_counted_and_named() -> None:
    check = {"objects": {"bucket": "Raw", "prefix": "a/", "count": 2, "keys": ["a/1", "a/3"]}}
    assert looked(check, upload("a/1"), upload("a/3"), upload("b/1")).problems == []
    found = looked(check, upload("a/1"), upload("a/2"), upload("a/4"))
    assert found.sentence == 'Raw holds 2 objects under "a/": "a/1", "a/3"'
    assert found.problems == ['it holds 3: "a/1", "a/2", "a/4"', 'missing: "a/3"', 'not expected: "a/2", "a/4"']


# -- items ----------------------------------------------------------------------------------------


def put(key: str, number: int, **rest: Any) -> dict[str, Any]:
    return {"put_item": {"table": "Orders", "item": {"id": key, "n": number, **rest}}}


def test_an_item_is_looked_into_by_jmespath() -> None:
    check = {"item": {"table": "Orders", "key": {"id": "a", "n": 1}, "json": {"price": 2.5, "lines[0].sku": "x"}}}
    assert looked(check, put("a", 1, price=2.5, lines=[{"sku": "x"}])).problems == []
    found = looked(check, put("a", 1, price=3))
    assert found.sentence == (
        'item {"id": "a", "n": 1} in Orders exists, with JSON value `price` is 2.5 and JSON value `lines[0].sku` is "x"'
    )
    assert found.problems[0] == "`price`: it is 3 and should be 2.5"
    assert found.related == ("Orders",)


def test_an_item_that_is_not_there_says_which_are() -> None:
    check = {"item": {"table": "Orders", "key": {"id": "a", "n": 1}}}
    assert looked(check).problems == ["it is not there; Orders is empty"]
    (problem,) = looked(check, put("b", 1), put("a", 2)).problems
    assert problem == 'it is not there; Orders holds "{"id": "a", "n": 2}", "{"id": "b", "n": 1}"'
    gone = {"item": {"table": "Orders", "key": {"id": "a", "n": 1}, "exists": False}}
    assert looked(gone).problems == []
    assert looked(gone, put("a", 1)).problems == ['it is there: {"id": "a", "n": 1}']


def test_the_items_of_a_table_are_counted_and_seen_as_a_list_in_the_order_of_their_keys() -> None:
    items = [put("b", 1), put("a", 10), put("a", 9)]
    check = {"items": {"table": "Orders", "count": 3, "json": {"[].[id, n]": [["a", 9], ["a", 10], ["b", 1]]}}}
    assert looked(check, *items).problems == []
    found = looked({"items": {"table": "Orders", "count": 1}}, put("a", 1), put("a", 2))
    assert found.sentence == "Orders holds 1 item"
    assert found.problems == ['it holds 2: "{"id": "a", "n": 1}", "{"id": "a", "n": 2}"']


# -- queues ---------------------------------------------------------------------------------------


def send(body: Any, queue: str = "Dead") -> dict[str, Any]:
    return {"send": {"queue": queue, "body": body}}


def peek(*messages: FakeMessage) -> Peek:
    return Peek({DEAD: list(messages)})


def test_a_queue_is_counted_without_consuming() -> None:
    def main(stage: Stage) -> Any:
        for step in scenario([send("a"), send("b")]).when:
            act(stage, step)
        check = scenario(then=[{"queue": {"name": "Dead", "messages": 2}}]).then[0]
        return look(stage, check).problems, look(stage, check).problems

    assert on_stage(main) == ([], [])


def test_a_count_that_is_off_says_what_is_there_and_whose_story_it_is() -> None:
    found = looked({"queue": {"name": "Dead", "messages": 1, "in_flight": {"at_least": 1}}})
    assert found.sentence == "Dead holds 1 message and has at least 1 message in flight"
    assert found.problems == ["it holds 0", "0 are in flight"]
    assert found.related == ("Dead", "Main")


def test_one_message_must_fit_all_that_is_said_of_it() -> None:
    check = {"queue": {"name": "Dead", "body": {"contains": "a"}, "json": {"id": 1}, "attributes": {"t": "x"}}}
    attribute = {"t": {"DataType": "String", "StringValue": "x"}}
    assert looked(check, peek_queue=peek(FakeMessage('{"a": 0, "id": 1}', attribute))).problems == []
    halves = peek(FakeMessage('{"a": 0, "id": 1}'), FakeMessage('{"id": 2}', attribute))
    assert looked(check, peek_queue=halves).problems == [
        'no message fits: the bodies are "{"a": 0, "id": 1}", "{"id": 2}"'
    ]


def test_the_only_message_says_why_it_does_not_fit() -> None:
    found = looked({"queue": {"name": "Dead", "body": "x"}}, peek_queue=peek(FakeMessage("y")))
    assert found.problems == ['no message fits: its body: it is "y" and should be "x"']
    assert looked({"queue": {"name": "Dead", "body": "x"}}).problems == ["there is no message to look into"]


def test_bodies_are_paired_in_any_order_even_if_one_fits_several() -> None:
    check = {"queue": {"name": "Dead", "bodies": [{"contains": "a"}, "ab", {"contains": "b"}]}}
    messages = [FakeMessage("ab"), FakeMessage("xb"), FakeMessage("ax")]
    assert looked(check, peek_queue=peek(*messages)).problems == []
    assert looked(check, peek_queue=peek(*messages[:2])).problems == ["it holds 2 messages; 3 are described"]
    wrong = peek(FakeMessage("ab"), FakeMessage("xb"), FakeMessage("xb"))
    assert looked(check, peek_queue=wrong).problems == ['no message is left for one that is "ab"']


# -- inbox ----------------------------------------------------------------------------------------


def inbox(*mails: FakeMail) -> FakeInbox:
    return FakeInbox(list(mails))


def test_mail_is_counted_by_address_topic_subject_and_text() -> None:
    mails = inbox(
        FakeMail("ops@x", "ALARM: a", '{"n": 1}', NEWS),
        FakeMail("ops@x", "ALARM: b", '{"n": 2}', "other"),
        FakeMail("dev@x", "ALARM: c", '{"n": 1}', NEWS),
        FakeMail("ops@x", None, '{"n": 1}', NEWS),
    )
    wish = {"to": "ops@x", "topic": "News", "subject": {"contains": "ALARM"}, "json": {"n": 1}, "count": 1}
    assert looked({"inbox": wish}, inbox=mails).problems == []
    found = looked({"inbox": {**wish, "count": 2}}, inbox=mails)
    assert found.sentence == (
        'ops@x receives 2 e-mails from News with a subject that contains "ALARM" and a JSON value `n` is 1'
    )
    assert found.problems == ['1 of the 2 e-mails that came fit; the subjects: "ALARM: a", "(no subject)"']


def test_at_least_one_mail_is_meant_unless_a_count_is_given() -> None:
    assert looked({"inbox": {"to": "ops@x"}}).problems == ["none came"]
    assert looked({"inbox": {"to": "ops@x", "count": 0}}).problems == []
    found = looked({"inbox": {"subject": "a"}}, inbox=inbox(FakeMail("o", "b", "")))
    assert found.problems == ['one came that does not fit: the subject: it is "b" and should be "a"']


# -- functions and logs ---------------------------------------------------------------------------

RUNS = [
    ("started", "Worker", {"cold": True}),
    ("failed", "Worker", {"error": "KeyError"}),
    ("started", "Worker", {"cold": False}),
    ("timed out", "Worker", {"error": "Sandbox.Timedout"}),
    ("started", "Worker", {"cold": True}),
    ("succeeded", "Worker", {}),
    ("throttled", "Worker", {}),
    ("succeeded", "Other", {}),
]


def test_runs_are_counted_by_how_they_ended() -> None:  # LAM-05, LAM-06, LAM-17
    wish = {"invocations": 3, "errors": 2, "succeeded": 1, "timeouts": 1, "throttles": 1, "cold_starts": 2}
    assert looked({"function": {"name": "Worker", **wish}}, events=RUNS).problems == []


def test_a_wrong_count_of_runs_names_the_errors() -> None:
    found = looked({"function": {"name": "Worker", "invocations": 1, "errors": {"at_most": 1}}}, events=RUNS)
    assert found.sentence == "Worker has 1 invocation and at most 1 error"
    assert found.problems == ["it had 3 invocations and 2 errors (KeyError x1, Sandbox.Timedout x1)"]


def test_a_log_is_searched_line_by_line() -> None:
    def main(stage: Stage) -> Any:
        logs = stage.client("logs")
        name = {"logGroupName": "/aws/lambda/worker", "logStreamName": "s"}
        logs.create_log_group(logGroupName=name["logGroupName"])
        logs.create_log_stream(**name)
        at = stage.kernel.clock.now_us // 1000
        messages = ["START RequestId: 1", "first line\nsecond line", "END RequestId: 1"]
        logs.put_log_events(**name, logEvents=[{"timestamp": at, "message": m} for m in messages])
        wishes: list[dict[str, Any]] = [{"contains": "ond li"}, {"line": "second line"}, {"line": "line"}]
        wishes += [{"contains": "line", "count": 2}, {"contains": "line", "count": 3}, {"contains": "line", "count": 0}]
        checks = scenario(then=[{"log": {"function": "Worker", **wish}} for wish in wishes]).then
        return [look(stage, check).problems for check in checks]

    assert on_stage(main) == [
        [],
        [],
        ['none of its 2 lines does; the last are "first line", "second line"'],
        [],
        ['2 of its 2 lines do; the last are "first line", "second line"'],
        ['2 of its 2 lines do; the last are "first line", "second line"'],
    ]


def test_a_wish_for_a_number_of_lines_is_said_with_it() -> None:
    found = looked({"log": {"function": "Worker", "contains": "x", "count": {"at_least": 2}}})
    assert found.sentence == 'the log of Worker has at least 2 lines each of which contains "x"'


def test_a_function_that_never_ran_has_no_log() -> None:  # LAM-23
    found = looked({"log": {"function": "Worker", "contains": "x"}})
    assert found.sentence == 'the log of Worker has a line that contains "x"'
    assert found.problems == ["there is no log: it never ran"]


def test_the_log_of_a_group_is_searched_too() -> None:
    def main(stage: Stage) -> Any:
        logs = stage.client("logs")
        (check,) = scenario(then=[{"log": {"group": "Access", "line": "GET /"}}]).then
        empty = look(stage, check)
        logs.create_log_stream(logGroupName="access", logStreamName="s")
        at = stage.kernel.clock.now_us // 1000
        logs.put_log_events(logGroupName="access", logStreamName="s", logEvents=[{"timestamp": at, "message": "GET /"}])
        return empty.sentence, empty.problems, look(stage, check).problems

    assert on_stage(main) == ('the log of Access has a line that is "GET /"', ["nobody wrote a line to it"], [])


@pytest.mark.parametrize("named", [{}, {"function": "Worker", "group": "Access"}])
def test_a_log_is_one_functions_or_one_groups(named: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="choice"):
        scenario(then=[{"log": {**named, "contains": "x"}}])


# -- time and Python ------------------------------------------------------------------------------


def test_elapsed_is_counted_from_the_first_step() -> None:
    def main(stage: Stage) -> Any:
        stage.kernel.sleep(5)
        stage.started_us = stage.kernel.clock.elapsed_us
        stage.kernel.sleep(30)
        return [look(stage, c).problems for c in scenario(then=[{"elapsed": "30s"}, {"elapsed": "35s"}]).then]

    assert on_stage(main) == [[], ["it is 30s and should be 35s"]]


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ("pass", []),
        ("return True", []),
        ("return 'too few'", ["too few"]),
        ("return False", ["it returned False"]),
        ("assert pipeline.elapsed_s > 0, 'no time passed'", ["no time passed"]),
        ("assert 0", ["it raised AssertionError without a text"]),
    ],
)
def test_a_python_check_holds_unless_it_says_something(tmp_path: Path, body: str, problems: list[str]) -> None:
    file = write(tmp_path / "checks.py", f"def holds(pipeline):\n    {body}\n")
    check = PythonCheck(call="checks.py:holds")
    check._file = file
    assert on_stage(lambda stage: look(stage, check)) == Looked("checks.py:holds holds", problems)


def test_a_python_check_that_returns_a_number_is_a_slip(tmp_path: Path) -> None:
    check = PythonCheck(call="checks.py:holds")
    check._file = write(tmp_path / "checks.py", "def holds(pipeline):\n    return 3\n")
    with pytest.raises(ScenarioError, match="returned a int"):
        on_stage(lambda stage: look(stage, check))
