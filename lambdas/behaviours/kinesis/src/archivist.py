"""Writes every click down."""

from __future__ import annotations

import base64
from typing import Any


def handler(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        print(f"{record['kinesis']['partitionKey']}: {base64.b64decode(record['kinesis']['data']).decode()}")
