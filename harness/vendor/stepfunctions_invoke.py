"""This file decides how a Task calls a function, and what the call's ending means to the state machine.

Upstream: moto 5.2.5 makes a Lambda client per task and calls through it; an error without ``errorType`` becomes
``Exception``, the Cause is the payload written anew, service errors of a function named by its ARN become
``Exception`` too, and the ``InvocationType`` of ``lambda:invoke`` is dropped.
Why that can't stay: the call must be one invocation of ours, on virtual time, with the state's event as its cause; and
SFN-13: Error is the ``errorType``, Cause the whole payload as it came, service errors are ``Lambda.<code>``, so that
the retries people write against throttling take hold.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: never; this is where the engine is joined on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import (
    LambdaFunctionErrorException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda

from harness.invoke.result import InvocationResult
from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_errors import failure
from harness.vendor.stepfunctions_parsing import client_for

# Given the function's ARN (a qualifier may follow), the payload and the trace event it follows from; None if no such
# function stands.
OnInvoke = Callable[[str, bytes, int | None], InvocationResult | None]

_PARAMETERS = frozenset({"ClientContext", "FunctionName", "InvocationType", "LogType", "Payload", "Qualifier"})


def apply(patches: Patches, kernel: Kernel, on_invoke_function: OnInvoke) -> None:
    """Call functions through ``on_invoke_function``."""

    def invoke(env: Any, parameters: dict[str, Any], region: str, state_credentials: Any) -> None:
        arn = _function_arn(env, parameters, region)
        if parameters.get("InvocationType") in ("Event", "DryRun"):
            env.stack.append(_without_result(client_for(region, "lambda"), arn, parameters))
            return
        task = kernel.require_current()
        result = on_invoke_function(arn, parameters.get("Payload") or b"{}", task.cause)
        if result is None:
            request_id = kernel.decisions.uuid("workflow request id")
            raise _service_error(404, "ResourceNotFoundException", f"Function not found: {arn}", request_id)
        if result.event_number is not None:
            task.cause = result.event_number
        if result.ending == "throttled":
            raise _service_error(429, "TooManyRequestsException", _throttle_reason(result.payload), result.request_id)
        if not result.ok:
            raise LambdaFunctionErrorException("Unhandled", result.payload.decode())
        env.stack.append(_response(result, arn))

    patches.put(lambda_eval_utils, "execute_lambda_function_integration", invoke)
    patches.put(StateTaskServiceLambda, "_get_supported_parameters", lambda self: _PARAMETERS)
    patches.put(StateTaskLambda, "_from_error", _from_direct_error(StateTaskLambda._from_error))
    patches.put(StateTaskServiceLambda, "_from_error", _from_service_error(StateTaskServiceLambda._from_error))
    patches.put(StateTaskLambda, "_verify_size_quota", _payload_only(StateTaskLambda._verify_size_quota))


def _function_arn(env: Any, parameters: dict[str, Any], region: str) -> str:
    name = parameters["FunctionName"]
    qualifier = parameters.get("Qualifier")
    if not name.startswith("arn:"):
        account = env.aws_execution_details.account
        # "name", "name:alias" and the partial "123456789012:function:name" all end in what follows "function:".
        name = f"arn:aws:lambda:{region}:{account}:function:{name.rsplit('function:', 1)[-1]}"
    return f"{name}:{qualifier}" if qualifier else name


def _throttle_reason(payload: bytes) -> str:
    try:
        body = json.loads(payload)
        return str(body.get("message") or body["Message"])
    except (ValueError, KeyError, AttributeError):
        return "Rate Exceeded."


def _service_error(status: int, code: str, message: str, request_id: str) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": request_id},
        },
        "Invoke",
    )


def _response(result: InvocationResult, arn: str) -> dict[str, Any]:
    # A function named by its ARN hands on Payload alone.
    version = arn.split(":")[7] if arn.count(":") > 6 else "$LATEST"
    headers = {
        "Content-Length": [str(len(result.payload))],
        "Content-Type": ["application/json"],
        "X-Amz-Executed-Version": [version],
        "x-amzn-RequestId": [result.request_id],
    }
    payload = result.value() if result.payload else None
    return {"ExecutedVersion": version, **_answer(200, payload, headers, result.request_id)}


def _without_result(client: Any, arn: str, parameters: dict[str, Any]) -> dict[str, Any]:
    # The state goes on as soon as Lambda has taken the event; what becomes of it is Lambda's affair.
    kind = parameters["InvocationType"]
    taken = client.invoke(FunctionName=arn, InvocationType=kind, Payload=parameters.get("Payload") or b"{}")
    request_id = str(taken["ResponseMetadata"].get("RequestId", ""))
    headers = {"Content-Length": ["0"], "x-amzn-RequestId": [request_id]}
    return _answer(taken["StatusCode"], {}, headers, request_id)


def _answer(status: int, payload: Any, headers: dict[str, list[str]], request_id: str) -> dict[str, Any]:
    # SFN-15
    return {
        "Payload": payload,
        "SdkHttpMetadata": {
            "AllHttpHeaders": headers,
            "HttpHeaders": {name: values[0] for name, values in headers.items()},
            "HttpStatusCode": status,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
        "StatusCode": status,
    }


def error_and_cause(payload: str) -> tuple[str, str]:
    """Error and Cause of a function's error object (SFN-13)."""
    try:
        return str(json.loads(payload)["errorType"]), payload
    except (ValueError, KeyError, TypeError):
        cause = "The cause could not be determined because Lambda did not return an error type. Returned payload: "
        return "Lambda.Unknown", cause + payload


def _error_of(ex: Exception) -> tuple[str, str] | None:
    if isinstance(ex, LambdaFunctionErrorException):
        return error_and_cause(ex.payload)
    if isinstance(ex, ClientError):
        return StateTaskServiceLambda._error_cause_from_client_error(ex)
    return None


def _from_direct_error(original: Callable[..., Any]) -> Callable[..., Any]:
    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        found = _error_of(ex)
        if found is None:
            # moto takes what it does not know for a failed task; it is a failed execution (SFN-03).
            return (
                original(self, env, ex) if isinstance(ex, TimeoutError) else ExecutionState._from_error(self, env, ex)
            )
        error, cause = found
        kind = HistoryEventType.LambdaFunctionFailed
        return failure(env, ErrorName(error), kind, {"error": error, "cause": cause})

    return from_error


def _from_service_error(original: Callable[..., Any]) -> Callable[..., Any]:
    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        found = _error_of(ex)
        if found is None:
            return original(self, env, ex)
        error, cause = found
        where = {"resource": self._get_sfn_resource(), "resourceType": self._get_sfn_resource_type()}
        kind = HistoryEventType.TaskFailed
        return failure(env, ErrorName(error), kind, {"error": error, "cause": cause, **where})

    return from_error


def _payload_only(original: Callable[..., None]) -> Callable[..., None]:
    def verify(self: Any, env: Any, value: Any) -> None:
        # moto weighs the answer of the whole call; once from the task and once for the state's own output.
        original(self, env, value["Payload"] if isinstance(value, dict) and "SdkHttpMetadata" in value else value)

    return verify
