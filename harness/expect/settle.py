"""This file decides when a check is looked at.

Plainly: once nothing is left to happen. With ``within``: at every moment of that window of virtual time,
counted from the last step, until it holds. All windows run side by side and before the wait for quiet, so
that the order of the checks in the file never changes what they see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.act.stage import Stage
from harness.expect import explain
from harness.expect.checks import look
from harness.expect.looked import Looked
from harness.expect.outcome import CheckOutcome
from harness.kernel.clock import format_elapsed
from harness.scenario.model import Check, Duration


@dataclass
class _Window:
    """A check that must become true, and when its time is up (since 1970)."""

    check: Check
    length: Duration
    ends_us: int
    outcome: CheckOutcome | None = None


def look_at_all(stage: Stage, checks: Sequence[Check]) -> list[CheckOutcome]:
    """Look at every check, each at its time; the outcomes are in the order of ``checks``.

    Raises:
        ScenarioError: a check names a resource that does not stand there.
    """
    kernel = stage.kernel
    kernel.require_current().cause = None
    now_us = kernel.clock.now_us
    windows = {i: _Window(c, c.within, now_us + c.within.us) for i, c in enumerate(checks) if c.within is not None}
    if windows:
        _watch(stage, list(windows.values()))
    if len(windows) < len(checks):
        kernel.quiet()
    outcomes = []
    for i, check in enumerate(checks):
        seen = windows[i].outcome if i in windows else None
        outcomes.append(seen or _at_quiet(stage, check))
    return outcomes


def _watch(stage: Stage, windows: Sequence[_Window]) -> None:
    kernel = stage.kernel
    kernel.settle()
    looked_at_event = -1
    while waiting := [w for w in windows if w.outcome is None]:
        events = kernel.trace.count
        # Nothing that a check could see happens without an event.
        if events != looked_at_event:
            for window in waiting:
                _look_in(stage, window)
            looked_at_event = kernel.trace.count
        waiting = [w for w in waiting if w.outcome is None]
        if waiting and not kernel.next_moment(min(w.ends_us for w in waiting)):
            _close_first(stage, waiting)


def _look_in(stage: Stage, window: _Window) -> None:
    looked = look(stage, window.check)
    if not looked.problems:
        window.outcome = _record(stage, window.check, looked, "")


def _close_first(stage: Stage, waiting: Sequence[_Window]) -> None:
    """Nothing more happens before the first window ends: what it waits for has not come."""
    kernel = stage.kernel
    first = min(waiting, key=lambda w: w.ends_us)
    looked = look(stage, first.check)
    more_to_come = not kernel.quiet(first.ends_us)
    at = format_elapsed(kernel.clock.elapsed_us)
    seen = explain.after_window(looked.problems, at, first.length, more_to_come=more_to_come)
    first.outcome = _record(stage, first.check, looked, seen)


def _at_quiet(stage: Stage, check: Check) -> CheckOutcome:
    looked = look(stage, check)
    at = format_elapsed(stage.kernel.clock.elapsed_us)
    seen = explain.at_quiet(looked.problems, at) if looked.problems else ""
    return _record(stage, check, looked, seen)


def _record(stage: Stage, check: Check, looked: Looked, seen: str) -> CheckOutcome:
    held = not looked.problems
    stage.kernel.emit("expect", "held" if held else "failed", looked.sentence)
    return CheckOutcome(check, held, looked.sentence, seen, stage.kernel.clock.elapsed_us, looked.related)
