"""This file decides how the events of a log stream are kept: packed, but for the newest.

Upstream: moto 5.2.5 keeps a record of four fields for each event (``LogStream.events``, a list). Why that can't stay:
a burst logs twenty lines for each upload, nobody reads most of them, and they are a sixth of the memory. What we do:
the same records in a list that packs them and makes them anew when they are read.
Since: moto 1.x. Not needed any more when: an event takes no more room than its text.
"""

from __future__ import annotations

from typing import Any

from moto.logs.models import LogEvent, LogStream

from harness.kernel.packed import Packed, Row
from harness.vendor.patches import Patches


def apply(patches: Patches) -> None:
    """Keep the events of streams that are made from now on packed."""

    def init(self: LogStream, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.events = Packed(_as_row, _from_row)  # type: ignore[assignment]

    original = patches.put(LogStream, "__init__", init)


def _as_row(event: LogEvent) -> Row:
    return (event.ingestion_time, event.timestamp, event.message, event.event_id)


def _from_row(row: Row) -> LogEvent:
    # Not by its ``__init__``, which would number it anew.
    event = object.__new__(LogEvent)
    event.ingestion_time, event.timestamp, event.message, event.event_id = row
    return event
