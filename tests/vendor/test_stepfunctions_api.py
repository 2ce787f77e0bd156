from __future__ import annotations

import json
from typing import Any

import pytest

from tests.vendor.stepfunctions_stage import Stage, fails, one, refusal, task

WAIT = one({"Type": "Wait", "Seconds": 60})


def test_sfn_06_unnamed_executions_each_get_a_name() -> None:
    def main(stage: Stage) -> list[str]:
        machine = stage.machine(WAIT)
        return [stage.start(machine), stage.start(machine)]

    first, second = Stage().run(main)
    assert first != second
    assert len(first.rsplit(":", 1)[1]) == 36
    assert [first, second] == Stage().run(main)


def test_sfn_06_the_same_name_and_input_while_it_runs_is_the_same_execution() -> None:
    def main(stage: Stage) -> Any:
        machine = stage.machine(WAIT)
        first = stage.client.start_execution(stateMachineArn=machine, name="n", input="{}")
        stage.kernel.sleep(10)
        again = stage.client.start_execution(stateMachineArn=machine, name="n", input="{}")
        return first["executionArn"] == again["executionArn"], first["startDate"] == again["startDate"]

    stage = Stage()
    assert stage.run(main) == (True, True)
    assert stage.trace().count(("started", None)) == 1


def test_sfn_06_another_input_or_a_closed_execution_already_exists() -> None:
    def main(stage: Stage) -> Any:
        machine = stage.machine(WAIT)
        arn = stage.start(machine, {"n": 1}, "n")
        other = refusal(lambda: stage.start(machine, {"n": 2}, "n"))
        stage.kernel.quiet()
        closed = refusal(lambda: stage.start(machine, {"n": 1}, "n"))
        return arn, other, closed

    arn, other, closed = Stage().run(main)
    assert other == closed == ("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")


def test_sfn_06_a_name_can_be_given_again_90_days_after_the_execution_closed() -> None:
    def main(stage: Stage) -> Any:
        machine = stage.machine(one({"Type": "Succeed"}))
        stage.start(machine, name="n")
        stage.kernel.sleep(90 * 86_400 - 1)
        early = refusal(lambda: stage.start(machine, name="n"))[0]
        stage.kernel.sleep(1)
        stage.start(machine, name="n")
        return early, len(stage.client.list_executions(stateMachineArn=machine)["executions"])

    assert Stage().run(main) == ("ExecutionAlreadyExists", 1)


@pytest.mark.parametrize("name", ["uploads/cat.csv", "two words", "a:b"])
def test_sfn_05_a_name_that_aws_refuses_is_refused(name: str) -> None:
    got = Stage().run(lambda stage: refusal(lambda: stage.start(stage.machine(WAIT), name=name)))
    assert got == ("InvalidName", f"Invalid Name: '{name}'")


def test_sfn_02_an_input_of_262144_bytes_starts_and_one_more_is_refused() -> None:
    def main(stage: Stage) -> Any:
        machine = stage.machine(WAIT)
        stage.start(machine, "x" * 262_142)
        stage.start(machine, "y" * 262_142)
        return refusal(lambda: stage.start(machine, "x" * 262_143))

    assert Stage().run(main)[0] == "ValidationException"


def test_an_input_that_is_not_json_is_refused() -> None:
    def main(stage: Stage) -> Any:
        machine = stage.machine(WAIT)
        return refusal(lambda: stage.client.start_execution(stateMachineArn=machine, input="{"))[0]

    assert Stage().run(main) == "InvalidExecutionInput"


def test_an_update_changes_what_starts_later_and_not_what_runs() -> None:
    def main(stage: Stage) -> Any:
        machine = stage.machine(
            one({"Type": "Wait", "Seconds": 5, "Next": "P"}, P={"Type": "Pass", "Result": 1, "End": True})
        )
        before = stage.start(machine)
        stage.client.update_state_machine(
            stateMachineArn=machine, definition=json.dumps(one({"Type": "Pass", "Result": 2}))
        )
        after = stage.start(machine)
        stage.kernel.quiet()
        return stage.described(before)["output"], stage.described(after)["output"]

    assert Stage().run(main) == ("1", "2")


def test_what_the_api_says_during_and_after_a_run() -> None:
    def main(stage: Stage) -> Any:
        machine = stage.machine({**one({"Type": "Wait", "Seconds": 90}), "TimeoutSeconds": 60})
        arn = stage.start(machine, {"a": 1}, "n")
        stage.kernel.sleep(30)
        during = stage.described(arn), [e["type"] for e in stage.history(arn)]
        stage.kernel.quiet()
        listed = stage.client.list_executions(stateMachineArn=machine, statusFilter="TIMED_OUT")["executions"]
        return during, listed

    (description, history), listed = Stage().run(main)
    assert (description["status"], description["input"]) == ("RUNNING", '{"a": 1}')
    assert "stopDate" not in description
    assert history == ["ExecutionStarted", "WaitStateEntered"]
    assert [(e["name"], e["status"], e["stopDate"].minute) for e in listed] == [("n", "TIMED_OUT", 1)]


def test_executions_are_listed_from_the_latest_those_of_one_moment_too() -> None:
    def main(stage: Stage) -> Any:
        machine = stage.machine(one({"Type": "Succeed"}))
        for number in range(120):
            stage.start(machine, name=f"n{number}")
        pages = stage.client.get_paginator("list_executions").paginate(stateMachineArn=machine)
        return [execution["name"] for page in pages for execution in page["executions"]]

    assert Stage().run(main) == [f"n{number}" for number in reversed(range(120))]


def test_sfn_26_the_history_of_a_function_by_its_arn() -> None:
    history = Stage({"f": lambda _: 1}).execute(one(task()))["history"]
    assert [e["type"] for e in history] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_a_failed_execution_says_why() -> None:
    ended = Stage({"f": fails("Boom")}).execute(one(task()))
    assert (ended["status"], ended["error"]) == ("FAILED", "Boom")
