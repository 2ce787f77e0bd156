"""This file decides how a schedule calls any operation of AWS's: the Scheduler's universal targets. EVB-06

The target is ``arn:aws:scheduler:::aws-sdk:<service>:<operation>``, its Input the operation's parameters as JSON, each
with a capital. The call goes through AWS's own API, so a stub may answer it, and what nothing emulates is refused.
Operations that only look are refused by AWS and here. The role that makes the call is not judged: which resource an
operation is about is not known here.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html (looked at 2026-11)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from harness.deliver.targets import Undeliverable

_UNIVERSAL = re.compile(r"arn:aws[a-z-]*:scheduler:::aws-sdk:([A-Za-z0-9]+):([A-Za-z0-9]+)")
# Where the name in the ARN is not boto3's.
_SERVICES = {
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "eventbridge": "events",
    "sfn": "stepfunctions",
}
_ONLY_LOOK = (
    "adminGet",
    "adminList",
    "batchDescribe",
    "batchGet",
    "batchRead",
    "describe",
    "discover",
    "get",
    "list",
    "lookup",
    "poll",
    "query",
    "read",
    "receive",
    "retrieve",
    "scan",
    "search",
    "select",
    "transactGet",
    "validate",
)


def is_universal(arn: str) -> bool:
    """Whether this is the ARN of an operation."""
    return ":aws-sdk:" in arn


def problem(arn: str, text: str | None) -> str | None:
    """What keeps a schedule with this target and Input from being taken, or None."""
    found = _UNIVERSAL.fullmatch(arn)
    if found is None:
        return f"Provided Arn is not in correct format: {arn}"
    if found[2].startswith(_ONLY_LOOK):
        return f"The operation {found[2]} cannot be a target: it only looks."
    try:
        given = json.loads(text or "{}")
    except ValueError as error:
        return f"Input of the target is not JSON: {error}"
    return None if isinstance(given, dict) else "Input of the target must be an object: the operation's parameters."


def call(client: Callable[[str], Any], arn: str, text: str) -> None:
    """Call the operation with the parameters in ``text``.

    Raises:
        Undeliverable: there is no such operation.
        ClientError: AWS's answer is an error.
    """
    found = _UNIVERSAL.fullmatch(arn)
    assert found is not None
    service, operation = _SERVICES.get(found[1].lower(), found[1].lower()), found[2][:1].upper() + found[2][1:]
    try:
        api = client(service)
    except UnknownServiceError as error:
        raise Undeliverable(f"there is no service {found[1]}: {error}", code="INVALID_PARAMETER") from None
    method = next((name for name, theirs in api.meta.method_to_api_mapping.items() if theirs == operation), None)
    if method is None:
        raise Undeliverable(f"{found[1]} has no operation {found[2]}", code="INVALID_PARAMETER")
    model: OperationModel = api.meta.service_model.operation_model(operation)
    getattr(api, method)(**_as_boto(json.loads(text), model.input_shape))


def _as_boto(value: Any, shape: Shape | None) -> Any:
    """A parameter as boto3 takes it: names as the service writes them, blobs as bytes."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        names = {name[:1].lower() + name[1:]: name for name in shape.members}
        named = {names.get(key[:1].lower() + key[1:], key): one for key, one in value.items()}
        return {key: _as_boto(one, shape.members.get(key)) for key, one in named.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_as_boto(one, shape.member) for one in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: _as_boto(one, shape.value) for key, one in value.items()}
    return value.encode() if shape is not None and shape.type_name == "blob" and isinstance(value, str) else value
