"""The contract between redrives and moto's interpreter."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.responses import StepFunctionResponse

from harness.vendor.stepfunctions_rules import REDRIVABLE_S
from tests.vendor.stepfunctions_stage import Stage, fails, one, refusal, task

DAY_S = 86_400


def redrive(stage: Stage, execution: str) -> Any:
    answer = stage.client.redrive_execution(executionArn=execution)
    stage.kernel.quiet()
    return answer


def broken(stage: Stage, definition: dict[str, Any], value: Any = None) -> str:
    """An execution that has failed."""
    execution = stage.start(stage.machine(definition), value)
    stage.kernel.quiet()
    assert stage.described(execution)["status"] == "FAILED"
    return execution


def test_what_is_replaced_is_there_with_this_signature_and_what_is_added_is_not() -> None:
    assert list(inspect.signature(CommonStateField._eval_body).parameters) == ["self", "env"]
    assert list(inspect.signature(StepFunctionResponse.describe_execution).parameters) == ["self"]
    assert not hasattr(StepFunctionResponse, "redrive_execution")


def test_what_is_put_and_added_is_taken_away_again() -> None:
    places = [(CommonStateField, "_eval_body"), (StepFunctionResponse, "describe_execution")]
    before = [vars(owner)[name] for owner, name in places]
    Stage().execute(one({"Type": "Pass"}))
    assert all(vars(owner)[name] is was for (owner, name), was in zip(places, before, strict=True))
    assert not hasattr(StepFunctionResponse, "redrive_execution")


def two_tasks(**second: Any) -> dict[str, Any]:
    first = task("first", ResultPath="$.first", Next="B")
    return {"StartAt": "A", "States": {"A": first, "B": task("second", End=True, **second)}}


def test_sfn_25_a_redrive_goes_on_with_the_failed_state_and_its_input() -> None:
    def main(stage: Stage) -> Any:
        execution = broken(stage, two_tasks(), {"order": 7})
        stage.functions["second"] = lambda event: {"done": event}
        redrive(stage, execution)
        return stage.described(execution), stage.history(execution), stage.calls

    found, history, calls = Stage({"first": lambda _: 1, "second": fails("ValueError")}).run(main)
    assert (found["status"], found["output"]) == ("SUCCEEDED", '{"done":{"order":7,"first":1}}')
    assert "error" not in found
    assert [name for _, name, _ in calls] == ["first", "second", "second"]
    assert [e["type"] for e in history if e["type"].startswith("Execution")] == [
        "ExecutionStarted",
        "ExecutionFailed",
        "ExecutionRedriven",
        "ExecutionSucceeded",
    ]
    (redriven,) = [e for e in history if e["type"] == "ExecutionRedriven"]
    assert redriven["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert [e["id"] for e in history] == list(range(1, len(history) + 1))


def test_sfn_25_a_redriven_execution_says_so_and_can_be_redriven_again() -> None:
    def main(stage: Stage) -> Any:
        execution = broken(stage, two_tasks())
        before = stage.described(execution)
        redrive(stage, execution)
        redrive(stage, execution)
        return before, stage.described(execution)

    before, found = Stage({"first": lambda _: 1, "second": fails("ValueError")}).run(main)
    assert (before["redriveCount"], before["redriveStatus"]) == (0, "REDRIVABLE")
    assert "redriveDate" not in before
    assert (found["status"], found["error"], found["redriveCount"]) == ("FAILED", "ValueError", 2)
    assert "redriveDate" in found


def test_sfn_25_retries_begin_anew() -> None:
    def main(stage: Stage) -> Any:
        retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
        redrive(stage, broken(stage, two_tasks(Retry=retry)))
        return [name for _, name, _ in stage.calls]

    calls = Stage({"first": lambda _: 1, "second": fails("ValueError")}).run(main)
    assert calls == ["first"] + ["second"] * 6


def test_sfn_25_variables_are_what_they_were() -> None:
    def main(stage: Stage) -> Any:
        states = {
            "A": {"Type": "Pass", "Assign": {"n": 1}, "Next": "B"},
            "B": task("second", Assign={"n": 2}, Next="C"),
            "C": {"Type": "Pass", "Output": "{% $n %}", "End": True},
        }
        states["B"].pop("ResultPath", None)
        execution = broken(stage, {"QueryLanguage": "JSONata", "StartAt": "A", "States": states})
        stage.functions["second"] = lambda _: None
        redrive(stage, execution)
        return stage.described(execution)["output"]

    assert Stage({"second": fails("ValueError")}).run(main) == "2"


@pytest.mark.parametrize("ending", ["ABORTED", "TIMED_OUT"])
def test_sfn_25_aborted_and_timed_out_executions_can_be_redriven(ending: str) -> None:
    def main(stage: Stage) -> Any:
        definition = one({"Type": "Wait", "Seconds": 60, "End": True})
        if ending == "TIMED_OUT":
            definition["TimeoutSeconds"] = 10
        execution = stage.start(stage.machine(definition))
        stage.kernel.sleep(10)
        if ending == "ABORTED":
            stage.client.stop_execution(executionArn=execution)
        stage.kernel.quiet()
        assert stage.described(execution)["status"] == ending
        redrive(stage, execution)
        return stage.described(execution)["status"], stage.now

    # The state's whole wait and the execution's whole time begin again.
    assert Stage().run(main) == (("SUCCEEDED", 70) if ending == "ABORTED" else ("TIMED_OUT", 20))


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_sfn_25_what_runs_or_succeeded_cannot_be_redriven(status: str) -> None:
    def main(stage: Stage) -> Any:
        execution = stage.start(stage.machine(one({"Type": "Wait", "Seconds": 60, "End": True})))
        if status == "SUCCEEDED":
            stage.kernel.quiet()
        return refusal(lambda: redrive(stage, execution)), stage.described(execution)["redriveStatusReason"]

    reason = f"Execution is {status} and cannot be redriven."
    assert Stage().run(main) == (("ExecutionNotRedrivable", reason), reason)


def test_sfn_25_fourteen_days_after_its_end_it_is_too_late() -> None:
    def main(stage: Stage) -> Any:
        execution = broken(stage, two_tasks())
        stage.kernel.sleep(REDRIVABLE_S)
        redrive(stage, execution)
        stage.kernel.sleep(REDRIVABLE_S + 1)
        return refusal(lambda: redrive(stage, execution))

    stage = Stage({"first": lambda _: 1, "second": fails("ValueError")})
    assert stage.run(main) == ("ExecutionNotRedrivable", "Execution redrivable period exceeded.")
    assert REDRIVABLE_S == 14 * DAY_S


def test_sfn_25_an_express_execution_cannot_be_redriven() -> None:
    def main(stage: Stage) -> Any:
        execution = stage.start(stage.machine(one({"Type": "Fail"}), type="EXPRESS"))
        stage.kernel.quiet()
        return refusal(lambda: redrive(stage, execution))[0]

    assert Stage().run(main) == "InvalidArn"


def test_sfn_25_a_parallel_begins_again_as_a_whole() -> None:
    def main(stage: Stage) -> Any:
        branches = [one(task(name, End=True)) for name in ("first", "second")]
        execution = broken(stage, one({"Type": "Parallel", "Branches": branches, "End": True}))
        stage.functions["second"] = lambda _: 2
        redrive(stage, execution)
        return stage.described(execution)["output"]

    assert Stage({"first": lambda _: 1, "second": fails("ValueError")}).run(main) == "[1,2]"


def test_sfn_25_the_trace_tells_of_it() -> None:
    def main(stage: Stage) -> Any:
        redrive(stage, broken(stage, two_tasks()))
        return [e.what for e in stage.kernel.trace.select("workflow")]

    told = Stage({"first": lambda _: 1, "second": fails("ValueError")}).run(main)
    assert told == ["started", "entered", "left", "entered", "failed", "redriven", "entered", "failed"]
