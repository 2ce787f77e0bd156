"""This file decides what stands for an answer from outside that nobody knows yet: an empty one, for each call refused.

Whether a call is refused says ``harness/outside``; what the empty answer leads to is written down as it was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.kernel.trace import TraceEvent


def placeholders(events: Sequence[TraceEvent]) -> list[Mapping[str, Any]]:
    """A stub for each call or request that was refused in a run; what is neither can have none."""
    return list(_placeholders(events))


def _placeholders(events: Sequence[TraceEvent]) -> Iterator[Mapping[str, Any]]:
    refused = dict.fromkeys(str(e.detail["call"]) for e in events if (e.station, e.what) == ("outside", "refused"))
    for call in refused:
        method, _, url = call.partition(" ")
        if url:
            yield {"url": url.partition("?")[0], "method": method, "returns": {"status": 200, "json": {}}}
        elif ":" not in call:
            yield {"call": call, "returns": {}}
