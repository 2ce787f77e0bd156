"""Writes each uploaded photo at half its size."""

from __future__ import annotations

import io
import os
from typing import Any
from urllib.parse import unquote_plus

import boto3
from PIL import Image

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> list[str]:
    """Resize the photos of the event; return the keys written."""
    return [resize(record["s3"]) for record in event["Records"]]


def resize(record: dict[str, Any]) -> str:
    """Write one photo at half its width and height, as ``resized-<key>``."""
    key = unquote_plus(record["object"]["key"])
    body = s3.get_object(Bucket=record["bucket"]["name"], Key=key)["Body"].read()
    with Image.open(io.BytesIO(body)) as photo:
        small = photo.resize((photo.width // 2, photo.height // 2))
    written = io.BytesIO()
    small.save(written, "JPEG")
    target = f"resized-{key}"
    s3.put_object(Bucket=os.environ["THUMBNAILS"], Key=target, Body=written.getvalue(), ContentType="image/jpeg")
    return target
