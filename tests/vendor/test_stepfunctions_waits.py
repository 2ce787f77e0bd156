from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.kernel.decisions import Decision, Replayed
from tests.vendor.stepfunctions_stage import Stage, fails, one, task


def retry(**more: Any) -> dict[str, Any]:
    return {"ErrorEquals": ["States.ALL"], **more}


def times(stage: Stage) -> list[float]:
    return [call[0] for call in stage.calls]


def test_sfn_10_attempts_of_a_retry_of_2_s_times_2_fall_at_0_2_6_and_14_s() -> None:
    stage = Stage({"f": fails("Boom")})
    ended = stage.execute(one(task(Retry=[retry(IntervalSeconds=2, BackoffRate=2.0, MaxAttempts=3)])))
    assert times(stage) == [0, 2, 6, 14]
    assert ended["error"] == "Boom"


def test_sfn_10_the_defaults_are_1_s_times_2_three_times() -> None:
    stage = Stage({"f": fails("Boom")})
    stage.execute(one(task(Retry=[retry()])))
    assert times(stage) == [0, 1, 3, 7]


def test_sfn_10_max_attempts_0_never_retries() -> None:
    stage = Stage({"f": fails("Boom")})
    stage.execute(one(task(Retry=[retry(MaxAttempts=0)])))
    assert times(stage) == [0]


def test_sfn_10_max_delay_caps_each_wait() -> None:
    stage = Stage({"f": fails("Boom")})
    stage.execute(one(task(Retry=[retry(IntervalSeconds=2, MaxDelaySeconds=5, MaxAttempts=4)])))
    assert times(stage) == [0, 2, 6, 11, 16]


def test_sfn_10_each_retrier_has_its_own_counter() -> None:
    errors = iter(["A", "B", "A", "B", "A"])
    stage = Stage({"f": lambda _: fails(next(errors))(None)})
    retriers = [
        {"ErrorEquals": ["A"], "IntervalSeconds": 1, "MaxAttempts": 2},
        {"ErrorEquals": ["B"], "IntervalSeconds": 10, "MaxAttempts": 2},
    ]
    ended = stage.execute(one(task(Retry=retriers)))
    # A waits 1 and 2, B waits 10 and 20; the third A is one too many.
    assert times(stage) == [0, 1, 11, 13, 33]
    assert ended["error"] == "A"


def test_sfn_10_counters_begin_anew_when_the_state_is_entered_again() -> None:
    answers = iter(["fail", "ok", "fail", "ok"])
    stage = Stage({"f": lambda _: fails("E")(None) if next(answers) == "fail" else {"again": len(stage.calls) < 4}})
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.again", "BooleanEquals": True, "Next": "A"}],
        "Default": "S",
    }
    state = task(Retry=[retry(IntervalSeconds=5, MaxAttempts=1)], Next="C")
    ended = stage.execute(one(state, C=choice, S={"Type": "Succeed"}))
    assert ended["status"] == "SUCCEEDED"
    assert times(stage) == [0, 5, 5, 10]


def test_sfn_10_jitter_is_a_decision_and_plainly_the_whole_delay() -> None:
    state = one(task(Retry=[retry(IntervalSeconds=8, MaxAttempts=1, JitterStrategy="FULL")]))
    plain = Stage({"f": fails("Boom")})
    plain.execute(state)
    assert times(plain) == [0, 8]
    drawn = Stage({"f": fails("Boom")}, Replayed([Decision("retry jitter of a state", 5, 2)]))
    drawn.execute(state)
    assert times(drawn) == [0, 4]


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        ({"Seconds": 300}, 300),
        ({"SecondsPath": "$.s"}, 42),
        ({"Timestamp": "2030-01-15T09:00:07Z"}, 7),
        ({"Timestamp": "2030-01-15T09:00:07.250Z"}, 7.25),
        ({"TimestampPath": "$.t"}, 3600),
        ({"Timestamp": "2029-01-01T00:00:00Z"}, 0),
    ],
)
def test_sfn_21_a_wait_takes_exactly_its_virtual_time(wait: dict[str, Any], seconds: float) -> None:
    stage = Stage()
    ended = stage.execute(one({"Type": "Wait", **wait}), {"s": 42, "t": "2030-01-15T10:00:00Z"})
    assert ended["status"] == "SUCCEEDED"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == pytest.approx(seconds, abs=0.001)
    assert stage.now == seconds


def test_sfn_21_history_times_are_utc() -> None:
    ended = Stage().execute(one({"Type": "Wait", "Seconds": 90}))
    assert [e["timestamp"].isoformat() for e in ended["history"]][-1] == "2030-01-15T09:01:30+00:00"


TOKEN = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}},
}


class Waiting:
    """An execution that waits for its token; ``act`` is what happens meanwhile."""

    def __init__(self, act: Any, **more: Any) -> None:
        self.token = ""
        self.stage = Stage({"f": self._take})

        def main(stage: Stage) -> Any:
            arn = stage.start(stage.machine(one({**TOKEN, **more})), name="one")
            stage.kernel.settle()
            act(stage, self.token)
            stage.kernel.quiet()
            return stage.described(arn)

        self.ended = self.stage.run(main)

    def _take(self, payload: Any) -> None:
        self.token = payload["token"]


def test_sfn_17_a_token_answered_after_an_hour_is_the_output() -> None:
    def act(stage: Stage, token: str) -> None:
        stage.kernel.sleep(3600)
        stage.client.send_task_success(taskToken=token, output='{"ok":true}')

    waiting = Waiting(act)
    assert waiting.ended["output"] == '{"ok":true}'
    assert waiting.stage.now == 3600


def test_sfn_16_without_a_timeout_nothing_is_left_to_happen_and_the_execution_runs_on() -> None:
    waiting = Waiting(lambda stage, token: None)
    assert waiting.ended["status"] == "RUNNING"
    assert waiting.stage.now == 0


def test_sfn_17_a_failure_keeps_its_cause() -> None:
    waiting = Waiting(lambda s, token: s.client.send_task_failure(taskToken=token, error="Bad", cause="because"))
    assert (waiting.ended["error"], waiting.ended["cause"]) == ("Bad", "because")


def test_sfn_17_a_second_answer_is_refused_and_so_is_a_token_nobody_gave() -> None:
    codes = []

    def act(stage: Stage, token: str) -> None:
        stage.client.send_task_success(taskToken=token, output="1")
        for each in (token, "made up"):
            with pytest.raises(ClientError) as refused:
                stage.client.send_task_success(taskToken=each, output="2")
            codes.append(refused.value.response["Error"]["Code"])

    assert Waiting(act).ended["output"] == "1"
    assert codes == ["TaskTimedOut", "InvalidToken"]


def test_sfn_16_a_token_that_is_not_answered_in_time_is_a_timeout() -> None:
    waiting = Waiting(lambda s, token: None, TimeoutSeconds=60)
    assert (waiting.ended["status"], waiting.ended["error"]) == ("FAILED", "States.Timeout")
    assert waiting.stage.now == 60


def test_sfn_17_an_answer_after_the_timeout_is_refused() -> None:
    def act(stage: Stage, token: str) -> None:
        stage.kernel.sleep(61)
        with pytest.raises(ClientError, match="TaskTimedOut"):
            stage.client.send_task_success(taskToken=token, output="1")

    Waiting(act, TimeoutSeconds=60)


def test_sfn_16_heartbeats_put_off_the_heartbeat_timeout_and_have_no_60_s_limit_of_their_own() -> None:
    def act(stage: Stage, token: str) -> None:
        for _ in range(10):
            stage.kernel.sleep(25)
            stage.client.send_task_heartbeat(taskToken=token)

    waiting = Waiting(act, HeartbeatSeconds=30)
    assert waiting.stage.now == 280
    # SFN-16: the history names it States.Timeout.
    assert waiting.ended["error"] == "States.Timeout"


def test_sfn_16_a_missed_heartbeat_can_be_caught_by_its_own_name() -> None:
    stage = Stage({"f": lambda _: None})
    caught = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "S"}]
    ended = stage.execute(one({**TOKEN, "HeartbeatSeconds": 30, "Catch": caught, "Next": "S"}, S={"Type": "Succeed"}))
    assert ended["status"] == "SUCCEEDED"
    assert stage.now == 30


def test_an_answer_given_during_the_call_itself_is_not_lost() -> None:
    stage = Stage()

    def answer(payload: Any) -> None:
        stage.client.send_task_success(taskToken=payload["token"], output='"early"')

    stage.functions["f"] = answer
    assert stage.execute(one(TOKEN))["output"] == '"early"'


def test_sfn_18_a_child_execution_is_waited_for_once_however_long_it_takes() -> None:
    def main(stage: Stage) -> Any:
        child = stage.machine(one({"Type": "Wait", "Seconds": 2_592_000}), "child")
        resource = "arn:aws:states:::states:startExecution.sync:2"
        parent = one(
            {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": child, "Input": {"a": 1}}}
        )
        arn = stage.start(stage.machine(parent, "parent"))
        stage.kernel.quiet()
        return stage.described(arn), stage.kernel.step

    stage = Stage()
    ended, steps = stage.run(main)
    assert json.loads(ended["output"])["Output"] == {"a": 1}
    assert stage.now == 2_592_000
    assert steps < 100


def test_sfn_18_a_child_that_fails_fails_the_task_with_its_description() -> None:
    def main(stage: Stage) -> Any:
        child = stage.machine(one({"Type": "Fail", "Error": "Bad"}), "child")
        resource = "arn:aws:states:::states:startExecution.sync"
        parent = one({"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": child, "Input": {}}})
        arn = stage.start(stage.machine(parent, "parent"))
        stage.kernel.quiet()
        return stage.described(arn)

    ended = Stage().run(main)
    assert ended["error"] == "States.TaskFailed"
    assert json.loads(ended["cause"])["Error"] == "Bad"
