from __future__ import annotations

import json
from typing import Any

import pytest

from tests.vendor.stepfunctions_stage import ROLE, Stage, one, refusal

WAIT = one({"Type": "Wait", "Seconds": 60})


def create(stage: Stage, **more: Any) -> str:
    asked = {"name": "m", "definition": json.dumps(WAIT), "roleArn": ROLE, **more}
    return str(stage.client.create_state_machine(**asked)["stateMachineArn"])


@pytest.mark.parametrize("same", [{}, {"roleArn": ROLE + "2"}, {"tags": [{"key": "k", "value": "v"}]}])
def test_sfn_07_creating_the_same_machine_again_gives_it_back_whatever_its_role_and_tags(same: dict[str, Any]) -> None:
    def main(stage: Stage) -> Any:
        first, second = create(stage), create(stage, **same)
        return first == second, stage.client.describe_state_machine(stateMachineArn=first)["roleArn"]

    assert Stage().run(main) == (True, ROLE)


@pytest.mark.parametrize(
    "other",
    [
        {"definition": json.dumps(one({"Type": "Succeed"}))},
        {"type": "EXPRESS"},
        {"tracingConfiguration": {"enabled": True}},
        {"loggingConfiguration": {"level": "OFF", "includeExecutionData": True}},
    ],
)
def test_sfn_07_another_machine_of_the_same_name_already_exists(other: dict[str, Any]) -> None:
    def main(stage: Stage) -> Any:
        arn = create(stage)
        return arn, refusal(lambda: create(stage, **other))

    arn, refused = Stage().run(main)
    assert refused == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")


def test_a_definition_that_cannot_be_read_is_refused_with_a_code() -> None:
    bad = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Nothing"}}})
    assert Stage().run(lambda stage: refusal(lambda: create(stage, definition=bad)))[0] == "InvalidDefinition"


def test_sfn_08_a_transition_to_nowhere_is_refused_with_its_place() -> None:
    bad = one({"Type": "Parallel", "Branches": [one({"Type": "Pass", "Next": "Nowhere"})]})
    code, message = Stage().run(lambda stage: refusal(lambda: stage.machine(bad)))
    assert code == "InvalidDefinition"
    assert message == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere "
        "at /States/A/Branches[0]/States/A/Next'"
    )
