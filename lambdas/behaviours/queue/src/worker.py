"""Works messages off: "bad" raises, "slow" takes 10 s, "endless" a minute; any other is written to the bucket Done.

"price=10" is written under its name, what has no name under the message's id.
"""

from __future__ import annotations

import os
import time
from typing import Any

import boto3

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> None:
    records = event["Records"][:1] if os.environ["RECORDS"] == "first" else event["Records"]
    for record in records:
        work(record["body"], record["messageId"])


def work(body: str, message_id: str) -> None:
    if body == "bad":
        raise ValueError("this message cannot be processed")
    time.sleep({"slow": 10, "endless": 60}.get(body, 0))
    name, _, value = body.rpartition("=")
    s3.put_object(Bucket=os.environ["DONE_BUCKET"], Key=name or message_id, Body=value.encode())
