"""Each scenario of the CSV pipeline fails when what it guards is broken.

``mutations/table.py`` says what is broken, in which words the scenario must complain, and for which scenario; a
scenario without a mutation fails here. A mutation that only crashes proves little: code that raises because the
mutation left it senseless is refused.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ExpectationFailed
from harness.run import Run, run
from harness.scenario.load import collect
from harness.scenario.model import Scenario
from tests.acceptance.mutations.breaking import ROOT, Mutation, copy_of_the_pipeline, with_fewer_repetitions
from tests.acceptance.mutations.table import MUTATIONS

SENSELESS = {"AttributeError", "ImportError", "ModuleNotFoundError", "NameError", "SyntaxError", "TypeError"}


def scenarios() -> dict[str, Scenario]:
    """By file and name: ``poison.yaml::a message that ...``."""
    found = collect([ROOT / "scenarios" / "csv_report"])
    return {f"{Path(s.where.path).name}::{s.name}": s for s in found}


SCENARIOS = scenarios()
ROWS = [
    pytest.param(SCENARIOS[key], mutation, id=f"{key}: {mutation.what}")
    for key, mutations in MUTATIONS.items()
    if key in SCENARIOS
    for mutation in mutations
]


def test_every_scenario_has_a_mutation_and_every_mutation_a_scenario() -> None:
    assert list(MUTATIONS) == list(SCENARIOS)
    assert all(MUTATIONS.values())


def test_a_copy_of_the_pipeline_that_is_not_broken_passes(tmp_path: Path) -> None:
    scenario = SCENARIOS["happy_path.yaml::a good file becomes a report"]
    copied = scenario.model_copy(update={"pipeline": copy_of_the_pipeline(tmp_path)})
    assert (copied.id, copied.where) == (scenario.id, scenario.where)
    assert run(copied).outcome == "passed"


@pytest.mark.parametrize(("scenario", "mutation"), ROWS)
def test_a_scenario_fails_when_what_it_guards_is_broken(
    scenario: Scenario, mutation: Mutation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = copy_of_the_pipeline(tmp_path)
    mutation.how(pipeline, monkeypatch)
    if mutation.repetitions is not None:
        scenario = with_fewer_repetitions(scenario, tmp_path, mutation.repetitions)
    result = run(scenario.model_copy(update={"pipeline": pipeline}))
    assert result.outcome == "failed", f"the scenario {result.outcome}: {result.error}"
    failed = complaints(result)
    assert any(mutation.fails in sentence for sentence in failed), failed
    assert not SENSELESS & {str(e.detail.get("error")) for e in result.events if e.station == "invoke"}


def complaints(result: Run) -> list[str]:
    """What the scenario says, in its own words; a check or a step of it must say something."""
    if isinstance(result.error, ExpectationFailed):
        return [str(result.error)]
    assert result.error is None, result.error
    return [check.sentence for check in result.checks if not check.held]
