"""A runner that ends each scenario as its name says, and files to run it on."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from harness import cli_run
from harness.errors import ScenarioError
from harness.expect.outcome import CheckOutcome
from harness.kernel.clock import Clock, to_us
from harness.kernel.trace import Trace
from tests.report.runs import FakeRun


def stub_run(scenario: Any, decisions: Any, *, on_begin: Callable[[Any], None], on_event: Any = None) -> FakeRun:
    """``fails``, ``unknown``, ``breaks``, ``stops`` in a scenario's name say how it ends; else it passes."""
    trace = Trace(Clock())
    on_begin(trace.events)
    if on_event is not None:
        trace.listen(on_event)
    trace.record("act", "sent", "Main", None, {"body": f"seed {decisions.seed}"})
    check = scenario.then[0]
    run = FakeRun(scenario=scenario, events=trace.events, elapsed_us=to_us(60), decisions=decisions)
    run.checks = [CheckOutcome(check, True, "it is so")]
    if "fails" in scenario.name:
        run.outcome = "failed"
        run.checks = [CheckOutcome(check, False, "it is so", "it is not so")]
    if "unknown" in scenario.name:
        run.outcome, run.error = "error", ScenarioError("There is no such name.", where=check.where)
    if "breaks" in scenario.name:
        raise KeyError("our slip")
    if "stops" in scenario.name:
        raise KeyboardInterrupt
    return run


def load_plugin() -> list[str]:
    """pytest's arguments that load the plugin; an installed package loads it by itself, and only once is allowed."""
    installed = any(entry.name == "pipeline-harness" for entry in entry_points(group="pytest11"))
    return [] if installed else ["-p", "harness.pytest_plugin"]


def write_scenarios(folder: Path, *names: str, file: str = "a.yaml", tags: str = "") -> Path:
    """One file with a scenario per name, under ``scenarios/``."""
    (folder / "pipe").mkdir(exist_ok=True)
    path = folder / "scenarios" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    tagged = f"tags: [{tags}]\n" if tags else ""
    pipeline = "/".join([".."] * (len(Path(file).parts))) + "/pipe"
    documents = [f'pipeline: {pipeline}\nname: "{name}"\n{tagged}then:\n  - elapsed: 0s\n' for name in names]
    path.write_text("---\n".join(documents), encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, with the stub behind the command line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli_run, "runner", lambda: stub_run)
    return tmp_path
