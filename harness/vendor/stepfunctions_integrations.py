"""This file decides how a Task's parameters become a boto3 call, and the call's answer the Task's result.

Upstream: moto 5.2.5 passes Parameters to boto3 and the answer back as they are written. Step Functions writes every
member with a capital (``StateMachineArn``), boto3 as the service does (``stateMachineArn``): ``startExecution`` and
every other service that begins small cannot be called at all. moto has the code for the translation and never calls
it. Errors of most services by ``aws-sdk`` begin small too (``s3.NoSuchKeyException``), so no Catch finds them.
Why that can't stay: nested executions are common, and so are catches by name. What we do: call it; use AWS's names.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: ``StateTaskService._normalise_parameters``
does something.
"""

from __future__ import annotations

from typing import Any

from botocore.model import OperationModel
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)

from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_parsing import client_for

# Only the service's model is read from this client; the call goes through that of the task's region.
_MODEL_REGION = "us-east-1"

# SFN-14: the services whose name in errors is not just their name in the resource with a capital.
_ERROR_PREFIXES = {
    "cloudwatch": "CloudWatch",
    "cloudwatchlogs": "CloudWatchLogs",
    "dynamodb": "DynamoDb",
    "eventbridge": "EventBridge",
    "secretsmanager": "SecretsManager",
    "sesv2": "SesV2",
}


def apply(patches: Patches) -> None:
    """Translate parameters and answers between the two ways of writing."""
    patches.put(StateTaskService, "_normalise_parameters", _to_boto)
    patches.put(StateTaskService, "_normalise_response", _from_boto)
    patches.put(StateTaskServiceAwsSdk, "_normalise_service_error_name", staticmethod(_error_prefix))


def _error_prefix(service: str) -> str:
    return _ERROR_PREFIXES.get(service.lower()) or service[:1].upper() + service[1:]


def _operation(task: Any, service: str | None, action: str | None) -> OperationModel | None:
    client = client_for(_MODEL_REGION, task._get_boto_service_name(service))
    name = client.meta.method_to_api_mapping.get(task._get_boto_service_action(action))
    return None if name is None else client.meta.service_model.operation_model(name)


def _to_boto(
    self: Any,
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    operation = _operation(self, boto_service_name, service_action_name)
    if operation is not None and operation.input_shape is not None:
        self._to_boto_request(parameters, operation.input_shape)


def _from_boto(
    self: Any, response: Any, boto_service_name: str | None = None, service_action_name: str | None = None
) -> None:
    operation = _operation(self, boto_service_name, service_action_name)
    if operation is not None and operation.output_shape is not None:
        self._from_boto_response(response, operation.output_shape)
