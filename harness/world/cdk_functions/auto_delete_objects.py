"""Stands for CDK's own function behind ``autoDeleteObjects``: it empties the bucket when the stack is deleted."""

from __future__ import annotations

from typing import Any

import boto3
import cfnresponse  # type: ignore[import-not-found]  # beside a function whose code stands in its template


def handler(event: dict[str, Any], context: Any) -> None:
    """Empty the bucket on deletion; nothing is to be done before."""
    properties = event["ResourceProperties"]
    if event["RequestType"] == "Delete":
        client = boto3.client("s3")
        for page in client.get_paginator("list_object_versions").paginate(Bucket=properties["BucketName"]):
            for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                client.delete_object(Bucket=properties["BucketName"], Key=found["Key"], VersionId=found["VersionId"])
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {}, event.get("PhysicalResourceId", event["RequestId"]))
