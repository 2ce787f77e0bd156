"""Checks that need to look into a picture."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def size_is(pipeline: Any, bucket: str, key: str, width: int, height: int) -> None:
    """Fails unless the picture has just these measures, in pixels."""
    s3 = pipeline.client("s3")
    try:
        body = s3.get_object(Bucket=pipeline.name(bucket), Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        raise AssertionError(f"there is no {key}") from None
    with Image.open(io.BytesIO(body)) as photo:
        assert photo.size == (width, height), f"it is {photo.width}x{photo.height}, not {width}x{height}"
