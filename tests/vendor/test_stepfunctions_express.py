from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest
from moto.core.botocore_stubber import BotocoreStubber
from moto.stepfunctions.models import StepFunctionBackend
from moto.stepfunctions.responses import StepFunctionResponse

from harness.vendor import stepfunctions_engine
from tests.vendor.stepfunctions_stage import Stage, fails, one, refusal, task

PASS = one({"Type": "Pass", "Result": {"a": 1}})
NOT_SUPPORTED = (
    "StateMachineTypeNotSupported",
    "This operation is not supported by this type of state machine",
)


def express(stage: Stage, definition: dict[str, Any]) -> str:
    return stage.machine(definition, type="EXPRESS")


def sync(stage: Stage, machine: str, value: Any = None) -> dict[str, Any]:
    return dict(stage.client.start_sync_execution(stateMachineArn=machine, input=json.dumps(value or {})))


def test_what_is_replaced_is_there_with_this_signature_and_what_is_added_is_not() -> None:
    assert list(inspect.signature(StepFunctionBackend._validate_execution_arn).parameters) == ["self", "execution_arn"]
    assert list(inspect.signature(StepFunctionResponse.list_executions).parameters) == ["self"]
    assert list(inspect.signature(BotocoreStubber.process_request).parameters) == ["self", "request"]
    assert not hasattr(StepFunctionResponse, "start_sync_execution")


def test_what_is_added_is_taken_away_again() -> None:
    Stage().run(lambda stage: express(stage, PASS))
    assert not hasattr(StepFunctionResponse, "start_sync_execution")


def test_sfn_24_every_start_begins_another_execution_with_an_arn_of_its_own() -> None:
    def main(stage: Stage) -> list[str]:
        machine = express(stage, PASS)
        return [stage.start(machine, name="n"), stage.start(machine, name="n"), stage.start(machine)]

    first, second, unnamed = Stage().run(main)
    uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    assert re.fullmatch(f"arn:aws:states:us-east-1:123456789012:express:machine:n:{uuid}", first)
    assert re.fullmatch(f"arn:aws:states:us-east-1:123456789012:express:machine:{uuid}:{uuid}", unnamed)
    assert first != second


@pytest.mark.parametrize("call", ["describe_execution", "get_execution_history", "stop_execution"])
def test_sfn_24_no_api_knows_an_express_execution(call: str) -> None:
    def main(stage: Stage) -> Any:
        arn = stage.start(express(stage, PASS))
        return refusal(lambda: getattr(stage.client, call)(executionArn=arn))

    assert Stage().run(main) == ("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")


def test_sfn_24_neither_machine_does_what_the_other_does() -> None:
    def main(stage: Stage) -> Any:
        machine, standard = express(stage, PASS), stage.machine(PASS, "standard")
        listing = refusal(lambda: stage.client.list_executions(stateMachineArn=machine))
        return listing, refusal(lambda: sync(stage, standard))

    assert Stage().run(main) == (NOT_SUPPORTED, NOT_SUPPORTED)


def test_sfn_24_a_synchronous_start_waits_and_gives_output_and_what_is_billed() -> None:
    def main(stage: Stage) -> Any:
        definition = one({"Type": "Wait", "Seconds": 2, "Next": "B"}, B=task(End=True))
        got = sync(stage, express(stage, definition), {"a": 1})
        return got, stage.now

    got, now = Stage({"f": lambda event: event}).run(main)
    assert now == 2
    assert (got["status"], got["output"], got["input"]) == ("SUCCEEDED", '{"a":1}', '{"a":1}')
    assert got["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 2000}
    assert (got["stopDate"] - got["startDate"]).total_seconds() == 2
    assert ":express:machine:" in got["executionArn"]


def test_sfn_24_a_synchronous_start_tells_of_a_failure_instead_of_failing() -> None:
    got = Stage({"f": fails("Boom")}).run(lambda stage: sync(stage, express(stage, one(task()))))
    assert (got["status"], got["error"]) == ("FAILED", "Boom")
    assert "output" not in got


def test_sfn_24_five_minutes_are_the_limit() -> None:
    waits = one({"Type": "Wait", "Seconds": 301, "Next": "B"}, B=task(End=True))
    stage = Stage({"f": lambda _: 1})
    got = stage.run(lambda _: sync(stage, express(stage, waits)))
    assert (got["status"], got["error"], stage.now) == ("TIMED_OUT", "States.Timeout", 300)
    assert stage.calls == []
    assert stage.trace()[-1][0] == "timed out"


@pytest.mark.parametrize("value", ["sync", "sync:2", "waitForTaskToken"])
def test_sfn_24_what_express_does_not_support_is_refused_when_it_is_created_and_updated(value: str) -> None:
    inner = one({"Type": "Task", "Resource": f"arn:aws:states:::states:startExecution.{value}", "Parameters": {}})
    definition = one({"Type": "Parallel", "Branches": [inner]})

    def main(stage: Stage) -> Any:
        created = refusal(lambda: express(stage, definition))
        machine = express(stage, PASS)
        update = stage.client.update_state_machine
        return created, refusal(lambda: update(stateMachineArn=machine, definition=json.dumps(definition)))

    created, updated = Stage().run(main)
    pattern = value.removesuffix(":2")
    assert created == updated
    assert created == (
        "InvalidDefinition",
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Express state machine does not support "
        f"'.{pattern}' service integration at /States/A/Branches[0]/States/A/Resource'",
    )


def test_sfn_24_its_executions_are_kept_for_the_checks() -> None:
    def main(stage: Stage) -> Any:
        machine = express(stage, one({"Type": "Pass", "Next": "B"}, B=task(End=True)))
        stage.start(machine, {"n": 1})
        sync(stage, machine, {"n": 2})
        return stepfunctions_engine.express_executions(machine)

    first, second = Stage({"f": lambda event: event}).run(main)
    assert [first["output"], second["output"]] == ['{"n":1}', '{"n":2}']
    assert first["entered"] == ["A", "B"]


def test_sfn_24_a_standard_machine_can_run_an_express_one_and_wait() -> None:
    def main(stage: Stage) -> Any:
        child = stage.machine(PASS, "child", type="EXPRESS")
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
            "Parameters": {"StateMachineArn": child},
            "OutputPath": "$.Output",
        }
        arn = stage.start(stage.machine(one(state)))
        stage.kernel.quiet()
        return stage.described(arn)

    assert json.loads(json.loads(Stage().run(main)["output"])) == {"a": 1}
