"""This file decides how far a run may go, and what is said of one that went further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.kernel.trace import TraceEvent

FEEDS_ITSELF = "Most likely the pipeline feeds itself: a function writes to where it is triggered from."
WAITS_LONG = "Most likely a wait, a delay or an advance is longer than it was meant to be."


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a run may go. Each has its own failure that says how to raise it.

    ``steps`` counts what the scheduler does: some 40 for one file on its way through a pipeline of seven functions.
    ``virtual_s`` is in seconds of virtual time. ``rounds`` is how often functions and state machines may set themselves
    off: not at all, unless a pipeline feeds itself (``rounds.py``).
    """

    steps: int = 2_000_000
    virtual_s: float = 400 * 86_400
    rounds: int = 200


def last_round(events: Sequence[TraceEvent]) -> str:
    """Who set off whom, from the last call of a function or state machine back to the one before it."""
    event = last = next(e for e in reversed(events) if e.what == "started")
    names = [last.who]
    while event.cause:
        event = events[event.cause - 1]
        if event.who != names[-1]:
            names.append(event.who)
        if (event.station, event.what, event.who) == (last.station, last.what, last.who):
            break
    return " → ".join(reversed(names))
