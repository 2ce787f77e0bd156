"""Stands for the function that CDK puts before a provider's own: it calls that and answers CloudFormation."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
import cfnresponse  # type: ignore[import-not-found]  # beside a function whose code stands in its template


def handler(event: dict[str, Any], context: Any) -> None:
    """Hand the request on, without the address to answer to, and answer what comes back."""
    physical_id = event.get("PhysicalResourceId", event["RequestId"])
    try:
        asked = {key: value for key, value in event.items() if key != "ResponseURL"}
        answer = boto3.client("lambda").invoke(
            FunctionName=os.environ["USER_ON_EVENT_FUNCTION_ARN"], Payload=json.dumps(asked)
        )
        said = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"{said.get('errorType')}: {said.get('errorMessage')}")
        said = said or {}
        physical_id = said.get("PhysicalResourceId") or physical_id
        cfnresponse.send(
            event, context, cfnresponse.SUCCESS, said.get("Data") or {}, physical_id, noEcho=bool(said.get("NoEcho"))
        )
    except Exception as error:
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, physical_id, reason=str(error))
