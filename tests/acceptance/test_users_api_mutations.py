"""Each scenario of the users API fails when what it guards is broken; the table is ``mutations/users_api.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ExpectationFailed
from harness.run import run
from harness.scenario.load import collect
from harness.scenario.model import Scenario
from tests.acceptance.mutations.breaking import ROOT, Mutation, copy_of_the_pipeline
from tests.acceptance.mutations.users_api import MUTATIONS

SCENARIOS = {f"{Path(s.where.path).name}::{s.name}": s for s in collect([ROOT / "scenarios" / "users_api"])}
ROWS = [
    pytest.param(SCENARIOS[key], mutation, id=f"{key}: {mutation.what}")
    for key, mutations in MUTATIONS.items()
    if key in SCENARIOS
    for mutation in mutations
]


def test_every_scenario_has_a_mutation_and_every_mutation_a_scenario() -> None:
    assert list(MUTATIONS) == list(SCENARIOS)


def test_a_copy_of_the_pipeline_that_is_not_broken_passes(tmp_path: Path) -> None:
    scenario = SCENARIOS["users.yaml::a user is created, read, changed and deleted"]
    copied = scenario.model_copy(update={"pipeline": copy_of_the_pipeline(tmp_path, "users_api")})
    assert run(copied).outcome == "passed"


@pytest.mark.parametrize(("scenario", "mutation"), ROWS)
def test_a_scenario_fails_when_what_it_guards_is_broken(
    scenario: Scenario, mutation: Mutation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = copy_of_the_pipeline(tmp_path, "users_api")
    mutation.how(pipeline, monkeypatch)
    # A Python step is a check too: it ends the run.
    result = run(scenario.model_copy(update={"pipeline": pipeline}))
    assert result.outcome == "failed", f"the scenario {result.outcome}: {result.error}"
    if isinstance(result.error, ExpectationFailed):
        assert mutation.fails in str(result.error)
    else:
        assert [c.sentence for c in result.checks if not c.held and mutation.fails in c.sentence] != []
