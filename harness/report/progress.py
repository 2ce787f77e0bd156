"""This file decides what is shown while scenarios run: a live line on a terminal, plain lines elsewhere.

It reads the trace's events as they come and never the wall clock of the run: ``clock`` is the real one,
given by the caller. Nothing here runs in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from harness.kernel.trace import TraceEvent
from harness.report.shapes import RunShape, ScenarioShape
from harness.report.summary import run_line, virtual_time

_REFRESH_S = 0.1
_STILL_RUNNING_S = 10.0
_STYLES = {"passed": "green", "failed": "red", "error": "red"}


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


def watcher(console: Console, total: int, clock: Callable[[], float], *, verbose: bool = False) -> Watcher:
    """The one that suits the console."""
    if console.is_terminal:
        return LiveProgress(console, total, clock, verbose=verbose)
    return PlainLines(console, clock, verbose=verbose)


class PlainLines:
    """One line per scenario, and a sign of life from one that takes long."""

    def __init__(self, console: Console, clock: Callable[[], float], *, verbose: bool = False) -> None:
        self._console = console
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
        _print(self._console, f"  still running {self._scenario.id}: {event.number:,} events, virtual time {at}")

    def ended(self, run: RunShape) -> None:
        """Print how it ended."""
        print_run(self._console, run, verbose=self._verbose)

    def close(self) -> None:
        """Nothing is left on the screen that must go."""


class LiveProgress:
    """A bar over the scenarios and what the current one is doing; finished ones scroll up above it."""

    def __init__(self, console: Console, total: int, clock: Callable[[], float], *, verbose: bool = False) -> None:
        self._console = console
        self._clock = clock
        self._verbose = verbose
        self._last_s = 0.0
        self._name = ""
        columns = (BarColumn(24), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
        # rich would refresh from a thread; the run has one thread and keeps it.
        self._progress = Progress(*columns, console=console, auto_refresh=False, transient=True)
        self._bar: TaskID = self._progress.add_task("", total=total)
        self._progress.start()

    def started(self, scenario: ScenarioShape) -> None:
        """Show its name."""
        self._name = scenario.name
        self._show(scenario.name)

    def event(self, event: TraceEvent) -> None:
        """Show how far it is, ten times a second at most."""
        now_s = self._clock()
        if now_s - self._last_s >= _REFRESH_S:
            self._last_s = now_s
            self._show(f"{self._name}  {event.number:,} events, virtual time {virtual_time(event.at_us)}")

    def ended(self, run: RunShape) -> None:
        """Print how it ended and move the bar."""
        print_run(self._progress.console, run, verbose=self._verbose)
        self._progress.advance(self._bar)
        self._progress.refresh()

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def _show(self, description: str) -> None:
        self._progress.update(self._bar, description=description)
        self._progress.refresh()


def print_run(console: Console, run: RunShape, *, verbose: bool = False) -> None:
    """How a run ended; with ``verbose`` its seed and every check too."""
    _print(console, run_line(run), _STYLES[run.outcome])
    if not verbose:
        return
    _print(console, f"        seed {run.decisions.seed}, {len(run.events):,} events")
    for note in run.notes:
        _print(console, f"        note: {note}")
    for check in run.checks:
        _print(console, f"        {'held' if check.held else 'FAILED'}: {check.sentence}")


def _print(console: Console, line: str, style: str = "") -> None:
    # No markup, no guessing of numbers, no wrapping: the author's texts are shown as they are.
    console.print(Text(line, style=style), soft_wrap=True, highlight=False)
