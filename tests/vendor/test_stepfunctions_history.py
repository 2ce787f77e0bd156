from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from tests.vendor.stepfunctions_stage import Stage, fails, one, task


def test_the_trace_follows_an_execution_from_state_to_state() -> None:
    stage = Stage({"f": lambda _: 1})
    stage.execute(one(task(Next="W"), W={"Type": "Wait", "Seconds": 5, "End": True}))
    assert stage.trace() == [
        ("started", None),
        ("entered", "A"),
        ("left", "A"),
        ("entered", "W"),
        ("left", "W"),
        ("succeeded", None),
    ]


def test_each_event_says_execution_and_state_machine_and_follows_from_the_one_before() -> None:
    stage = Stage({"f": lambda _: 1})
    stage.execute(one(task()))
    events = stage.kernel.trace.events
    assert [e.cause for e in events] == [None, 1, 2, 3, 4, 5]
    assert [e.station for e in events] == ["workflow", "workflow", "invoke", "invoke", "workflow", "workflow"]
    told = stage.kernel.trace.select("workflow")
    assert {e.who for e in told} == {"arn:aws:states:us-east-1:123456789012:stateMachine:machine"}
    assert {e.detail["execution"] for e in told} == {"one"}


def test_an_execution_follows_from_what_its_caller_did() -> None:
    def main(stage: Stage) -> Any:
        stage.kernel.require_current().cause = stage.kernel.emit("act", "started", "someone")
        stage.start(stage.machine(one({"Type": "Succeed"})))
        stage.kernel.quiet()
        return stage.kernel.require_current().cause

    stage = Stage()
    assert stage.run(main) == 1
    assert stage.kernel.trace.select("workflow", "started")[0].cause == 1


def test_retries_catches_and_failures_say_error_and_the_beginning_of_the_cause() -> None:
    stage = Stage({"f": fails("Boom", "x" * 500)})
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "F"}]
    stage.execute(one(task(Retry=retry, Catch=catch), F={"Type": "Fail", "Error": "Bad", "Cause": "so"}))
    retried, caught, failed = (stage.kernel.trace.select("workflow", w)[0] for w in ("retried", "caught", "failed"))
    assert (retried.at_us, retried.detail["state"], retried.detail["error"]) == (1_000_000, "A", "Boom")
    assert len(retried.detail["cause"]) == 200
    assert (caught.detail["state"], caught.detail["error"], caught.detail["next"]) == ("A", "Boom", "F")
    assert (failed.detail["error"], failed.detail["cause"]) == ("Bad", "so")


def test_branches_follow_from_their_parallel() -> None:
    branches = [one(task()), one(task())]
    stage = Stage({"f": lambda _: 1})
    stage.execute(one({"Type": "Parallel", "Branches": branches}))
    parallel, *inner = stage.kernel.trace.select("workflow", "entered")
    assert [e.cause for e in inner] == [parallel.number, parallel.number]


def test_a_stop_follows_from_who_stopped_and_a_time_limit_from_the_last_state() -> None:
    def main(stage: Stage) -> Any:
        arn = stage.start(stage.machine(one({"Type": "Wait", "Seconds": 9})))
        stage.kernel.settle()
        stage.kernel.require_current().cause = stage.kernel.emit("act", "stopped", "someone")
        stage.client.stop_execution(executionArn=arn, error="E")

    stage = Stage()
    stage.run(main)
    aborted = stage.kernel.trace.select("workflow", "aborted")[0]
    assert (aborted.cause, aborted.detail["error"]) == (3, "E")
    limited = Stage()
    limited.execute({**one({"Type": "Wait", "Seconds": 9}), "TimeoutSeconds": 1})
    assert limited.trace()[-1] == ("timed out", None)


def test_two_runs_have_the_same_trace() -> None:
    def run() -> list[str]:
        stage = Stage({"f": lambda _: 1})
        choice = {"token.$": "States.UUID()", "n.$": "States.MathRandom(0, 1000)"}
        stage.execute(one({"Type": "Pass", "Parameters": choice, "Next": "B"}, B=task(End=True)))
        return [e.as_json() for e in stage.kernel.trace.events] + [str(stage.calls)]

    assert run() == run()


def test_the_history_of_what_is_over_is_kept_packed_and_shown_as_it_was() -> None:
    def main(stage: Stage) -> tuple[Any, Any]:
        arn = stage.start(stage.machine(one(task())))
        stage.kernel.quiet()
        execution = stepfunctions_parser_backends["123456789012"]["us-east-1"].describe_execution(arn)
        return execution.exec_worker.env.event_manager, stage.history(arn)

    manager, events = Stage({"f": fails("Boom")}).run(main)
    assert manager._history_event_list == []
    assert len(manager.packed) < 1000
    assert [e["id"] for e in events] == list(range(1, 7))
    assert events[-1]["executionFailedEventDetails"]["error"] == "Boom"
