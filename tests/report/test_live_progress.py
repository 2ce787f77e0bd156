from __future__ import annotations

import io

import pytest
from rich.console import Console

from harness.report.live_progress import LiveProgress
from harness.report.progress import PlainLines, watcher
from tests.report.runs import FakeRun, poison_events


class Screen(io.StringIO):
    """A file that is a terminal."""

    def isatty(self) -> bool:
        return True


def clock() -> float:
    return 5.0


def test_a_terminal_gets_a_live_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    watch = watcher(Screen(), 1, clock)
    assert isinstance(watch, LiveProgress)
    watch.close()


def test_so_does_a_pipe_that_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    watch = watcher(io.StringIO(), 1, clock)
    assert isinstance(watch, LiveProgress)
    watch.close()


def test_a_terminal_that_is_said_to_be_none_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("TTY_COMPATIBLE", "0")
    assert isinstance(watcher(Screen(), 1, clock), PlainLines)


def test_the_live_line_says_how_far_the_scenario_is_and_goes_away() -> None:
    file = io.StringIO()
    live = LiveProgress(Console(file=file, force_terminal=True, width=120, color_system=None), 1, clock)
    live.started(FakeRun().scenario)
    live.event(poison_events()[-1])
    live.ended(FakeRun())
    live.close()
    assert "12 events, virtual time 00:01:00" in file.getvalue()
    assert "PASSED  scenarios/csv_report/poison.yaml" in file.getvalue()
