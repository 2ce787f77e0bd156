"""This file decides which executions can be redriven, and where a redriven one goes on. SFN-25

Upstream: moto 5.2.5 has no ``RedriveExecution``. Why that can't stay: it is how an operator brings a failed workflow
to its end without doing again what was done. What we do: remember with which input and variables each state was
entered, and begin there again, in the same execution, with its retriers fresh.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: ``StepFunctionResponse`` has
``redrive_execution``.

AWS runs only the failed branches of a Parallel and the failed iterations of a Map again; here the whole state runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.responses import StepFunctionResponse

from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_executions import Ended, evaluate, run, utc_now
from harness.vendor.stepfunctions_rules import json_copy
from harness.vendor.stepfunctions_status import redrives_of, why_not_redrivable
from harness.vendor.stepfunctions_tasks import TaskTree

_RESUME = "harness_resume"


class ExecutionNotRedrivable(AWSError):
    """AWS's refusal of a redrive."""

    TYPE = "ExecutionNotRedrivable"
    STATUS = 400


@dataclass(frozen=True, slots=True)
class _Entered:
    """How a state of the top level was entered."""

    name: str
    input: Any
    variables: Mapping[str, Any]


def apply(patches: Patches, tree: TaskTree, ended: Ended) -> None:
    """Give executions their redrive."""
    patches.put(CommonStateField, "_eval_body", _remembering(CommonStateField._eval_body))
    patches.add(StepFunctionResponse, "redrive_execution", _redrive_execution(tree, ended))
    patches.put(StepFunctionResponse, "describe_execution", _told(StepFunctionResponse.describe_execution))


def _remembering(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def eval_state(self: Any, env: Any) -> None:
        if not env.is_frame():
            variables = dict(env.variable_store._inner_scope)
            setattr(env, _RESUME, _Entered(self.name, json_copy(env.states.get_input()), variables))
        original(self, env)

    return eval_state


def _redrive_execution(tree: TaskTree, ended: Ended) -> Callable[[Any], ActionResult]:
    def redrive_execution(self: Any) -> ActionResult:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        reason = why_not_redrivable(execution)
        if reason:
            raise ExecutionNotRedrivable(reason)
        _redrive(tree, ended, execution)
        return ActionResult({"redriveDate": utc_now()})

    return redrive_execution


def _redrive(tree: TaskTree, ended: Ended, execution: Any) -> None:
    worker = execution.exec_worker
    env, entered = worker.env, getattr(worker.env, _RESUME)
    redrives_of(execution).append(utc_now())
    count = len(redrives_of(execution))
    execution.exec_status = ExecutionStatus.RUNNING
    execution.stop_date = execution.output = execution.error = execution.cause = None
    env._program_state = None  # naming the next state makes it a running one
    env.next_state_name = entered.name
    env._frames.clear()
    env.stack.clear()
    env.heap.clear()
    env.variable_store._inner_scope = dict(entered.variables)
    env.states.reset(input_value=json_copy(entered.input))
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ExecutionRedriven,
        event_details={"executionRedrivenEventDetails": {"redriveCount": count}},
    )
    program = worker._get_evaluation_entrypoint()
    run(tree, ended, worker, lambda: evaluate(tree, program, env))


def _told(original: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def describe_execution(self: Any) -> ActionResult:
        shown: Any = original(self).result
        execution = self.stepfunction_backend.describe_execution(shown["executionArn"])
        redrives, reason = redrives_of(execution), why_not_redrivable(execution)
        shown |= {"redriveCount": len(redrives), "redriveStatus": "NOT_REDRIVABLE" if reason else "REDRIVABLE"}
        if redrives:
            shown["redriveDate"] = redrives[-1]
        if reason:
            shown["redriveStatusReason"] = reason
        return ActionResult(shown)

    return describe_execution
