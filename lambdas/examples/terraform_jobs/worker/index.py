"""Works through a batch and reports which of its messages failed."""

from __future__ import annotations

import json
import os
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Log each job; return the messages that are none."""
    failures = []
    for record in event["Records"]:
        try:
            print("Job", json.loads(record["body"])["id"], "done")
        except (KeyError, TypeError, ValueError):
            print("No job; it ends in", os.environ["FAILED_QUEUE"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
