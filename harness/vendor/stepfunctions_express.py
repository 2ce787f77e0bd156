"""This file decides what the API has to say about Express executions: it runs one and waits, and knows none.

Upstream: moto 5.2.5 describes, lists and stops Express executions like Standard ones; ``StartSyncExecution`` does not
exist, and the address that boto3 calls for it is not moto's either.
Why that can't stay: SFN-24. What we do: refuse what AWS refuses, run and wait. Checks ask us instead of the API.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: ``StepFunctionResponse`` has
``start_sync_execution``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.botocore_stubber import BotocoreStubber
from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidArn
from moto.stepfunctions.models import StepFunctionBackend
from moto.stepfunctions.parser.api import StateMachineTypeNotSupported
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse

from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_executions import Ended
from harness.vendor.stepfunctions_rules import json_text
from harness.vendor.stepfunctions_starts import express_executions, is_express

_MEMORY_MB = 64
_BILLED_STEP_MS = 100


def apply(patches: Patches, ended: Ended) -> None:
    """Give Express machines their API."""
    patches.put(StepFunctionBackend, "_validate_execution_arn", _refusing(StepFunctionBackend._validate_execution_arn))
    patches.put(StepFunctionResponse, "list_executions", _standard_only(StepFunctionResponse.list_executions))
    patches.add(StepFunctionResponse, "start_sync_execution", _start_sync(ended))
    patches.put(BotocoreStubber, "process_request", _at_one_address(BotocoreStubber.process_request))


def _refusing(original: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    def validate(self: Any, execution_arn: str) -> None:
        if ":express:" in execution_arn:
            raise InvalidArn("Invalid Arn: 'Resource type not valid in this context: express'")
        original(self, execution_arn)

    return validate


def _standard_only(original: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def list_executions(self: Any) -> ActionResult:
        _require(not is_express(_machine(self)))
        return original(self)

    return list_executions


def _machine(response: Any) -> Any:
    return response.stepfunction_backend.describe_state_machine(response._get_param("stateMachineArn"))


def _require(supported: bool) -> None:
    if not supported:
        raise StateMachineTypeNotSupported("This operation is not supported by this type of state machine")


def _start_sync(ended: Ended) -> Callable[[Any], ActionResult]:
    def start_sync_execution(self: Any) -> ActionResult:
        _require(is_express(_machine(self)))
        execution = self.stepfunction_backend.start_execution(
            self._get_param("stateMachineArn"),
            self._get_param("name"),
            self._get_param("input"),
            self._get_param("traceHeader"),
        )
        ended.wait(execution.exec_arn)
        return ActionResult({**described(execution), "billingDetails": _billed(execution)})

    return start_sync_execution


def described(execution: Any) -> dict[str, Any]:
    """What the API says of an Express execution that it has run; its input and output as JSON text."""
    answer: dict[str, Any] = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "startDate": execution.start_date,
        "status": execution.status,
        "input": json_text(execution.input_data),
        "inputDetails": {"included": True},
    }
    optional = {
        "stopDate": execution.stop_date,
        "error": execution.error,
        "cause": execution.cause,
        "traceHeader": execution.trace_header,
    }
    answer.update((name, value) for name, value in optional.items() if value is not None)
    if execution.status == "SUCCEEDED":
        answer.update(output=execution.output, outputDetails={"included": True})
    return answer


def _billed(execution: Any) -> dict[str, int]:
    took_ms = (execution.stop_date - execution.start_date).total_seconds() * 1000
    steps = max(-(-took_ms // _BILLED_STEP_MS), 1)
    return {"billedMemoryUsedInMB": _MEMORY_MB, "billedDurationInMilliseconds": int(steps * _BILLED_STEP_MS)}


def _at_one_address(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def process_request(self: Any, request: Any) -> Any:
        # boto3 calls "sync-states.<region>" for this one operation.
        request.url = request.url.replace("://sync-states.", "://states.", 1)
        return original(self, request)

    return process_request


def executions_of(state_machine_arn: str) -> list[dict[str, Any]]:
    """Every execution of an Express machine, the first one first, as ``described``; ``entered`` lists its states."""
    region, account = state_machine_arn.split(":")[3:5]
    backend: StepFunctionsParserBackend = stepfunctions_parser_backends[account][region]
    machine = backend.describe_state_machine(state_machine_arn)
    return [{**described(execution), "entered": _entered(execution)} for execution in express_executions(machine)]


def _entered(execution: Any) -> list[str]:
    history = execution.exec_worker.env.event_manager.get_event_history()
    return [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]
