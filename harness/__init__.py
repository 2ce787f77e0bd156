"""Rehearse an event-driven AWS pipeline in one process, on virtual time.

What is listed in ``__all__`` is public; everything else may change without notice. Names are imported when they are
first used: pytest loads this package in every environment where it is installed, and should not pay for moto then.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.errors import (
        ExpectationFailed,
        FunctionError,
        HarnessBug,
        HarnessError,
        LimitReached,
        ReplayDiverged,
        ScenarioError,
        Stuck,
    )
    from harness.kernel.decisions import First, Replayed, Seeded
    from harness.kernel.trace import TraceEvent
    from harness.run import Run
    from harness.run import run as run_scenario
    from harness.scenario.load import collect, load_file
    from harness.scenario.model import Scenario

__all__ = [
    "ExpectationFailed",
    "First",
    "FunctionError",
    "HarnessBug",
    "HarnessError",
    "LimitReached",
    "ReplayDiverged",
    "Replayed",
    "Run",
    "Scenario",
    "ScenarioError",
    "Seeded",
    "Stuck",
    "TraceEvent",
    "collect",
    "load_file",
    "run_scenario",
]

_HOMES = {
    "harness.errors": [
        "ExpectationFailed",
        "FunctionError",
        "HarnessBug",
        "HarnessError",
        "LimitReached",
        "ReplayDiverged",
        "ScenarioError",
        "Stuck",
    ],
    "harness.kernel.decisions": ["First", "Replayed", "Seeded"],
    "harness.kernel.trace": ["TraceEvent"],
    "harness.run": ["Run"],
    "harness.scenario.load": ["collect", "load_file"],
    "harness.scenario.model": ["Scenario"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "run_scenario":
        # Not "run": that is the module's name, which would take the function's place once it is imported.
        return importlib.import_module("harness.run").run
    if name not in _HOME_OF:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
