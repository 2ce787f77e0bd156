"""Runs once a minute."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: Any) -> str:
    """Say hello, and when it was due."""
    print("Hello World at", event["time"])
    return str(event["time"])
