from __future__ import annotations

import json
import re
from typing import Any

import pytest

from harness.vendor import stepfunctions_executions, stepfunctions_history
from tests.vendor.stepfunctions_stage import Stage, one, task

WAIT = {"Type": "Wait", "Seconds": 600}


def sleepy(stage: Stage, seconds: float) -> Any:
    def answer(_: Any) -> str:
        stage.kernel.sleep(seconds)
        return "awake"

    return answer


def test_an_execution_is_a_task_named_after_its_state_machine_and_itself() -> None:
    names: list[str] = []
    stage = Stage()
    stage.functions["f"] = lambda _: names.append(stage.kernel.require_current().name)
    stage.execute(one(task()))
    assert names == ["machine one"]


def test_sfn_16_a_task_that_takes_longer_than_its_timeout_fails_with_states_timeout() -> None:
    stage = Stage()
    stage.functions["f"] = sleepy(stage, 100)
    ended = stage.execute(one(task(TimeoutSeconds=30)))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert stage.now == 30
    assert [e["type"] for e in ended["history"]][-2:] == ["LambdaFunctionTimedOut", "ExecutionFailed"]


def test_sfn_16_a_timeout_can_be_retried() -> None:
    stage = Stage()
    naps = iter([100, 1])
    stage.functions["f"] = lambda _: sleepy(stage, next(naps))(None)
    retry = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 5}]
    ended = stage.execute(one(task(TimeoutSeconds=30, Retry=retry)))
    assert ended["output"] == '"awake"'
    assert stage.now == 36


def test_a_task_that_ends_within_its_limit_leaves_no_timer_behind() -> None:
    stage = Stage()
    stage.functions["f"] = sleepy(stage, 10)
    assert stage.execute(one(task(TimeoutSeconds=3000)))["status"] == "SUCCEEDED"
    assert stage.now == 10


def test_an_execution_that_takes_longer_than_the_machine_s_limit_times_out() -> None:
    ended = Stage().execute({**one(WAIT), "TimeoutSeconds": 60})
    assert ended["status"] == "TIMED_OUT"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == 60
    assert ended["history"][-1]["type"] == "ExecutionTimedOut"


def test_sfn_27_a_stopped_execution_keeps_error_and_cause_and_does_nothing_more() -> None:
    def main(stage: Stage) -> Any:
        machine = stage.machine(one({**WAIT, "Next": "B"}, B=task(End=True)))
        arn = stage.start(machine)
        stage.kernel.sleep(5)
        stopped = stage.client.stop_execution(executionArn=arn, error="Enough", cause="of this")
        stage.kernel.quiet()
        return {**stage.described(arn), "stopped": stopped["stopDate"], "history": stage.history(arn)}

    stage = Stage({"f": lambda _: None})
    ended = stage.run(main)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Enough", "of this")
    assert ended["stopped"] == ended["stopDate"]
    assert ended["history"][-1]["executionAbortedEventDetails"] == {"error": "Enough", "cause": "of this"}
    assert stage.calls == []
    # Nothing was left to happen: the wait of 600 s is over too.
    assert stage.now == 5


def test_sfn_27_stopping_reaches_the_branches_and_cannot_be_caught() -> None:
    branch = one({**WAIT, "Next": "B"}, B=task(End=True))
    parallel = {"Type": "Parallel", "Branches": [branch, branch], "Next": "S"}
    parallel["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "S"}]

    def main(stage: Stage) -> Any:
        arn = stage.start(stage.machine(one(parallel, S=task(End=True))))
        stage.kernel.settle()
        stage.client.stop_execution(executionArn=arn)
        stage.kernel.quiet()
        return stage.described(arn)

    stage = Stage({"f": lambda _: None})
    assert stage.run(main)["status"] == "ABORTED"
    assert (stage.calls, stage.now) == ([], 0)


def test_sfn_27_an_execution_stopped_by_its_own_function_ends_there() -> None:
    def main(stage: Stage) -> Any:
        def stop(_: Any) -> None:
            stage.client.stop_execution(executionArn=arn)

        stage.functions["f"] = stop
        arn = stage.start(stage.machine(one(task(Next="B"), B=task("g", End=True))))
        stage.kernel.quiet()
        return stage.described(arn), [e["type"] for e in stage.history(arn)]

    stage = Stage({"g": lambda _: None})
    ended, history = stage.run(main)
    assert ended["status"] == "ABORTED"
    assert history[-1] == "ExecutionAborted"
    assert [call[1] for call in stage.calls] == ["f"]


def test_sfn_27_stopping_what_has_ended_changes_nothing() -> None:
    def main(stage: Stage) -> Any:
        arn = stage.start(stage.machine(one({"Type": "Succeed"})))
        stage.kernel.quiet()
        stage.client.stop_execution(executionArn=arn)
        return stage.described(arn)["status"]

    assert Stage().run(main) == "SUCCEEDED"


def test_an_output_that_is_a_string_is_json_too() -> None:
    assert Stage({"f": lambda _: "text"}).execute(one(task()))["output"] == '"text"'


LOOP = {
    "StartAt": "A",
    "States": {
        "A": {"Type": "Wait", "Seconds": 1, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"},
    },
}


@pytest.fixture
def room_for_100(monkeypatch: pytest.MonkeyPatch) -> None:
    # 25,000 take seconds.
    for module in (stepfunctions_history, stepfunctions_executions):
        monkeypatch.setattr(module, "MAX_HISTORY_EVENTS", 100)


def test_sfn_04_a_history_has_room_for_25000_events() -> None:
    assert stepfunctions_history.MAX_HISTORY_EVENTS == 25_000


@pytest.mark.usefixtures("room_for_100")
def test_sfn_04_the_last_event_there_is_room_for_fails_the_execution() -> None:
    ended = Stage().execute(LOOP)
    cause = "The execution reached the maximum number of history events (100)."
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "States.Runtime", cause)
    assert [len(ended["history"]), ended["history"][-1]["type"]] == [100, "ExecutionFailed"]


@pytest.mark.usefixtures("room_for_100")
@pytest.mark.parametrize(("passes", "status"), [(49, "SUCCEEDED"), (50, "FAILED")])
def test_sfn_04_an_execution_whose_last_event_is_its_own_end_succeeds(passes: int, status: str) -> None:
    states: dict[str, Any] = {f"P{n}": {"Type": "Pass", "Next": f"P{n + 1}"} for n in range(1, passes)}
    states[f"P{passes}"] = {"Type": "Pass", "End": True}
    ended = Stage().execute({"StartAt": "P1", "States": states})
    assert (ended["status"], len(ended["history"])) == (status, 100)


@pytest.mark.usefixtures("room_for_100")
def test_sfn_04_a_branch_that_fills_the_history_ends_the_whole_execution() -> None:
    ended = Stage().execute(one({"Type": "Parallel", "Branches": [LOOP, one(WAIT)]}))
    assert (ended["status"], len(ended["history"])) == ("FAILED", 100)


def test_sfn_04_an_execution_is_open_for_a_year_at_most_and_that_alone_makes_no_time_pass() -> None:
    token = one(
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": "f"},
        }
    )

    def main(stage: Stage) -> Any:
        arn = stage.start(stage.machine(token))
        stage.kernel.quiet()
        at_rest = stage.now, stage.described(arn)["status"]
        stage.kernel.sleep(365 * 86_400)
        return at_rest, stage.described(arn)["status"], stage.history(arn)[-1]["type"]

    stage = Stage({"f": lambda _: None})
    assert stage.run(main) == ((0, "RUNNING"), "TIMED_OUT", "ExecutionTimedOut")


def test_the_context_s_times_end_in_z() -> None:
    state = {"Type": "Pass", "Parameters": {"s.$": "$$.Execution.StartTime", "e.$": "$$.State.EnteredTime"}}
    got = json.loads(Stage().execute(one(state))["output"])
    assert got["s"] == got["e"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", got["s"])
