"""Works through a batch, one message at a time, and reports the ones that failed."""

from __future__ import annotations

import json
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Process each record; a failure of one is no failure of the others."""
    failures = []
    for record in event["Records"]:
        try:
            process(json.loads(record["body"]))
        except (ValueError, KeyError) as error:
            print("Failed:", record["messageId"], error)
            failures.append({"itemIdentifier": record["messageId"]})
    answer = {"batchItemFailures": failures}
    print("Answer:", answer)
    return answer


def process(job: dict[str, Any]) -> None:
    """What is to be done for one message."""
    print("Processed message:", job["message"])
