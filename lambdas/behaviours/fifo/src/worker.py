"""Prints each message; "bad" raises."""

from __future__ import annotations

import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        if record["body"] == "bad":
            raise ValueError("this message cannot be processed")
        print(f"{record['body']} at {time.time() % 3600:.0f} s past the hour")
