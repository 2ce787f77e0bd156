"""This file decides what becomes of one batch of a stream: tried again, split, given up. ESM-23, ESM-24

It does not gather batches (``stream_poller.py``). While a batch is here its lane stands still: that is what keeps the
order. A batch leaves in pieces; each piece, in order, is processed, given up (its retries are used up, or it is too
old) or no longer kept by the stream. AWS does not say how long it waits between attempts: here 1 s, 2 s, 4 s up to a
minute. A throttled call is tried again until the records are too old, without counting; after a function's error up to
the number of retries, and "splitting batches doesn't consume the retry quota"
(https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html, looked at 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.deliver import stream_failures, stream_records
from harness.deliver.async_events import Invokes
from harness.deliver.stream_windows import OpenWindow
from harness.deliver.targets import Targets
from harness.invoke.result import InvocationResult
from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel
from harness.vendor.lambda_stream_mappings import StreamMapping
from harness.vendor.stream_log import Shard, StreamRecord

_LONGEST_WAIT_S = 60


@dataclass(slots=True)
class _Piece:
    """Records still to be processed; ``failures`` is how often they, as they are now, have failed."""

    records: list[StreamRecord]
    failures: int = 0
    throttles: int = 0
    last: InvocationResult | None = None


@dataclass
class Batch:
    """One batch on its way. ``mapping`` gives the settings of the moment; None once nobody asks for it any more.

    ``role_arn`` is the function's role; ``window`` the tumbling window that the records belong to.
    """

    kernel: Kernel
    invoker: Invokes
    targets: Targets
    shard: Shard
    source_arn: str
    role_arn: str
    mapping: Callable[[], StreamMapping | None]
    on_checkpoint: Callable[[int], None]
    window: OpenWindow | None = None

    def process(self, records: Sequence[StreamRecord]) -> None:
        """Try until every record is processed, given up or expired, or the mapping is gone."""
        pieces = [_Piece(list(records))]
        while pieces:
            mapping = self.mapping()
            if mapping is None:
                return
            piece = pieces.pop(0)
            self._drop_too_old(piece, mapping)
            if piece.records:
                pieces[:0] = self._attempt(piece, mapping)
            # What comes next is what is not finished; nothing is left of the last piece.
            self.on_checkpoint(pieces[0].records[0].sequence if pieces else records[-1].sequence + 1)

    def _attempt(self, piece: _Piece, mapping: StreamMapping) -> list[_Piece]:
        """Call the function once, and wait if it is to be called again; what is still to be done, in order."""
        result = piece.last = self._call(piece, mapping)
        if result.ending == "throttled":
            piece.throttles += 1
            self._wait(piece, mapping, piece.throttles)
            return [piece]
        rest = piece.records
        if result.ok and (self.window is None or self.window.take(result.payload)):
            rest = stream_records.unfinished(result.payload, rest) if mapping.reports_item_failures else []
        if not rest:
            return []
        moved = len(rest) < len(piece.records)
        left = _Piece(rest, 1 if moved else piece.failures + 1, 0, result)
        if mapping.bisects and len(rest) > 1:
            return [_Piece(rest, 0, 0, result)] if moved else _halves(left)
        if mapping.retries is not None and left.failures > mapping.retries:
            self._give_up(left.records, left, mapping, stream_failures.RETRIES_EXHAUSTED)
            return []
        self._wait(left, mapping, left.failures)
        return [left]

    def _call(self, piece: _Piece, mapping: StreamMapping) -> InvocationResult:
        number = self.kernel.emit(
            "deliver",
            "read",
            mapping.function_arn,
            # Not the attempt before: a record that is tried for a day is no loop.
            cause=piece.records[0].cause,
            stream=self.source_arn,
            records=[str(r.sequence) for r in piece.records],
            attempt=piece.failures + 1,
            age_ms=(self.kernel.clock.now_us - piece.records[-1].arrived_us) // 1000,
        )
        event = self._event(piece.records, mapping)
        if self.window is not None:
            event |= self.window.told(mapping)
        payload = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        result = self.invoker.invoke(mapping.function_arn, payload, cause=number)
        self.kernel.require_current().cause = result.event_number or number
        return result

    def _event(self, records: Sequence[StreamRecord], mapping: StreamMapping) -> dict[str, Any]:
        return {"Records": stream_records.records(records, mapping.stream_arn, self.role_arn)}

    # -- giving up ----------------------------------------------------------------------------------

    def _drop_too_old(self, piece: _Piece, mapping: StreamMapping) -> None:
        """Take out what is too old; the oldest come first, so it is a beginning."""
        now_us = self.kernel.clock.now_us
        expired = [r for r in piece.records if self.shard.expires_us(r) <= now_us]
        kept = piece.records[len(expired) :]
        too_old = [r for r in kept if _too_old_us(r, mapping, now_us) <= now_us]
        piece.records = kept[len(too_old) :]
        if expired:
            self._emit("expired", expired, mapping, attempts=piece.failures)
        if too_old:
            self._give_up(too_old, piece, mapping, stream_failures.AGE_EXCEEDED)

    def _give_up(self, records: list[StreamRecord], piece: _Piece, mapping: StreamMapping, condition: str) -> None:
        task = self.kernel.require_current()
        task.cause = self._emit("gave up", records, mapping, condition=condition, attempts=piece.failures)
        stream_failures.tell(
            self.kernel,
            self.targets,
            mapping,
            self.shard.id,
            records,
            condition,
            piece.failures,
            piece.last,
            self._event(records, mapping),
        )

    def _emit(self, what: str, records: list[StreamRecord], mapping: StreamMapping, **detail: Any) -> int:
        return self.kernel.emit(
            "deliver",
            what,
            mapping.function_arn,
            stream=self.source_arn,
            records=[str(r.sequence) for r in records],
            **detail,
        )

    def _wait(self, piece: _Piece, mapping: StreamMapping, times: int) -> None:
        """Wait for the next attempt, or until the oldest record is too old; not at all if there will be none."""
        if self.mapping() is None:
            return
        oldest = piece.records[0]
        next_us = self.kernel.clock.now_us + to_us(min(2 ** min(times - 1, 10), _LONGEST_WAIT_S))
        until_us = min(next_us, self.shard.expires_us(oldest), _too_old_us(oldest, mapping, next_us))
        self.kernel.sleep(max(until_us - self.kernel.clock.now_us, 0) / US_PER_S)


def _too_old_us(record: StreamRecord, mapping: StreamMapping, unless_us: int) -> int:
    """When the mapping discards the record; ``unless_us`` + 1 if it never does."""
    return unless_us + 1 if mapping.maximum_age_s is None else record.arrived_us + to_us(mapping.maximum_age_s)


def _halves(piece: _Piece) -> list[_Piece]:
    middle = (len(piece.records) + 1) // 2
    return [_Piece(half, 0, 0, piece.last) for half in (piece.records[:middle], piece.records[middle:])]
