"""This file decides which log events are handed up because metrics are embedded in them. CW-18

Upstream: moto 5.2.5 keeps an event in CloudWatch's embedded metric format as any other, and no metric comes of it. Why
that can't stay: Powertools and AWS's own libraries measure in no other way. What we do: hand up what looks like one, as
it comes into a stream; what is in it is not decided here.
Since: moto 1.x. Not needed any more when: moto's CloudWatch shows metrics of such events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.logs.models import LogStream

from harness.vendor.patches import Patches

_MARK = '"_aws"'


def apply(patches: Patches, *, on_embedded: Callable[[str, int], None]) -> None:
    """Hand the text of each such event to ``on_embedded``, with its time in milliseconds since 1970."""

    def put_log_events(self: LogStream, log_events: list[dict[str, Any]]) -> Any:
        answer = original(self, log_events)
        for event in log_events:
            message = event["message"]
            if _MARK in message and message.lstrip().startswith("{"):
                on_embedded(message, int(event["timestamp"]))
        return answer

    original = patches.put(LogStream, "put_log_events", put_log_events)
