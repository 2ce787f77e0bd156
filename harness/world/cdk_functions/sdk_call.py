"""Stands for CDK's own function behind ``AwsCustomResource``: one call of AWS's API for each change of the resource."""

from __future__ import annotations

import json
import re
from typing import Any

import boto3
import cfnresponse  # type: ignore[import-not-found]  # beside a function whose code stands in its template
from botocore import xform_name
from botocore.exceptions import ClientError

# Where boto3 calls a service by another name than the SDK of JavaScript.
_SERVICES = {
    "cloudwatch-logs": "logs",
    "cloudwatchlogs": "logs",
    "cognito-identity-provider": "cognito-idp",
    "cognitoidentityserviceprovider": "cognito-idp",
    "eventbridge": "events",
    "secrets-manager": "secretsmanager",
    "sfn": "stepfunctions",
}


def handler(event: dict[str, Any], context: Any) -> None:
    """Make the call that is named for this kind of request, if there is one."""
    properties = event["ResourceProperties"]
    physical_id = event.get("PhysicalResourceId", event["LogicalResourceId"])
    try:
        call = json.loads(properties.get(event["RequestType"]) or "null")
        data = _flat(_answer(call)) if call else {}
        wanted = (call or {}).get("physicalResourceId") or {}
        physical_id = wanted.get("id") or data.get(wanted.get("responsePath", "")) or physical_id
        paths = (call or {}).get("outputPaths")
        if paths:
            data = {key: value for key, value in data.items() if any(key.startswith(path) for path in paths)}
        cfnresponse.send(event, context, cfnresponse.SUCCESS, data, physical_id)
    except Exception as error:
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, physical_id, reason=str(error))


def _answer(call: dict[str, Any]) -> dict[str, Any]:
    service = str(call["service"]).removeprefix("@aws-sdk/client-").lower()
    client = boto3.client(_SERVICES.get(service, service), region_name=call.get("region"))
    action = str(call["action"]).removesuffix("Command")
    try:
        answer: dict[str, Any] = getattr(client, xform_name(action[0].upper() + action[1:]))(**call["parameters"])
    except ClientError as error:
        if re.search(call.get("ignoreErrorCodesMatching") or r"(?!)", error.response["Error"]["Code"]):
            return {}
        raise
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """The answer's leaves by their paths, as ``getResponseField`` asks for them."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        found: dict[str, Any] = {}
        for key, item in items:
            found |= _flat(item, f"{path}.{key}" if path else str(key))
        return found
    return {path: value if isinstance(value, str | int | float | bool) or value is None else str(value)}
