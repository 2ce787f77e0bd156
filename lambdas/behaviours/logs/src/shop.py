"""Takes an order and writes into the log how it went."""

from __future__ import annotations

import json
import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> None:
    time.sleep(event["ms"] / 1000)
    line = {"level": "INFO", "event": "order done", "kind": event["kind"], "ms": event["ms"]}
    if event["kind"] == "impossible":
        line |= {"level": "ERROR", "event": "order failed"}
    print(json.dumps(line))
