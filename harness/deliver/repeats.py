"""This file decides what "at least once" means in a plain run: exactly once.

An engine asks before each delivery how many times it is to be made. ``harness/disturb`` answers otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

# Given the kind of source ("bucket", "topic", "queue") and its name or ARN: how many times to deliver.
Repeats = Callable[[str, str], int]


def once(kind: str, source: str) -> int:
    """Everything is delivered once."""
    return 1
