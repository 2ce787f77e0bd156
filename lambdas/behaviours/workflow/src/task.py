"""Does what its input says: fail with some error, take long, answer with many bytes, or nothing."""

from __future__ import annotations

import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:
    wish = event.get("do")
    if wish == "fail":
        raise ValueError("as the input wished")
    if wish == "fail otherwise":
        raise LookupError("as the input wished")
    if wish == "sleep":
        time.sleep(event["seconds"])
    if wish == "answer":
        # Two of the bytes are the quotes of the JSON text.
        return "x" * (event["bytes"] - 2)
    return {"done": True}
