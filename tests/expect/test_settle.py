from __future__ import annotations

from typing import Any

import pytest

from harness.act.stage import Stage
from harness.errors import ScenarioError
from harness.expect.outcome import CheckOutcome
from harness.expect.settle import look_at_all
from harness.kernel.clock import to_us
from tests.act.stages import on_stage, scenario


def after(stage: Stage, seconds: float, key: str = "late") -> None:
    """Have an object appear in Results after that much virtual time."""

    def put() -> None:
        stage.kernel.sleep(seconds)
        stage.client("s3").put_object(Bucket="result-bucket", Key=key, Body=b"x")
        stage.kernel.emit("s3", "object created", "Results", key=key)

    stage.kernel.spawn(put, name="late object")


def look(stage: Stage, *checks: Any) -> list[CheckOutcome]:
    return look_at_all(stage, scenario(then=list(checks)).then)


def exists(within: str | None = None, key: str = "late") -> dict[str, Any]:
    body: dict[str, Any] = {"bucket": "Results", "key": key}
    return {"object": body | ({"within": within} if within else {})}


def test_a_plain_check_is_looked_at_once_nothing_is_left_to_happen() -> None:
    def main(stage: Stage) -> Any:
        after(stage, 900)
        return look(stage, exists())

    (outcome,) = on_stage(main)
    assert outcome.held
    assert outcome.at_us == to_us(900)
    assert outcome.seen == ""


def test_a_plain_check_that_does_not_hold_says_when_it_was_looked_at() -> None:
    def main(stage: Stage) -> Any:
        after(stage, 2, key="other")
        return look(stage, exists())

    (outcome,) = on_stage(main)
    assert outcome.sentence == 'object "late" in Results exists'
    assert outcome.seen == ('it is not there; Results holds "other" at 00:00:02.000, and nothing is left to happen')


def test_a_window_ends_as_soon_as_the_check_holds() -> None:
    def main(stage: Stage) -> Any:
        after(stage, 10)
        after(stage, 500, key="later")
        return look(stage, exists("5m")), stage.kernel.clock.elapsed_us

    (outcome,), elapsed_us = on_stage(main)
    assert outcome.held
    assert outcome.at_us == elapsed_us == to_us(10)


@pytest.mark.parametrize(("due_s", "held"), [(60, True), (60.000001, False)])
def test_the_end_of_a_window_belongs_to_it_to_the_microsecond(due_s: float, held: bool) -> None:
    def main(stage: Stage) -> Any:
        after(stage, due_s)
        return look(stage, exists("1m"))

    assert on_stage(main)[0].held == held


def test_a_window_that_passes_says_that_more_was_to_come() -> None:
    def main(stage: Stage) -> Any:
        after(stage, 90)
        return look(stage, exists("1m"))

    (outcome,) = on_stage(main)
    assert outcome.seen == "it is not there; Results is empty at 00:01:00.000, 1m after the last step"


def test_a_window_in_which_nothing_can_happen_any_more_is_not_waited_for() -> None:
    def main(stage: Stage) -> Any:
        after(stage, 5, key="other")
        return look(stage, exists("1m")), stage.kernel.clock.elapsed_us

    (outcome,), elapsed_us = on_stage(main)
    assert elapsed_us == to_us(5)
    assert outcome.seen.endswith("at 00:00:05.000, and nothing is left to happen within 1m of the last step")


def test_windows_run_side_by_side_and_outcomes_keep_the_authors_order() -> None:
    def main(stage: Stage) -> Any:
        after(stage, 20, key="b")
        after(stage, 10, key="a")
        return look(stage, exists(key="b"), exists("30s", key="b"), exists("5s", key="a"), exists("15s", key="a"))

    outcomes = on_stage(main)
    assert [o.held for o in outcomes] == [True, True, False, True]
    assert [o.at_us // to_us(1) for o in outcomes] == [20, 20, 5, 10]


def test_what_is_true_already_holds_at_once() -> None:
    def main(stage: Stage) -> Any:
        after(stage, 0)
        return look(stage, exists("1s"))

    (outcome,) = on_stage(main)
    assert (outcome.held, outcome.at_us) == (True, 0)


def test_each_outcome_is_in_the_trace() -> None:
    def main(stage: Stage) -> Any:
        after(stage, 1)
        look(stage, exists(), exists(key="never"))
        return [(e.what, e.who, e.cause) for e in stage.kernel.trace.select("expect")]

    assert on_stage(main) == [
        ("held", 'object "late" in Results exists', None),
        ("failed", 'object "never" in Results exists', None),
    ]


def test_an_unknown_name_in_a_check_is_the_authors_move() -> None:
    with pytest.raises(ScenarioError, match=r'The template has no resource "Result"(.|\n)*Did you mean "Results"\?'):
        on_stage(lambda stage: look(stage, {"object": {"bucket": "Result", "key": "k"}}))
