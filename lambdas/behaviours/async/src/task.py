"""Writes one object per run, then fails if the event says so."""

from __future__ import annotations

import os
import time
from typing import Any

import boto3

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    print(f"request {context.aws_request_id}")
    s3.put_object(Bucket=os.environ["WRITTEN_BUCKET"], Key=f"{time.time():.3f}", Body=b"")
    if event.get("fail"):
        raise ValueError("as the event wished")
    return {"written": "yes"}
