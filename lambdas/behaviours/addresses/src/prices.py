"""Says what things cost."""

from __future__ import annotations

import json
import time
from typing import Any

PRICES = {"book": 12, "map": 7}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    item = event["pathParameters"]["item"]
    if item not in PRICES:
        return {"statusCode": 404, "body": json.dumps({"unknown": item})}
    return {"statusCode": 200, "body": json.dumps({"price": PRICES[item]})}


def slow(event: dict[str, Any], context: Any) -> dict[str, Any]:
    time.sleep(3)
    return {"prices": PRICES}
