"""Counts the clicks of each visitor."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import boto3

counts = boto3.resource("dynamodb").Table(os.environ["COUNTS"])


def handler(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        click = json.loads(base64.b64decode(record["kinesis"]["data"]))
        counts.update_item(
            Key={"id": record["kinesis"]["partitionKey"]},
            UpdateExpression="ADD clicks :one SET #last = :page",
            ExpressionAttributeNames={"#last": "last"},
            ExpressionAttributeValues={":one": 1, ":page": click["page"]},
        )
