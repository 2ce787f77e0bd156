"""This file decides which schedules fire, and when: all that recur, and those that fire once. EVB-06

It does not decide what a schedule does, nor when its expression is due (``schedule_expressions.py``). The rule (see
docs/decisions/0006): what recurs fires in time that a step lets pass, never because of itself. So its timers are the
kernel's background timers; and while somebody waits until nothing is left to happen, what recurs stands still: else a
run whose schedule sets off more than a period's work would never come to rest. What fires once always does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.deliver.schedule_expressions import Expression
from harness.kernel.scheduler import Kernel
from harness.kernel.timers import Timer


@dataclass(frozen=True, slots=True)
class Entry:
    """One schedule. Times are microseconds since 1970; ``fire`` is given the time that was due.

    ``at_once`` says that a rate is due when it begins, not one period later. ``awaited`` that a run waits for it.
    """

    expression: Expression
    fire: Callable[[int], None]
    begins_us: int
    ends_us: int | None = None
    at_once: bool = False
    awaited: bool = False


class Timetable:
    """Every schedule that is on, by its ARN."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._timers: dict[str, Timer] = {}

    def put(self, arn: str, entry: Entry) -> None:
        """Have the schedule fire from now on; one of the same ARN is replaced."""
        self.remove(arn)
        self._arm(arn, entry, max(self._kernel.clock.now_us, entry.begins_us) - entry.at_once)

    def remove(self, arn: str) -> None:
        """Have it fire no more; nothing happens if it is not there."""
        timer = self._timers.pop(arn, None)
        if timer is not None:
            timer.cancel()

    def _arm(self, arn: str, entry: Entry, after_us: int) -> None:
        due_us = entry.expression.due_after(after_us, entry.begins_us)
        if due_us is None or (entry.ends_us is not None and due_us > entry.ends_us):
            return

        def ring() -> None:
            del self._timers[arn]
            self._arm(arn, entry, due_us)
            kernel = self._kernel
            if not entry.expression.recurs or not (len(kernel.quiet_waiters) or kernel.recurring_rests):
                entry.fire(due_us)

        self._timers[arn] = self._kernel.call_at(due_us, ring, background=not entry.awaited)
