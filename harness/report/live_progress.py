"""This file decides what a terminal shows while scenarios run: a live line, and above it those that have ended.

Nothing here runs in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from harness.kernel.trace import TraceEvent
from harness.report.progress import print_run
from harness.report.shapes import RunShape, ScenarioShape
from harness.report.summary import virtual_time

_REFRESH_S = 0.1


def terminal(file: TextIO) -> Console | None:
    """The terminal behind the file; None if there is none."""
    console = Console(file=file)
    return console if console.is_terminal else None


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
        print_run(self._say, run, verbose=self._verbose)
        self._progress.advance(self._bar)
        self._progress.refresh()

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def _show(self, description: str) -> None:
        self._progress.update(self._bar, description=description)
        self._progress.refresh()

    def _say(self, line: str, style: str) -> None:
        # No markup, no guessing of numbers, no wrapping: the author's texts are shown as they are.
        self._progress.console.print(Text(line, style=style), soft_wrap=True, highlight=False)
