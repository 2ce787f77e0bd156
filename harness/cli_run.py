"""This file decides how one scenario is tried, whatever happens in it, and what that means for the exit code.

Whoever runs scenarios for a user goes through ``attempt``: it always gives a run that can be reported, also when the
runner itself broke.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.errors import (
    EXIT_BAD_INPUT,
    EXIT_BUG,
    EXIT_EXPECTATION,
    EXIT_PASSED,
    FunctionError,
    HarnessBug,
    HarnessError,
)
from harness.kernel.decisions import Decisions, First, Seeded
from harness.kernel.scheduler import real_clock
from harness.kernel.trace import TraceEvent
from harness.report.shapes import CheckShape, Outcome, RunShape
from harness.scenario.model import Scenario
from harness.vendor import collector
from harness.vendor.spared_imports import spared

Runner = Callable[..., RunShape]


@dataclass
class BrokenRun:
    """A run whose runner broke, in the shape of one that ended."""

    scenario: Scenario
    error: HarnessError
    decisions: Decisions
    real_s: float
    events: Sequence[TraceEvent]
    outcome: Outcome = "error"
    elapsed_us: int = 0
    checks: list[CheckShape] = field(default_factory=list)
    code: Mapping[str, Path] = field(default_factory=dict)
    notes: Sequence[str] = ()


def runner() -> Runner:
    """The function that runs a scenario; loaded late, since it brings all of the embedded cloud with it."""
    collector.end_without()
    with spared(), collector.at_rest():
        from harness.run import run

    return run


def decisions_for(seed: int) -> Decisions:
    """Seed 0 is the plain run, which takes the first of every option; any other seed draws."""
    return Seeded(seed) if seed else First()


def attempt(
    scenario: Scenario,
    seed: int | None = None,
    on_event: Callable[[TraceEvent], None] | None = None,
) -> RunShape:
    """Run a scenario; what breaks on the way becomes the run's error.

    Without a ``seed`` the scenario's own counts, else the run is the plain one.
    """
    if seed is None:
        seed = scenario.seed or 0
    decisions = decisions_for(seed)
    events: Sequence[TraceEvent] = ()

    def begin(trace: Sequence[TraceEvent]) -> None:
        nonlocal events
        events = trace

    began_s = real_clock()
    error: HarnessError
    try:
        return runner()(scenario, decisions, on_begin=begin, on_event=on_event)
    except HarnessError as broken:
        error = broken
    except Exception as broken:
        error = HarnessBug(f"{type(broken).__name__}: {broken}")
        error.__cause__ = broken
        for note in getattr(broken, "__notes__", ()):
            error.add_note(note)
    elapsed_us = events[-1].at_us if events else 0
    return BrokenRun(scenario, error, decisions, real_clock() - began_s, events, elapsed_us=elapsed_us)


def same_elsewhere(run: RunShape) -> RunShape:
    """The run, if another process gives the same trace; else one that failed and says where they part."""
    from harness.explore.determinism import compare_with_elsewhere

    difference = compare_with_elsewhere(run.scenario.id, run.decisions.seed, run.events, run.scenario.overrides)
    if difference is None:
        return run
    return replace(run, outcome="failed", error=FunctionError(str(difference)))  # type: ignore[type-var]


def exit_code(runs: Iterable[RunShape]) -> int:
    """One for all runs: a fault of ours outweighs bad input, that outweighs a failed expectation."""
    codes = {_exit_code(run) for run in runs}
    return next((c for c in (EXIT_BUG, EXIT_BAD_INPUT, EXIT_EXPECTATION) if c in codes), EXIT_PASSED)


def _exit_code(run: RunShape) -> int:
    if run.outcome == "passed":
        return EXIT_PASSED
    return run.error.exit_code if run.error is not None else EXIT_EXPECTATION
