from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from harness.scenario.schema import scenario_schema

REFUSED = "pipeline: lambdas/shop\nname: one\ndeploy: {refused: {contains: FIFO}}\n"


def test_a_scenario_may_say_that_the_deployment_is_refused_and_then_needs_no_checks(project: Any) -> None:
    (scenario,) = project.load(REFUSED)
    assert (scenario.when, scenario.then) == ((), ())
    assert scenario.deploy.refused.explain() == 'contains "FIFO"'
    assert str(scenario.deploy.where) == "scenarios/shop/s.yaml:3  deploy"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("when:\n  - settle: true\n", '4  when: After a deployment that is refused there is no "when".'),
        ("then:\n  - elapsed: 0s\n", '4  then: After a deployment that is refused there is no "then".'),
        (
            "disturb:\n  - throttle: {function: F}\n",
            '4  disturb: After a deployment that is refused there is no "disturb".',
        ),
    ],
)
def test_nothing_follows_a_refusal(project: Any, more: str, said: str) -> None:
    assert project.refusal(lambda: project.load(REFUSED + more)).startswith(said)


def test_without_a_refusal_something_must_be_true(project: Any) -> None:
    text = "pipeline: lambdas/shop\nname: one\n"
    assert project.refusal(lambda: project.load(text)).startswith('1: The key "then" is missing.\n')
    said = project.refusal(lambda: project.load(text + "then: []\n"))
    assert said == "3  then: This list is empty; it needs at least one item."


def test_a_bad_refusal_is_the_only_problem(project: Any) -> None:
    said = project.refusal(lambda: project.load(REFUSED.replace("contains", "contain")))
    assert said == '3  deploy.refused.contain: There is no key "contain" here.\n  Did you mean "contains"?'


def test_the_schema_wants_one_of_the_two() -> None:
    written: dict[str, Any] = {"pipeline": "p", "name": "n"}
    refusal = {"deploy": {"refused": "x"}}
    checks = {"then": [{"elapsed": "1s"}]}
    jsonschema.validate(written | refusal, scenario_schema())
    jsonschema.validate(written | checks, scenario_schema())
    for wrong in ({}, refusal | checks, {"then": []}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(written | wrong, scenario_schema())
