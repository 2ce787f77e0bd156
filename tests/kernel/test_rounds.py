"""What counts as a round, and what only looks like one."""

from __future__ import annotations

from harness.kernel.rounds import UNCOUNTED, Rounds


class Way:
    """Follows events that are numbered from 1."""

    def __init__(self) -> None:
        self.rounds = Rounds()
        self.number = 0

    def __call__(self, station: str, what: str, who: str, cause: int | None = None) -> int:
        self.rounds.follow(station, what, who, cause)
        self.number += 1
        return self.number


def test_a_function_that_sets_itself_off_goes_rounds() -> None:
    way, cause = Way(), None
    for _ in range(UNCOUNTED + 7):
        cause = way("s3", "object created", "Box", way("invoke", "started", "Copy", cause))
    assert way.rounds.count == 7


def test_two_functions_that_set_each_other_off_both_go_rounds() -> None:
    way, cause = Way(), None
    for _ in range(UNCOUNTED + 1):
        cause = way("invoke", "started", "Pong", way("invoke", "started", "Ping", cause))
    assert way.rounds.count == 2


def test_rounds_that_set_off_two_more_each_are_soon_many() -> None:
    way, calls = Way(), [None]
    for _ in range(10):
        calls = [way("invoke", "started", "Copy", cause) for cause in calls for _ in range(2)]
    assert way.rounds.count == sum(2**n for n in range(UNCOUNTED + 1, 11))


def test_a_call_and_its_retries_are_no_round() -> None:
    way, cause = Way(), None
    for _ in range(3):
        cause = way("invoke", "failed", "Work", way("invoke", "started", "Work", cause))
    assert way.rounds.count == 0


def test_many_calls_by_one_event_are_no_round() -> None:
    way = Way()
    upload = way("act", "uploaded", "Box")
    for _ in range(100):
        way("invoke", "started", "Work", upload)
    assert way.rounds.count == 0


def test_what_an_execution_calls_is_its_own() -> None:
    way = Way()
    cause = way("workflow", "started", "Machine")
    for _ in range(100):
        cause = way("invoke", "started", "Work", way("workflow", "entered", "Machine", cause))
    assert way.rounds.count == 0


def test_an_execution_that_starts_the_next_goes_rounds() -> None:
    way, cause = Way(), None
    for _ in range(UNCOUNTED + 1):
        entered = way("workflow", "entered", "Machine", way("workflow", "started", "Machine", cause))
        cause = way("invoke", "started", "Again", entered)
    assert way.rounds.count == 1
