"""Checks what sensors measure."""

from __future__ import annotations

from typing import Any


def check(readings: list[dict[str, Any]], context: Any) -> None:
    """Refuse a whole batch for one impossible temperature."""
    for reading in readings:
        if reading["celsius"] < -273:
            raise ValueError(f"{reading['sensor']} is colder than can be")
    print(f"checked {[reading['celsius'] for reading in readings]}")
