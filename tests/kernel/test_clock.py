"""Virtual time in whole microseconds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.kernel.clock import Clock, format_elapsed, to_us


def test_it_starts_where_it_is_told_and_shows_the_same_time_in_every_form() -> None:
    clock = Clock(datetime(2031, 5, 6, 7, 8, 9, 123456, tzinfo=UTC))
    assert clock.now() == datetime(2031, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
    assert clock.now_us == round(clock.now().timestamp()) * 1_000_000 + 123_456
    assert clock.now_s == pytest.approx(clock.now().timestamp(), abs=1e-6)
    assert clock.elapsed_us == 0


def test_it_never_moves_back() -> None:
    clock = Clock()
    clock.move_to(clock.start_us + 10)
    clock.move_to(clock.start_us + 5)
    assert clock.elapsed_us == 10


def test_followers_hear_of_each_move_until_they_leave() -> None:
    clock, heard = Clock(), []
    leave = clock.follow(heard.append)
    clock.move_to(clock.start_us + 1)
    clock.move_to(clock.start_us + 1)
    leave()
    clock.move_to(clock.start_us + 2)
    assert heard == [clock.start_us + 1]


def test_three_tenths_of_a_second_are_exact() -> None:
    assert to_us(0.1) * 3 == to_us(0.3) == 300_000


@pytest.mark.parametrize(
    ("elapsed_us", "text"),
    [(0, "00:00:00.000"), (90_000_000, "00:01:30.000"), (2 * 86_400_000_000 + 1_000, "2d 00:00:00.001")],
)
def test_elapsed_time_reads_as_a_clock(elapsed_us: int, text: str) -> None:
    assert format_elapsed(elapsed_us) == text
