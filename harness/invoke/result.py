"""This file decides how one call of a function can end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

# LAM-05, LAM-06, LAM-07, LAM-17, LAM-24: each of these has a payload of its own on AWS.
Ending = Literal["succeeded", "failed", "timed out", "exited", "could not start", "throttled", "stopped"]


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """What a caller of Lambda gets back.

    ``payload`` is the JSON text the caller sees (the handler's answer, or AWS's error object),
    ``request_id`` the id that logs and retries share, ``log_tail`` the last 4 KB of the log,
    ``event_number`` the trace event that ended the call, ``traceback`` the author's own traceback with the paths on
    this machine, if an exception ended it, ``version`` which version of the function it was (LAM-28),
    ``trace_header`` what goes with whatever follows from the call (LAM-24).
    """

    ending: Ending
    payload: bytes
    request_id: str
    log_tail: bytes = b""
    event_number: int | None = None
    traceback: str = ""
    version: str = "$LATEST"
    trace_header: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the handler returned."""
        return self.ending == "succeeded"

    def value(self) -> Any:
        """The payload as a Python value; of a custom runtime's answer that is no JSON, the text."""
        try:
            return json.loads(self.payload)
        except ValueError:
            return self.payload.decode("utf-8", "replace")
