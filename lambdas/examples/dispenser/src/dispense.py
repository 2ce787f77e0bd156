"""Pays out as much of an amount as one kind of note can."""

from __future__ import annotations

import os
from typing import Any


def handler(event: dict[str, str], context: Any) -> dict[str, str]:
    """Take the notes named by the environment; hand on the rest under ``dispense``."""
    note = int(os.environ["NOTE"])
    notes, rest = divmod(int(event["dispense"]), note)
    return {**event, "dispense": str(rest), f"{note}s": str(notes)}
