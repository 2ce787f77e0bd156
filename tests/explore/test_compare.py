"""Two runs, and whose doing it is that they differ."""

from __future__ import annotations

from typing import Any

from harness.explore.compare import first_difference
from harness.kernel.trace import TraceEvent


def event(number: int, station: str, what: str, who: str, cause: int | None = None, **detail: Any) -> TraceEvent:
    return TraceEvent(number, number * 1000, station, what, who, cause, detail)


START = [event(1, "act", "uploaded", "RawBucket"), event(2, "invoke", "started", "CsvValidator", 1)]


def test_equal_traces_do_not_differ() -> None:
    assert first_difference(START, list(START)) is None


def test_another_call_is_laid_at_the_door_of_its_function() -> None:
    first = [*START, event(3, "invoke", "called", "CsvValidator", 2, call="sqs.SendMessage", digest="aaaa")]
    second = [*START, event(3, "invoke", "called", "CsvValidator", 2, call="sqs.SendMessage", digest="bbbb")]
    difference = first_difference(first, second)
    assert difference is not None
    assert difference.function == "CsvValidator"
    assert "event 3 at 00:00:00.003" in str(difference)
    assert "digest='aaaa'" in str(difference)
    assert 'a call of "CsvValidator"' in str(difference)


def test_what_follows_from_a_call_is_laid_at_its_door_too() -> None:
    first = [*START, event(3, "queue", "sent", "MainQueue", 2, message_id="x")]
    second = [*START, event(3, "queue", "sent", "MainQueue", 2, message_id="y")]
    difference = first_difference(first, second)
    assert difference is not None
    assert difference.function == "CsvValidator"


def test_a_run_that_goes_on_differs_from_one_that_ended() -> None:
    difference = first_difference(START, START[:1])
    assert difference is not None
    assert difference.second is None
    assert "second run:  had ended" in str(difference)


def test_a_difference_outside_of_any_function_is_ours() -> None:
    difference = first_difference([event(1, "act", "a", "X")], [event(1, "act", "b", "X")])
    assert difference is not None
    assert difference.function is None
    assert "report" in str(difference)
