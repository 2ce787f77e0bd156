"""What YAML cannot say well: nothing was written a second time, not even with the same content."""

from __future__ import annotations

from typing import Any


def each_once(pipeline: Any, prefix: str) -> None:
    keys = [
        event.detail["key"]
        for event in pipeline.events
        if event.what == "object created" and event.who == "ProcessedBucket" and event.detail["key"].startswith(prefix)
    ]
    assert keys, f"nothing was written under {prefix}"
    twice = sorted({key for key in keys if keys.count(key) > 1})
    assert not twice, f"written more than once: {', '.join(twice)}"
