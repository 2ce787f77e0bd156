"""Says goodbye to orders that the table itself deleted."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        print(f"{record['dynamodb']['Keys']['id']['S']} expired")
