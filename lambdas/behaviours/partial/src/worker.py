"""Reports the messages with the body "bad" as failed; a message {"answer": ...} makes it answer just that."""

from __future__ import annotations

import json
from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:
    failed = []
    for record in event["Records"]:
        if record["body"].startswith("{"):
            return json.loads(record["body"])["answer"]
        if record["body"] == "bad":
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
