"""This file decides what Step Functions' API answers about executions and to tokens where moto's answer is another.

Upstream: moto 5.2.5 drops the error and cause of ``StopExecution`` and the cause of ``SendTaskFailure``, accepts a
token's second use, answers some refusals with an error that has no code, and leaves out when a timed-out execution
stopped. Why that can't stay: SFN-17, SFN-27.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: the contract test says moto agrees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.exceptions import InvalidToken
from moto.stepfunctions.parser import api
from moto.stepfunctions.parser.api import ExecutionStatus, TaskTimedOut
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
    CallbackPoolManager,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_executions import utc_now


def apply(patches: Patches, kernel: Kernel) -> None:
    """Answer as AWS does."""
    patches.put(StepFunctionResponse, "stop_execution", _stop_execution)
    for name in ("describe_execution", "list_executions"):
        patches.put(StepFunctionResponse, name, _with_stop_dates(getattr(StepFunctionResponse, name)))
    for error in vars(api).values():
        if isinstance(error, type) and issubclass(error, AWSError) and error is not AWSError:
            # moto keeps the code where nothing reads it: clients would see an error without a code.
            patches.put(error, "TYPE", error.code)
    tokens = _Tokens(kernel)
    patches.put(CallbackPoolManager, "add", tokens.remembering(CallbackPoolManager.add))
    patches.put(StepFunctionsParserBackend, "send_task_success", tokens.succeed)
    patches.put(StepFunctionsParserBackend, "send_task_heartbeat", tokens.beat)
    patches.put(StepFunctionResponse, "send_task_failure", tokens.fail)


def _stop_execution(self: Any) -> ActionResult:
    backend = self.stepfunction_backend
    execution = backend.describe_execution(self._get_param("executionArn"))
    execution.stop(stop_date=utc_now(), error=self._get_param("error"), cause=self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})


def _with_stop_dates(original: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def answer(self: Any) -> ActionResult:
        result: Any = original(self).result
        for item in result.get("executions", [result]):
            if item["status"] == ExecutionStatus.TIMED_OUT:
                execution = self.stepfunction_backend.describe_execution(item["executionArn"])
                item["stopDate"] = execution.stop_date
        return ActionResult(result)

    return answer


class _Tokens:
    """The task tokens handed out in this run (SFN-17)."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._endpoints: dict[str, Any] = {}

        def succeed(backend: Any, task_token: str, outcome: str) -> None:
            self._notify(task_token, CallbackOutcomeSuccess(task_token, outcome))

        def beat(backend: Any, task_token: str) -> None:
            self._open(task_token).notify_heartbeat()

        def fail(response: Any) -> EmptyResult:
            token = response._get_param("taskToken")
            error, cause = response._get_param("error"), response._get_param("cause")
            self._notify(token, CallbackOutcomeFailure(token, error, cause))
            return EmptyResult()

        self.succeed, self.beat, self.fail = succeed, beat, fail

    def remembering(self, original: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
        """``CallbackPoolManager.add`` that keeps what it hands out."""

        def add(pool: Any, callback_id: str) -> Any:
            endpoint = original(pool, callback_id)
            self._endpoints[callback_id] = endpoint
            return endpoint

        return add

    def _open(self, token: str) -> Any:
        endpoint = self._endpoints.get(token)
        if endpoint is None:
            raise InvalidToken("'Invalid token'")
        # The flag goes up with the first answer, and when the task is over for another reason.
        if endpoint._notify_event.is_set():
            raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
        return endpoint

    def _notify(self, token: str, outcome: CallbackOutcome) -> None:
        endpoint = self._open(token)
        endpoint.answered_by = None if self._kernel.current is None else self._kernel.current.cause
        endpoint.notify(outcome)
