"""Does what its event says: answer with many bytes, take long, or say how it is configured."""

from __future__ import annotations

import os
import time
from typing import Any


def handler(event: Any, context: Any) -> Any:
    wish = event.get("do") if isinstance(event, dict) else None
    if wish == "sleep":
        time.sleep(event["seconds"])
    if wish == "answer":
        # Two of the bytes are the quotes of the JSON text.
        return "x" * (event["bytes"] - 2)
    if wish == "greet":
        return {"greeting": os.environ["GREETING"], "version": context.function_version}
    return {"done": True}
