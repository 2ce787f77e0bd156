from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from harness.report.progress import PlainLines, watcher
from tests.report.runs import FakeRun, failed_run, poison_events


def clock(*times_s: float) -> Callable[[], float]:
    remaining = list(times_s)
    return lambda: remaining.pop(0) if len(remaining) > 1 else remaining[0]


def test_a_pipe_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    assert isinstance(watcher(io.StringIO(), 1, clock(0.0)), PlainLines)


def test_plain_lines_are_not_wrapped_or_coloured() -> None:
    file = io.StringIO()
    lines = PlainLines(file, clock(0.0))
    lines.started(FakeRun().scenario)
    lines.ended(FakeRun())
    assert file.getvalue() == (
        "PASSED  scenarios/csv_report/poison.yaml::a poison message ends in the dead-letter queue"
        "  (0.25 s, virtual time 00:02:10)\n"
    )


def test_a_scenario_that_takes_long_gives_a_sign_of_life_every_ten_seconds() -> None:
    file = io.StringIO()
    lines = PlainLines(file, clock(0.0, 9.0, 10.0, 19.0))
    lines.started(FakeRun().scenario)
    for event in poison_events()[:3]:
        lines.event(event)
    assert file.getvalue() == (
        "  still running scenarios/csv_report/poison.yaml::a poison message ends in the dead-letter queue: "
        "2 events, virtual time 00:00:00\n"
    )


def test_verbose_shows_every_check() -> None:
    file = io.StringIO()
    PlainLines(file, clock(0.0), verbose=True).ended(failed_run())
    assert file.getvalue().splitlines()[1:] == [
        "        seed 0, 12 events",
        "        FAILED: DeadLetterQueue holds 1 message",
        "        held: CsvProcessor has 2 invocations",
    ]
