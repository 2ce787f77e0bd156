"""Stands for CDK's own function behind ``logRetention``: it sets how long a log group keeps its lines."""

from __future__ import annotations

import contextlib
from typing import Any

import boto3
import cfnresponse  # type: ignore[import-not-found]  # beside a function whose code stands in its template


def handler(event: dict[str, Any], context: Any) -> None:
    """Set the retention; the group stays when the stack goes, unless its removal was asked for."""
    properties = event["ResourceProperties"]
    name = properties["LogGroupName"]
    client = boto3.client("logs")
    try:
        if event["RequestType"] == "Delete":
            if properties.get("RemovalPolicy") == "destroy":
                client.delete_log_group(logGroupName=name)
        else:
            with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_group(logGroupName=name)
            if "RetentionInDays" in properties:
                client.put_retention_policy(logGroupName=name, retentionInDays=int(properties["RetentionInDays"]))
        cfnresponse.send(event, context, cfnresponse.SUCCESS, {"LogGroupName": name}, name)
    except Exception as error:
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, name, reason=str(error))
