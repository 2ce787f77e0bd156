"""What has succeeded is shown as before, and holds no interpreter any more."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from harness.vendor import stepfunctions_past
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_past import Succeeded
from tests.vendor.stepfunctions_stage import Stage, fails, one, refusal, task

GIVEN = {"b": 1, "a": ["ถัง", {"c": None}]}


def upstreams() -> Execution:
    machine: Any = SimpleNamespace(arn="arn", name="machine", sm_type="STANDARD", definition="{}")
    return Execution(
        name="one", sm_type="STANDARD", role_arn="role", exec_arn="arn:one", account_id="1", region_name="r",
        state_machine=machine, start_date=datetime(2026, 1, 1, tzinfo=UTC), cloud_watch_logging_session=None,
        activity_store={}, input_data='{"a":1}',
    )  # fmt: skip


def kept(arn: str) -> Any:
    return stepfunctions_parser_backends["123456789012"]["us-east-1"].describe_execution(arn)


def test_the_target_has_no_such_attribute_of_its_own() -> None:
    assert not hasattr(Execution, "input_data")


def test_upstream_still_keeps_the_input_twice_and_the_worker() -> None:
    execution = upstreams()
    assert (execution.input_data, execution.execution_input) == ({"a": 1}, '{"a":1}')
    assert "input_data" in vars(execution)
    execution.exec_worker = execution._get_start_execution_worker()
    assert isinstance(execution.exec_worker, ExecutionWorker)
    environment = execution.exec_worker._get_evaluation_environment()
    assert environment.callback_pool_manager._pool == {}
    assert environment.map_run_record_pool_manager._pool == {}


def test_what_has_succeeded_is_shown_and_holds_no_environment() -> None:
    def main(stage: Stage) -> Any:
        arn = stage.start(stage.machine(one(task())), GIVEN)
        before = stage.described(arn)
        held = kept(arn)
        stage.kernel.quiet()
        assert isinstance(held.exec_worker, Succeeded)
        assert "input_data" not in vars(held)
        assert held.exec_worker.map_run_record_pool_manager.get_all() == []
        return arn, before, stage.described(arn), stage.history(arn), stage.client.list_map_runs(executionArn=arn)

    arn, before, after, history, runs = Stage({"f": lambda _: {"n": 1}}).run(main)
    assert after["input"] == before["input"] == json.dumps(GIVEN)
    assert (after["status"], after["output"], after["executionArn"]) == ("SUCCEEDED", '{"n":1}', arn)
    assert [event["id"] for event in history] == list(range(1, 8))
    assert runs["mapRuns"] == []


def test_stopping_or_redriving_what_has_succeeded_changes_nothing() -> None:
    def main(stage: Stage) -> Any:
        arn = stage.start(stage.machine(one(task())))
        stage.kernel.quiet()
        shown = {**stage.described(arn), "ResponseMetadata": None}
        stage.client.stop_execution(executionArn=arn)
        again = {**stage.described(arn), "ResponseMetadata": None}
        return shown, again, refusal(lambda: stage.client.redrive_execution(executionArn=arn))

    shown, again, refused = Stage({"f": lambda _: 1}).run(main)
    assert shown == again
    assert refused == ("ExecutionNotRedrivable", "Execution is SUCCEEDED and cannot be redriven.")


def test_a_history_is_packed_as_it_differs_from_another_of_its_state_machine() -> None:
    def main(stage: Stage) -> Any:
        machine, other = stage.machine(one(task())), stage.machine(one(task(Next="B"), B=task(End=True)), "other")
        arns = [stage.start(which, {"n": n}) for n in range(20) for which in (machine, other)]
        stage.kernel.quiet()
        sizes = [len(kept(arn).exec_worker.env.event_manager) for arn in arns]
        return sizes, [stage.history(arn) for arn in arns]

    sizes, histories = Stage({"f": lambda given: given}).run(main)
    assert max(sizes) < 400
    for number, history in enumerate(histories):
        assert history[0]["executionStartedEventDetails"]["input"] == f'{{"n":{number // 2}}}'
        assert len(history) == (7, 12)[number % 2]


def test_what_has_not_succeeded_keeps_what_a_redrive_needs() -> None:
    answers = [fails("Boom"), lambda given: given]

    def main(stage: Stage) -> Any:
        arn = stage.start(stage.machine(one(task())), GIVEN)
        stage.kernel.quiet()
        assert isinstance(kept(arn).exec_worker, ExecutionWorker)
        stage.client.redrive_execution(executionArn=arn)
        stage.kernel.quiet()
        assert isinstance(kept(arn).exec_worker, Succeeded)
        return stage.described(arn), stage.history(arn)

    described, history = Stage({"f": lambda given: answers.pop(0)(given)}).run(main)
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1)
    assert "ExecutionRedriven" in [event["type"] for event in history]


def test_undo_leaves_nothing() -> None:
    with Patches() as patches:
        stepfunctions_past.apply(patches)
        execution = upstreams()
        del execution.input_data
        assert execution.input_data == {"a": 1}
    assert not hasattr(Execution, "input_data")
