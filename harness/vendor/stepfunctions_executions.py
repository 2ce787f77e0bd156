"""This file decides how an execution and its states run: as kernel tasks that end when they are told to.

Upstream: moto 5.2.5 starts a thread for the execution, one for the program, one for each Task, Parallel and Map
state, and waits for them with real timeouts; a stopped or timed-out thread goes on in the background and may still
write history. A Task without ``TimeoutSeconds`` has a timer of 99,999,999 s, one with a heartbeat alone 60 s.
Why that can't stay: time is virtual, there is one thread, and what is stopped must be over.
What we do: one task per execution, named for humans; further tasks only for what has a time limit. SFN-16: no
limit, no timer. SFN-27: stopping ends the tasks and keeps error and cause. SFN-04: so do a full history and a
year, which is a background timer, so it never makes time move. SFN-24: Express has five minutes and no such history.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: moto runs executions on a scheduler it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError, TimeoutSeconds
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.state_props import StateProps
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramState, ProgramStopped, ProgramTimedOut
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from harness.kernel.tasks import Event
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_history import Story, pack
from harness.vendor.stepfunctions_past import let_go
from harness.vendor.stepfunctions_rules import (
    MAX_EXECUTION_S,
    MAX_EXPRESS_S,
    MAX_HISTORY_EVENTS,
    NO_TIMEOUT_S,
    iso_time,
    json_copy,
    json_text,
)
from harness.vendor.stepfunctions_status import OnStatus, tell
from harness.vendor.stepfunctions_tasks import TaskTree


class Ended:
    """A flag for each execution, by ARN, that goes up when it has ended; ``on_status`` hears what becomes of it."""

    def __init__(self, on_status: OnStatus) -> None:
        self.on_status = on_status
        # One of each state machine.
        self.histories: dict[str, bytes] = {}
        self._flags: dict[str, Event] = {}

    def open(self, arn: str, flag: Event) -> None:
        """The execution has started."""
        self._flags[arn] = flag

    def close(self, arn: str) -> None:
        """The execution has ended."""
        self._flags.pop(arn).set()

    def wait(self, arn: str) -> None:
        """Wait until the execution has ended; at once if it has, or is none of ours."""
        flag = self._flags.get(arn)
        if flag is not None:
            flag.wait()


def apply(patches: Patches, tree: TaskTree, on_status: OnStatus) -> Ended:
    """Run executions on ``tree``'s kernel; returns what tells when one has ended."""
    ended = Ended(on_status)
    patches.put(ExecutionWorker, "start", _start(tree, ended))
    patches.put(ExecutionWorker, "stop", _stop(tree, ended))
    patches.put(
        BaseExecutionWorkerCommunication, "terminated", _terminated(BaseExecutionWorkerCommunication.terminated)
    )
    patches.put(Program, "eval", _eval_program(tree))
    patches.put(ExecutionState, "_evaluate_with_timeout", _evaluate_with_timeout(tree))
    patches.put(ExecutionState, "from_state_props", _without_invented_timeout(ExecutionState.from_state_props))
    patches.put(Environment, "program_state", _program_state)
    patches.put(state, "StateData", _state_data)
    return ended


def _start(tree: TaskTree, ended: Ended) -> Callable[[Any], None]:
    def start(self: Any) -> None:
        details = self._evaluation_details
        execution, machine = details.execution_details, details.state_machine_details
        program = self._get_evaluation_entrypoint()
        env = self.env = self._get_evaluation_environment()
        env.states.context_object.context_object_data["Execution"]["StartTime"] = iso_time(execution.start_time)
        story = env.event_manager.story = Story(tree.kernel, machine.arn, execution.name)
        env.event_manager.add_event(
            context=env.event_history_context,
            event_type=HistoryEventType.ExecutionStarted,
            event_details={
                "executionStartedEventDetails": {
                    "input": json_text(execution.inpt),
                    "inputDetails": {"truncated": False},
                    "roleArn": details.aws_execution_details.role_arn,
                }
            },
            update_source_event_id=False,
        )
        # Before the task's first step: what is stopped at once has a next state too.
        env.next_state_name = program.start_at.start_at_name

        if machine.typ != "EXPRESS":
            story.on_full = lambda: _fail_as_full(tree, ended, self)
        run(tree, ended, self, lambda: program.eval(env))

    return start


def run(tree: TaskTree, ended: Ended, worker: Any, evaluate: Callable[[], None]) -> None:
    """Let the execution of ``worker`` do ``evaluate`` from now on, and end with it, in a task of its own."""
    details = worker._evaluation_details
    execution, machine = details.execution_details, details.state_machine_details

    def to_its_end() -> None:
        evaluate()
        _over(worker, ended)

    ended.open(execution.arn, tree.kernel.event(f"the end of {execution.name}"))
    express = machine.typ == "EXPRESS"
    limit_s = MAX_EXPRESS_S if express else MAX_EXECUTION_S
    worker.lifetime = tree.kernel.call_later(limit_s, lambda: _expire(tree, ended, worker), background=not express)
    _tell(worker, ended)
    worker.task = tree.root(to_its_end, f"{machine.name} {execution.name}", worker.env.event_manager.story.last)


def _tell(worker: Any, ended: Ended) -> None:
    tell(ended.on_status, worker._execution_communication.execution, worker.env.event_manager.story.last)


def _over(worker: Any, ended: Ended) -> None:
    worker.lifetime.cancel()
    worker._execution_communication.terminated()
    _tell(worker, ended)
    details = worker._evaluation_details
    pack(worker.env.event_manager, ended.histories, details.state_machine_details.arn)
    let_go(worker._execution_communication.execution)
    ended.close(details.execution_details.arn)


def _stop(tree: TaskTree, ended: Ended) -> Callable[..., None]:
    def stop(self: Any, stop_date: datetime, error: str | None, cause: str | None) -> None:
        env = self.env
        if env is None or not env.is_running():
            return
        env.set_stop(stop_date=stop_date, cause=cause, error=error)
        details = {"executionAbortedEventDetails": {"error": error, "cause": cause}}
        _cut_off(tree, ended, self, HistoryEventType.ExecutionAborted, details)

    return stop


def _cut_off(tree: TaskTree, ended: Ended, worker: Any, ending: HistoryEventType, details: Mapping[str, Any]) -> None:
    env = worker.env
    env.event_history_context.source_event_id = 0
    env.event_manager.add_event(context=env.event_history_context, event_type=ending, event_details=details)
    _over(worker, ended)
    tree.abort(worker.task)


def _expire(tree: TaskTree, ended: Ended, worker: Any) -> None:
    # SFN-04
    worker.env.set_timed_out()
    _cut_off(tree, ended, worker, HistoryEventType.ExecutionTimedOut, {"executionTimedOutEventDetails": {}})


def _fail_as_full(tree: TaskTree, ended: Ended, worker: Any) -> None:
    # SFN-04: the 25,000th event is the execution's end, and if it is not the program's own, it is this one.
    cause = f"The execution reached the maximum number of history events ({MAX_HISTORY_EVENTS})."
    error = {"error": "States.Runtime", "cause": cause}
    worker.env.set_error(error)
    details = {"executionFailedEventDetails": error}
    _cut_off(tree, ended, worker, HistoryEventType.ExecutionFailed, details)


def _terminated(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def terminated(self: Any) -> None:
        original(self)
        execution = self.execution
        state = execution.exec_worker.env.program_state()
        if isinstance(state, ProgramEnded):
            # Text, as the API gives it: moto would pass on a JSON string without its quotes.
            execution.output = json_text(execution.output)
        elif isinstance(state, ProgramStopped):
            execution.error, execution.cause = state.error, state.cause
        elif isinstance(state, ProgramTimedOut) and execution.sm_type == "EXPRESS":
            execution.error = "States.Timeout"

    return terminated


def _eval_program(tree: TaskTree) -> Callable[[Any, Any], None]:
    def eval_program(self: Any, env: Any) -> None:
        env.next_state_name = self.start_at.start_at_name
        evaluate(tree, self, env)

    return eval_program


def evaluate(tree: TaskTree, program: Any, env: Any) -> None:
    """Evaluate ``program`` from the state that comes next, under its own timeout."""
    limit = program.timeout_seconds
    timeout_s = limit.timeout_seconds if limit else NO_TIMEOUT_S
    if tree.within(timeout_s, lambda: EvalComponent.eval(program, env)):
        return
    env.set_timed_out()
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ExecutionTimedOut,
        event_details={"executionTimedOutEventDetails": {}},
    )


def _evaluate_with_timeout(tree: TaskTree) -> Callable[[Any, Any], None]:
    def evaluate(self: Any, env: Any) -> None:
        self.timeout.eval(env=env)
        timeout_s = env.stack.pop()
        frame = env.open_frame()
        frame.states.reset(input_value=env.states.get_input())
        frame.stack = json_copy(env.stack)
        try:
            if not tree.within(timeout_s, lambda: self._eval_execution(frame)):
                raise EvalTimeoutError
        finally:
            frame.set_ended()
            env.close_frame(frame)
        _take_output(self, env, frame.stack.pop())

    return evaluate


def _take_output(state: Any, env: Any, output: Any) -> None:
    env.stack.append(output)
    if not state._is_language_query_jsonpath():
        env.states.set_result(output)
        _take_jsonata_output(state, env)
        return
    if state.assign_decl:
        state.assign_decl.eval(env=env)
    if state.result_selector:
        state.result_selector.eval(env=env)
    if state.result_path:
        state.result_path.eval(env)
    else:
        env.states.reset(input_value=env.stack.pop())


def _take_jsonata_output(state: Any, env: Any) -> None:
    # SFN-22: here and not when the state is left, so that Retry and Catch see an Output that fails.
    if state.output:
        state.output.jsonata_template_value.eval(env=env)
    if state.assign_decl:
        state.assign_decl.eval(env=env)


def _without_invented_timeout(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def from_state_props(self: Any, state_props: StateProps) -> None:
        original(self, state_props)
        if self.timeout.is_default_value():
            self.timeout = TimeoutSeconds(timeout_seconds=TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS)

    return from_state_props


def _state_data(**fields: Any) -> dict[str, Any]:
    # moto would write the time with its offset, "+00:00".
    return {**fields, "EnteredTime": iso_time(utc_now())}


def _program_state(self: Environment) -> ProgramState | None:
    # moto copies it deeply at every step; nobody who asks changes it.
    return self._program_state


def utc_now() -> datetime:
    """The virtual time, as the interpreter's records want it."""
    return datetime.now(tz=UTC)
