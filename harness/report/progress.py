"""This file decides what is shown while scenarios run where there is no terminal: plain lines.

It reads the trace's events as they come and never the wall clock of the run: ``clock`` is the real one,
given by the caller. What a terminal shows is ``live_progress.py``'s; nothing of it is loaded where there is none.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol, TextIO

from harness.kernel.trace import TraceEvent
from harness.report.shapes import RunShape, ScenarioShape
from harness.report.summary import run_line, virtual_time

_STILL_RUNNING_S = 10.0
_STYLES = {"passed": "green", "failed": "red", "error": "red"}
# With these somebody says that what is no terminal can do what one can; rich knows how.
_SAYS_TERMINAL = ("FORCE_COLOR", "TTY_COMPATIBLE")

# Prints a line in a style.
Say = Callable[[str, str], None]


class Watcher(Protocol):
    """Told of everything while scenarios run."""

    def started(self, scenario: ScenarioShape) -> None:
        """A scenario is about to run."""

    def event(self, event: TraceEvent) -> None:
        """Something happened in it."""

    def ended(self, run: RunShape) -> None:
        """It has ended."""

    def close(self) -> None:
        """No more will come."""


def watcher(file: TextIO, total: int, clock: Callable[[], float], *, verbose: bool = False) -> Watcher:
    """The one that suits the file."""
    if file.isatty() or any(os.environ.get(name) for name in _SAYS_TERMINAL):
        from harness.report.live_progress import LiveProgress, terminal

        console = terminal(file)
        if console is not None:
            return LiveProgress(console, total, clock, verbose=verbose)
    return PlainLines(file, clock, verbose=verbose)


class PlainLines:
    """One line per scenario, and a sign of life from one that takes long."""

    def __init__(self, file: TextIO, clock: Callable[[], float], *, verbose: bool = False) -> None:
        self._file = file
        self._clock = clock
        self._verbose = verbose
        self._scenario: ScenarioShape | None = None
        self._last_s = 0.0

    def started(self, scenario: ScenarioShape) -> None:
        """Remember it."""
        self._scenario = scenario
        self._last_s = self._clock()

    def event(self, event: TraceEvent) -> None:
        """Print a line if nothing was printed for long."""
        now_s = self._clock()
        if now_s - self._last_s < _STILL_RUNNING_S or self._scenario is None:
            return
        self._last_s = now_s
        at = virtual_time(event.at_us)
        self._say(f"  still running {self._scenario.id}: {event.number:,} events, virtual time {at}", "")

    def ended(self, run: RunShape) -> None:
        """Print how it ended."""
        print_run(self._say, run, verbose=self._verbose)

    def close(self) -> None:
        """Nothing is left on the screen that must go."""

    def _say(self, line: str, style: str) -> None:
        print(line, file=self._file)


def print_run(say: Say, run: RunShape, *, verbose: bool = False) -> None:
    """How a run ended; with ``verbose`` its seed and every check too."""
    say(run_line(run), _STYLES[run.outcome])
    if not verbose:
        return
    say(f"        seed {run.decisions.seed}, {len(run.events):,} events", "")
    for note in run.notes:
        say(f"        note: {note}", "")
    for check in run.checks:
        say(f"        {'held' if check.held else 'FAILED'}: {check.sentence}", "")
