"""This file decides the form of ``--json``: what ended how, for programs.

The trace is not in it; ``--trace`` writes that. ``format`` goes up when a reader of the old form would
misread the new one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

from harness.errors import Location, ScenarioError
from harness.report.failure_text import failure_text, replay_command
from harness.report.shapes import CheckShape, RunShape

JSON_FORMAT = 1


def write_json(runs: Sequence[RunShape], file: TextIO) -> None:
    """Write all runs, in the order in which they ran."""
    report = {
        "format": JSON_FORMAT,
        "passed": sum(r.outcome == "passed" for r in runs),
        "failed": sum(r.outcome == "failed" for r in runs),
        "errors": sum(r.outcome == "error" for r in runs),
        "scenarios": [_scenario(r) for r in runs],
    }
    json.dump(report, file, indent=2, ensure_ascii=False)
    file.write("\n")


def _scenario(run: RunShape) -> dict[str, Any]:
    return {
        "id": run.scenario.id,
        "name": run.scenario.name,
        **_place(run.scenario.where),
        "outcome": run.outcome,
        "virtual_us": run.elapsed_us,
        "real_s": round(run.real_s, 3),
        "seed": run.decisions.seed,
        "events": len(run.events),
        "checks": [_check(c) for c in run.checks],
        "error": _error(run),
        "text": failure_text(run),
        "replay": replay_command(run),
    }


def _check(check: CheckShape) -> dict[str, Any]:
    return {
        **_place(check.check.where),
        "held": check.held,
        "sentence": check.sentence,
        "seen": check.seen,
        "at_us": check.at_us,
    }


def _error(run: RunShape) -> dict[str, Any] | None:
    if run.error is None:
        return None
    where = run.error.where if isinstance(run.error, ScenarioError) else None
    return {"kind": type(run.error).__name__, "message": str(run.error), **(_place(where) if where else {})}


def _place(where: Location) -> dict[str, Any]:
    return {"path": where.path, "line": where.line}
