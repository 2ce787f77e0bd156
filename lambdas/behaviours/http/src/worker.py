"""Does what the request's body says: waits, raises, or answers with whatever it is given."""

from __future__ import annotations

import json
import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:
    wish = json.loads(event.get("body") or "{}")
    time.sleep(wish.get("wait_s", 0))
    if "raise" in wish:
        raise RuntimeError(wish["raise"])
    return wish.get("answer", {"statusCode": 200, "body": "{}"})
