"""This file decides which function configurations Lambda accepts, and says when one changes or goes.

Upstream: moto 5.2.5 takes any timeout and memory (LAM-08), environment variables of any size and Lambda's own names
among them (LAM-09), and any reserved concurrency (LAM-18); it does not show a reservation of 0. Why that can't stay:
a template that AWS refuses must not deploy, and what is changed by an API call must hold for the next call of the
function. What we do: check in front of moto's storage, and call upwards. Since: moto 1.x; the concurrency only with
``MOTO_LAMBDA_CONCURRENCY_QUOTA``. Not needed any more when: the tests ``test_upstream_...`` fail.

How large its code may be is ``lambda_code.py``'s, when it is ready ``lambda_states.py``'s.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException, ValidationException
from moto.awslambda.models import LambdaBackend, LambdaFunction

from harness.vendor.patches import Patches

# LAM-08
MAXIMUM_TIMEOUT_S = 900
MAXIMUM_MEMORY_MB = 10_240
# LAM-09
MAXIMUM_ENVIRONMENT_BYTES = 4096
RESERVED_NAMES = (
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
)
# LAM-18
ACCOUNT_CONCURRENCY = 1000
LEAST_UNRESERVED = 100

# Given the function's ARN and the fields that have changed, by the names that ``FunctionSpec`` has for them.
OnChanged = Callable[[str, dict[str, Any]], None]
# Given the function's ARN and its reserved concurrency, None if it has none any more.
OnReserved = Callable[[str, "int | None"], None]
# Given the function's ARN and the version that goes, None if all of it does.
OnDeleted = Callable[[str, "str | None"], None]

_FIELDS = {
    "Handler": "handler",
    "MemorySize": "memory_mb",
    "Role": "role_arn",
    "Runtime": "runtime",
    "Timeout": "timeout_s",
}


def apply(patches: Patches, *, on_changed: OnChanged, on_reserved: OnReserved, on_deleted: OnDeleted) -> None:
    """Check functions as AWS does, and tell of what changes."""

    def create(self: LambdaBackend, spec: dict[str, Any]) -> LambdaFunction:
        _check(spec)
        made: LambdaFunction = original_create(self, spec)
        return made

    def update(self: LambdaBackend, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        _check(body)
        if "Environment" in body:
            body["Environment"] = {"Variables": {}, **body["Environment"]}
        answer = original_update(self, function_name, qualifier, body)
        changed = {field: body[name] for name, field in _FIELDS.items() if name in body}
        if "Environment" in body:
            changed["environment"] = body["Environment"]["Variables"]
        if "Layers" in body:
            changed["layer_arns"] = tuple(body["Layers"])
        on_changed(self.get_function(function_name).function_arn, changed)
        return answer

    def reserve(self: LambdaBackend, function_name: str, reserved_concurrency: Any) -> Any:
        function = self.get_function(function_name)
        _check_reservation(self, function, int(reserved_concurrency))
        answer = original_reserve(self, function_name, reserved_concurrency)
        on_reserved(function.function_arn, int(reserved_concurrency))
        return answer

    def release(self: LambdaBackend, function_name: str) -> Any:
        answer = original_release(self, function_name)
        on_reserved(self.get_function(function_name).function_arn, None)
        return answer

    def delete(self: LambdaBackend, function_name: str, qualifier: str | None = None) -> None:
        function = self.get_function(function_name, qualifier)
        original_delete(self, function_name, qualifier)
        parts = function.function_arn.split(":")
        on_deleted(":".join(parts[:7]), parts[7] if len(parts) > 7 else None)

    def get_code(self: LambdaFunction) -> dict[str, Any]:
        shown: dict[str, Any] = original_get_code(self)
        if self.reserved_concurrency is not None:
            shown["Concurrency"] = {"ReservedConcurrentExecutions": self.reserved_concurrency}
        return shown

    original_create = patches.put(LambdaBackend, "create_function", create)
    original_update = patches.put(LambdaBackend, "update_function_configuration", update)
    original_reserve = patches.put(LambdaBackend, "put_function_concurrency", reserve)
    original_release = patches.put(LambdaBackend, "delete_function_concurrency", release)
    original_delete = patches.put(LambdaBackend, "delete_function", delete)
    original_get_code = patches.put(LambdaFunction, "get_code", get_code)


def _check(spec: dict[str, Any]) -> None:
    # botocore refuses what is below AWS's least value.
    for name, shown, most in (
        ("Timeout", "timeout", MAXIMUM_TIMEOUT_S),
        ("MemorySize", "memorySize", MAXIMUM_MEMORY_MB),
    ):
        if spec.get(name) is not None and spec[name] > most:  # LAM-08
            raise ValidationException(str(spec[name]), shown, f"Member must have value less than or equal to {most}")
    _check_environment((spec.get("Environment") or {}).get("Variables") or {})


def _check_environment(variables: dict[str, str]) -> None:
    # LAM-09
    why = (
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
    )
    reserved = [name for name in variables if name in RESERVED_NAMES]
    if reserved:
        raise InvalidParameterValueException(
            f"{why}contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(variables, ensure_ascii=False, separators=(",", ":"))
    if len(measured.encode()) > MAXIMUM_ENVIRONMENT_BYTES:
        raise InvalidParameterValueException(f"{why}exceeded the 4KB limit. String measured: {measured}")


def _check_reservation(backend: LambdaBackend, function: LambdaFunction, wanted: int) -> None:
    # LAM-18
    others = sum(
        int(f.reserved_concurrency or 0) for f in backend.list_functions() if f.function_name != function.function_name
    )
    if wanted and ACCOUNT_CONCURRENCY - others - wanted < LEAST_UNRESERVED:
        raise InvalidParameterValueException(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{LEAST_UNRESERVED}]."
        )
