"""Sends what it reads from the queue back into the queue: the loop that a wrong environment variable makes."""

from __future__ import annotations

import os
from typing import Any

import boto3

sqs = boto3.client("sqs")


def handler(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        sqs.send_message(QueueUrl=os.environ["NEXT_QUEUE_URL"], MessageBody=record["body"])
