"""An alarm's datapoints and its state: AWS's published tables, and what it says beside them."""

from __future__ import annotations

import pytest

from harness.observe.judgement import judge

SETTINGS = ("missing", "ignore", "breaching", "notBreaching")
MARKS = {"0": False, "X": True, "-": None}
OK, ALARM, UNKNOWN, KEPT = "OK", "ALARM", "INSUFFICIENT_DATA", None


def states(points: str, most: int, needed: int) -> tuple[str | None, ...]:
    marks = [MARKS[mark] for mark in points]
    return tuple(judge(marks, most, needed, missing).state for missing in SETTINGS)


# Oldest first; the columns are those of SETTINGS.
THREE_OF_THREE = {
    "0-X-X": (OK, OK, OK, OK),
    "0----": (OK, OK, OK, OK),
    "----0": (OK, OK, OK, OK),
    "-----": (UNKNOWN, KEPT, ALARM, OK),
    "0XX-X": (ALARM, ALARM, ALARM, ALARM),
    "--X--": (ALARM, KEPT, ALARM, OK),
    "X----": (ALARM, KEPT, ALARM, OK),
}
TWO_OF_THREE = {
    "0-X-X": (ALARM, ALARM, ALARM, ALARM),
    "00X0X": (ALARM, ALARM, ALARM, ALARM),
    "0-X--": (OK, OK, ALARM, OK),
    "----0": (OK, OK, ALARM, OK),
    "---X-": (ALARM, KEPT, ALARM, OK),
}


@pytest.mark.parametrize(("points", "expected"), THREE_OF_THREE.items())
def test_cw_09_three_of_three_as_published(points: str, expected: tuple[str | None, ...]) -> None:
    assert states(points, 3, 3) == expected


@pytest.mark.parametrize(("points", "expected"), TWO_OF_THREE.items())
def test_cw_09_two_of_three_as_published(points: str, expected: tuple[str | None, ...]) -> None:
    assert states(points, 3, 2) == expected


def test_cw_10_one_fresh_breaching_point_is_no_alarm_yet() -> None:
    assert states("----X", 3, 3) == (UNKNOWN, KEPT, ALARM, OK)
    assert states("---X-", 3, 3) == (UNKNOWN, KEPT, ALARM, OK)


def test_cw_08_the_newest_points_decide_and_older_ones_do_not() -> None:
    assert states("XXX00", 2, 1) == (OK,) * 4
    assert states("0000X", 1, 1) == (ALARM,) * 4


def test_cw_08_one_of_one_stays_as_the_last_point_was_while_that_is_in_the_range() -> None:
    assert states("X--", 1, 1) == (ALARM,) * 4
    assert states("0--", 1, 1) == (OK,) * 4
    assert states("---", 1, 1) == (UNKNOWN, KEPT, ALARM, OK)


def test_it_is_said_which_points_were_judged_and_how_many_were_made_up() -> None:
    verdict = judge([None, True, None, False, None], 3, 1, "breaching")
    assert (verdict.real, verdict.filled, verdict.unknown) == ((3, 1), 1, 0)
    verdict = judge([None, True, None, False, None], 3, 1, "missing")
    assert (verdict.real, verdict.filled, verdict.unknown) == ((3, 1), 0, 1)
