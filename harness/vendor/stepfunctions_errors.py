"""This file decides which errors a state fails with and what may catch them, where moto's answer is another.

Upstream: moto 5.2.5 lets ``States.ALL`` catch ``States.Runtime`` and ``States.DataLimitExceeded`` (SFN-03), lets
262,144 bytes fail and counts characters outside ASCII as six (SFN-02), calls a missed heartbeat ``States.Timeout``
and nothing else (SFN-16), a DynamoDB task's timeout or missing path an error of DynamoDB's, a Choice without a match
``States.Runtime`` (SFN-28), and a path that finds nothing in a function's Parameters ``States.TaskFailed``.
Why that can't stay: a pipeline that relies on it fails in AWS.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: the contract test says moto agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser import quotas
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatTimeoutError
from moto.stepfunctions.parser.asl.eval.environment import Environment

from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_modules import put_everywhere
from harness.vendor.stepfunctions_rules import fits, matches


def apply(patches: Patches) -> None:
    """Fail with AWS's errors, and match them as AWS does."""
    put_everywhere(patches, "is_within_size_quota", quotas.is_within_size_quota, fits)
    patches.put(ErrorEqualsDecl, "_eval_body", _eval_error_equals)
    patches.put(StateChoice, "_eval_state", _choose_or_fail(StateChoice._eval_state))
    patches.put(StateTask, "_from_error", _with_heartbeats(StateTask._from_error))
    patches.put(StateTaskServiceDynamoDB, "_from_error", _service_errors_only(StateTaskServiceDynamoDB._from_error))


_BODIES = {
    HistoryEventType.ExecutionFailed: "executionFailedEventDetails",
    HistoryEventType.LambdaFunctionFailed: "lambdaFunctionFailedEventDetails",
    HistoryEventType.MapRunFailed: "mapRunFailedEventDetails",
    HistoryEventType.TaskFailed: "taskFailedEventDetails",
}


def failure(env: Any, name: ErrorName, event_type: HistoryEventType, details: Mapping[str, Any]) -> Any:
    """How the interpreter says that a state has failed: ``name`` for Retry and Catch, ``details`` for the history."""
    body: Any = {_BODIES[event_type]: details}
    return FailureEvent(env=env, error_name=name, event_type=event_type, event_details=body)


def _eval_error_equals(self: Any, env: Any) -> None:
    error = env.stack.pop()
    env.stack.append(matches(error.error_name if error else None, [name.error_name for name in self.error_names]))


def _choose_or_fail(original: Callable[[Any, Environment], None]) -> Callable[[Any, Environment], None]:
    def eval_state(self: Any, env: Any) -> None:
        try:
            original(self, env)
        except RuntimeError as error:
            if "No branching option" not in str(error):
                raise
            raise FailureEventException(_no_choice(env, self.name)) from None

    return eval_state


def _no_choice(env: Any, state: str) -> Any:
    kind = StatesErrorNameType.StatesNoChoiceMatched
    cause = (
        f"An error occurred while executing the state '{state}' (entered at the event id "
        f"#{env.event_history_context.source_event_id}). Failed to transition out of the state. "
        "The state does not point to a next state"
    )
    details = {"error": kind.to_name(), "cause": cause}
    return failure(env, StatesErrorName(typ=kind), HistoryEventType.ExecutionFailed, details)


def _with_heartbeats(original: Callable[..., Any]) -> Callable[..., Any]:
    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        failed = original(self, env, ex)
        if isinstance(ex, HeartbeatTimeoutError):
            # The history says States.Timeout all the same; Retry and Catch see both names.
            failed.error_name = StatesErrorName(typ=StatesErrorNameType.StatesHeartbeatTimeout)
        return failed

    return from_error


def _service_errors_only(original: Callable[..., Any]) -> Callable[..., Any]:
    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        return original(self, env, ex) if isinstance(ex, ClientError) else StateTask._from_error(self, env, ex)

    return from_error
