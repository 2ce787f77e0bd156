"""This file decides the one line at the end, and the few words on each run."""

from __future__ import annotations

from collections.abc import Sequence

from harness.kernel.clock import format_elapsed
from harness.report.shapes import RunShape

_WORDS = {"passed": "passed", "failed": "failed", "error": "errors"}


def summary_line(runs: Sequence[RunShape], real_s: float) -> str:
    """``14 passed, 1 failed in 3.2 s (virtual time 2d 03:04:05)``."""
    counts = {outcome: sum(r.outcome == outcome for r in runs) for outcome in _WORDS}
    said = [
        f"{count} {'error' if outcome == 'error' and count == 1 else _WORDS[outcome]}"
        for outcome, count in counts.items()
        if count
    ]
    virtual = virtual_time(sum(r.elapsed_us for r in runs))
    return f"{', '.join(said) or 'nothing ran'} in {real_s:.1f} s (virtual time {virtual})"


def run_line(run: RunShape) -> str:
    """``PASSED  path::name  (0.12 s, virtual time 00:02:10)``."""
    return (
        f"{run.outcome.upper():<7} {run.scenario.id}  ({run.real_s:.2f} s, virtual time {virtual_time(run.elapsed_us)})"
    )


def virtual_time(elapsed_us: int) -> str:
    """``2d 03:04:05``: whole seconds are enough for a summary."""
    return format_elapsed(elapsed_us).rpartition(".")[0]
