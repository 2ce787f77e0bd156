"""Says of each uploaded object what it is."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> str:
    """Return the content type of the one object in the event."""
    record = event["Records"][0]["s3"]
    print("KEY AS IT CAME:", record["object"]["key"])
    key = unquote_plus(record["object"]["key"])
    found = s3.head_object(Bucket=record["bucket"]["name"], Key=key)
    print("CONTENT TYPE:", found["ContentType"])
    return str(found["ContentType"])
