"""This file decides what a tumbling window is: which records belong to it, what its calls are told, and how it ends.

A mapping with ``TumblingWindowInSeconds`` hands a state from call to call (ESM-23,
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html, looked at 2026-11). Records belong to a window
by the time they arrived. Each answer must have a ``state``, or the call has failed. At the end there is one more call,
without records, and nothing else is read until it has succeeded. The end is when a record of a later window comes, or
two minutes after the window's time (AWS says "up to"). A state of more than 1 MB ends its window early; what is left of
its time begins with a new state.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from harness.deliver.async_events import Invokes
from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel
from harness.vendor.lambda_stream_mappings import StreamMapping
from harness.vendor.stream_log import StreamRecord

MAXIMUM_STATE_BYTES = 1024 * 1024

_LATE_S = 120
_LONGEST_WAIT_S = 60


def window_start_us(record: StreamRecord, size_s: int) -> int:
    """When the window of this record began, since 1970."""
    return record.arrived_us - record.arrived_us % to_us(size_s)


class OpenWindow:
    """One window of one shard, and the state that its calls have made so far."""

    def __init__(self, kernel: Kernel, invoker: Invokes, shard_id: str, first: StreamRecord, size_s: int) -> None:
        self._kernel = kernel
        self._invoker = invoker
        self._shard_id = shard_id
        self._cause = first.cause
        self._state: Any = {}
        self._state_bytes = 0
        self.start_us = window_start_us(first, size_s)
        self.end_us = self.start_us + to_us(size_s)

    @property
    def too_big(self) -> bool:
        """Whether the state has outgrown what Lambda keeps."""
        return self._state_bytes > MAXIMUM_STATE_BYTES

    @property
    def over_in_s(self) -> float:
        """Seconds until nothing more is expected to come for it."""
        return (self.end_us + to_us(_LATE_S) - self._kernel.clock.now_us) / US_PER_S

    def has(self, record: StreamRecord) -> bool:
        """Whether the record arrived in it."""
        return self.start_us <= record.arrived_us < self.end_us

    def told(self, mapping: StreamMapping, *, final: bool = False) -> dict[str, Any]:
        """What a call is told besides its records."""
        return {
            "window": {"start": _iso(self.start_us), "end": _iso(self.end_us)},
            "state": self._state,
            "shardId": self._shard_id,
            "eventSourceARN": mapping.stream_arn,
            "isFinalInvokeForWindow": final,
            "isWindowTerminatedEarly": final and self.too_big,
        }

    def take(self, answer: bytes) -> bool:
        """Keep the answer's state; False if it has none, which makes the call a failed one."""
        try:
            value = json.loads(answer)
        except ValueError:
            return False
        if not isinstance(value, dict) or "state" not in value:
            return False
        self._state = value["state"]
        self._state_bytes = len(json.dumps(self._state, separators=(",", ":")).encode())
        return True

    def close(self, source_arn: str, mapping: Callable[[], StreamMapping | None]) -> None:
        """Make the final call, again until it succeeds, its retries are used up or the mapping is gone."""
        failures = throttles = 0
        while (settings := mapping()) is not None:
            number = self._kernel.emit(
                "deliver",
                "window closed",
                settings.function_arn,
                cause=self._cause,
                stream=source_arn,
                start=_iso(self.start_us),
                end=_iso(self.end_us),
                attempt=failures + 1,
            )
            event = {"Records": [], **self.told(settings, final=True)}
            payload = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
            result = self._invoker.invoke(settings.function_arn, payload, cause=number)
            if result.ok:
                return
            if result.ending == "throttled":
                throttles += 1
            else:
                failures += 1
            if settings.retries is not None and failures > settings.retries:
                return
            self._kernel.sleep(min(2 ** min(failures + throttles - 1, 10), _LONGEST_WAIT_S))


def _iso(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us // US_PER_S, UTC):%Y-%m-%dT%H:%M:%SZ}"
