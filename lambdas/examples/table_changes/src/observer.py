"""Says what changed in the table."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: Any) -> str:
    """Log each change; return how many there were."""
    for record in event["Records"]:
        print(record["eventName"], record["dynamodb"]["Keys"]["id"]["S"])
    answer = f"Successfully processed {len(event['Records'])} records."
    print(answer)
    return answer
