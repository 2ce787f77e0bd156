"""This file decides what a plain run makes of AWS's "at least once": each delivery once, on time, at its first attempt.

An engine asks before each delivery. ``harness/disturb`` answers otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

# Given the kind of source ("bucket", "topic", "queue", "rule", "stream", "table") and its name or ARN: how many times
# to deliver.
Repeats = Callable[[str, str], int]
# Given the same of a bucket or topic: by how many seconds the delivery is later than usual.
Late = Callable[[str, str], float]
# Given the kind of target ("queue", "function") and its ARN: whether it is out of order for this attempt.
OutOfOrder = Callable[[str, str], bool]


def once(kind: str, source: str) -> int:
    """Everything is delivered once."""
    return 1


def on_time(kind: str, source: str) -> float:
    """Nothing is late."""
    return 0.0


def never(kind: str, target: str) -> bool:
    """Nothing is out of order."""
    return False
