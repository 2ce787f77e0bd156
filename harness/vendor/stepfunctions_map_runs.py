"""This file decides how a distributed Map runs: its children, what it does when they fail, where its results go.

Upstream: moto 5.2.5 starts a worker per item, keeps the children's histories to itself, lets any number of them fail
without a word, fails with ``States.Runtime`` when the items cannot be read, lists a thousand objects at most, and
writes a manifest that names no files.
Why that can't stay: SFN-19. What we do: a child is a program with a history and a story of its own; at most 10,000 run
at once; more failed items than tolerated end the others. A child's name in the trace is its parent's, the Map's
and the number of its item or batch: ``order-1/Rows[3]``.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: moto counts failures and writes results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, MapRunStatus
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval.resource_eval_s3 import (
    ResourceEvalS3 as ReaderS3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.result_writer_decl import ResultWriter
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore

from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_errors import failure
from harness.vendor.stepfunctions_executions import utc_now
from harness.vendor.stepfunctions_history import Story
from harness.vendor.stepfunctions_map_results import Child, batches, exceeds, manifest, result_files
from harness.vendor.stepfunctions_parsing import client_for
from harness.vendor.stepfunctions_rules import MAX_DISTRIBUTED_CHILDREN, MAX_EXPRESS_S, iso_time, json_text
from harness.vendor.stepfunctions_tasks import TaskTree


def apply(patches: Patches, tree: TaskTree) -> None:
    """Run distributed Maps as children of ``tree``."""
    patches.put(DistributedIterationComponent, "_eval_body", _eval_map_run(tree))
    patches.put(StateMap, "_eval_execution", _with_results_of_failures(StateMap._eval_execution))
    patches.put(ResultWriter, "_eval_body", _write_results)
    patches.put(ReaderS3, "_handle_list_objects_v2", staticmethod(_list_objects))


def _eval_map_run(tree: TaskTree) -> Callable[[Any, Any], None]:
    def eval_map_run(self: Any, env: Any) -> None:
        asked = env.stack.pop()
        record = asked.map_run_record
        _tell(env, HistoryEventType.MapRunStarted, {"mapRunStartedEventDetails": {"mapRunArn": record.map_run_arn}})
        run = _MapRun(tree, self, env, asked)
        env.heap["map run"] = run
        try:
            run.run(_read(env, asked))
        except FailureEventException as error:
            name, cause = error.extract_error_cause_pair() or (None, None)
            details = {key: text for key, text in (("error", name), ("cause", cause)) if text}
            _tell(env, HistoryEventType.MapRunFailed, {"mapRunFailedEventDetails": details})
            record.set_stop(status=MapRunStatus.FAILED)
            raise
        _tell(env, HistoryEventType.MapRunSucceeded, None)
        record.set_stop(status=MapRunStatus.SUCCEEDED)
        # Children that failed and were tolerated have no place in the result.
        env.stack.append([child.output for child in run.children if child.status == "SUCCEEDED"])

    return eval_map_run


def _tell(env: Any, event_type: HistoryEventType, details: Any) -> None:
    env.event_manager.add_event(context=env.event_history_context, event_type=event_type, event_details=details)


def _map_failure(env: Any, kind: StatesErrorNameType, cause: str) -> FailureEventException:
    details = {"error": kind.to_name(), "cause": cause}
    return FailureEventException(failure(env, StatesErrorName(typ=kind), HistoryEventType.MapRunFailed, details))


def _read(env: Any, asked: Any) -> list[Any]:
    if asked.item_reader is None:
        return list(asked.input_items)
    try:
        asked.item_reader.eval(env=env)
    except (ClientError, ValueError, StopIteration) as error:
        raise _map_failure(env, StatesErrorNameType.StatesItemReaderFailed, str(error)) from None
    return list(env.stack.pop())


class _MapRun:
    """One run of a distributed Map."""

    def __init__(self, tree: TaskTree, component: Any, env: Any, asked: Any) -> None:
        self._tree = tree
        self._component = component
        self._env = env
        self._asked = asked
        self.record = asked.map_run_record
        self.children: list[Child] = []
        self._failed = 0
        self._total = 0

    def run(self, items: list[Any]) -> None:
        """Run a child for each item or batch until all have ended.

        Raises:
            FailureEventException: more of them failed than are tolerated.
        """
        self._total = len(items)
        self.children = self._children(items)
        at_once = min(self._asked.max_concurrency or MAX_DISTRIBUTED_CHILDREN, MAX_DISTRIBUTED_CHILDREN)
        left = iter(self.children)
        over = self._tree.kernel.event("the map run")
        working = min(at_once, len(self.children))

        def work() -> None:
            nonlocal working
            for child in left:
                self._run_child(child)
                if self._is_lost():
                    over.set()
                    return
            working -= 1
            if not working:
                over.set()

        tasks = [self._tree.child(work, "children", joined=False) for _ in range(working)]
        if tasks:
            over.wait()
            self._tree.follow_latest(tasks)
        if self._is_lost():
            for task in tasks:
                self._tree.abort(task)
            for child in self.children:
                child.status = "ABORTED" if child.status == "RUNNING" else child.status
            cause = "The specified tolerated failure threshold was exceeded"
            raise _map_failure(self._env, StatesErrorNameType.StatesExceedToleratedFailureThreshold, cause)

    def _is_lost(self) -> bool:
        tolerated, percentage = self._asked.tolerated_failure_count, self._asked.tolerated_failure_percentage
        return exceeds(self._failed, self._total, tolerated, percentage)

    def _children(self, items: list[Any]) -> list[Child]:
        worker = self._component._create_worker(env=self._env, eval_input=self._asked, job_pool=None)
        chosen = [self._selected(worker, index, item) for index, item in enumerate(items)]
        batcher = getattr(self._component, "batcher", None)
        if batcher is None:
            return [Child(index, value) for index, value in enumerate(chosen)]
        batcher.eval(env=self._env)
        read = self._env.stack.pop()
        return [Child(index, value, size) for index, (value, size) in enumerate(batches(chosen, read))]

    def _selected(self, worker: Any, index: int, item: Any) -> Any:
        frame: Any = Environment.as_frame_of(self._env)
        frame.states.context_object.context_object_data["Map"] = {"Item": {"Index": index, "Value": item}}
        frame.states.reset(input_value=item)
        worker._eval_input(env_frame=frame)
        return frame.states.get_input()

    def _run_child(self, child: Child) -> None:
        counters = (self.record.item_counter, child.items), (self.record.execution_counter, 1)
        for counter, size in counters:
            counter.total.count(size)
            counter.running.count(size)
        env = self._child_environment(child)
        program = self._component._get_iteration_program()
        express = getattr(self._component, "express", False)
        details = {"executionStartedEventDetails": {"input": json_text(child.value)}}
        _tell(env, HistoryEventType.ExecutionStarted, details)
        child.status, child.started = "RUNNING", utc_now()
        if express and not self._tree.within(MAX_EXPRESS_S, lambda: program.eval(env)):
            env.set_timed_out()
            _tell(env, HistoryEventType.ExecutionTimedOut, {"executionTimedOutEventDetails": {}})
        elif not express:
            program.eval(env)
        self._note_end(child, env.program_state(), env)
        for counter, size in counters:
            counter.running.offset(-size)
            ended = {"SUCCEEDED": counter.succeeded, "TIMED_OUT": counter.timed_out}.get(child.status, counter.failed)
            ended.count(size)

    def _note_end(self, child: Child, state: Any, env: Any) -> None:
        child.stopped = utc_now()
        if isinstance(state, ProgramEnded):
            child.status, child.output = "SUCCEEDED", env.states.get_input()
            return
        self._failed += child.items
        if isinstance(state, ProgramError):
            child.status, child.error = "FAILED", dict(state.error or {})
        else:
            child.status, child.error = "TIMED_OUT", {"error": "States.Timeout"}

    def _child_environment(self, child: Child) -> Any:
        """An environment that shares nothing with the parent's but what the execution was started with."""
        variables: Any = VariableStore
        env: Any = Environment.as_inner_frame_of(self._env, variables(), EventHistoryContext.of_program_start())
        env._is_frame = False
        env._program_state = None
        parent: Story = self._env.event_manager.story
        env.event_manager = EventManager()
        env.event_manager.story = parent.of_child(f"{self._asked.state_name}[{child.index}]")
        child.name = self._tree.kernel.decisions.uuid("map child")
        machine = self.record.map_state_machine_arn
        child.arn = f"{machine.replace(':stateMachine:', ':execution:')}:{child.name}"
        context = env.states.context_object.context_object_data
        now = iso_time(utc_now())
        started = {"Id": child.arn, "Name": child.name, "Input": child.value, "StartTime": now}
        context["Execution"] = {**context["Execution"], **started}
        context["StateMachine"] = {**context["StateMachine"], "Id": machine}
        env.states.reset(input_value=child.value)
        return env


def _with_results_of_failures(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def eval_execution(self: Any, env: Any) -> None:
        try:
            original(self, env)
        except FailureEventException as error:
            threshold = StatesErrorNameType.StatesExceedToleratedFailureThreshold.to_name()
            if self.result_writer and (error.extract_error_cause_pair() or (None,))[0] == threshold:
                env.stack.append(None)
                self.result_writer.eval(env)
            raise

    return eval_execution


def _write_results(self: Any, env: Any) -> None:
    # The result in its place: what Parameters are taken from is the state's input below it.
    env.stack.pop()
    self.parargs.eval(env=env)
    asked = env.stack.pop()
    run: _MapRun = env.heap["map run"]
    bucket, prefix = asked["Bucket"], asked.get("Prefix") or ""
    folder = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
    folder += run.record.map_run_arn.rsplit(":", 1)[1]
    s3 = client_for(env.aws_execution_details.region, "s3")
    files = result_files(run.children, run.record.map_state_machine_arn)
    keys = {f"{folder}/{name}": len(body) for name, body in files.items()}
    at = f"{folder}/manifest.json"
    try:
        for name, body in files.items():
            s3.put_object(Bucket=bucket, Key=f"{folder}/{name}", Body=body)
        s3.put_object(Bucket=bucket, Key=at, Body=manifest(bucket, run.record.map_run_arn, keys))
    except ClientError as error:
        raise _map_failure(env, StatesErrorNameType.StatesResultWriterFailed, str(error)) from None
    for counter in (run.record.item_counter, run.record.execution_counter):
        counter.results_written.count(counter.succeeded.get() + counter.failed.get() + counter.timed_out.get())
    details = {"Bucket": bucket, "Key": at}
    env.stack.append({"MapRunArn": run.record.map_run_arn, "ResultWriterDetails": details})


def _list_objects(env: Any, resource_runtime_part: Any, state_credentials: Any) -> None:
    s3 = client_for(resource_runtime_part.region, "s3")
    pages = s3.get_paginator("list_objects_v2").paginate(**env.stack.pop())
    env.stack.append(
        [
            {
                "Etag": found["ETag"],
                "Key": found["Key"],
                "LastModified": int(found["LastModified"].timestamp()),
                "Size": found["Size"],
                "StorageClass": found["StorageClass"],
            }
            for page in pages
            for found in page.get("Contents", ())
        ]
    )
