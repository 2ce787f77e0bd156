"""Reports what stands in the part of a log that it is subscribed to."""

from __future__ import annotations

import base64
import gzip
import json
import os
from typing import Any

import boto3

sqs = boto3.client("sqs")


def handler(event: dict[str, Any], context: Any) -> None:
    batch = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    if batch["messageType"] != "DATA_MESSAGE":
        return
    for line in batch["logEvents"]:
        sqs.send_message(QueueUrl=os.environ["REPORTS"], MessageBody=line["message"].strip())
