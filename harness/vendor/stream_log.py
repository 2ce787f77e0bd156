"""This file decides what one shard of a stream is: records in order, kept for a while, and where a reader begins.

It knows neither tables nor Kinesis nor functions: whoever writes a record decides what is in it, whoever reads keeps
its own place. Records leave when their retention ends (ESM-26), whether anybody has read them or not; nothing waits
for that, so no timer is set.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from harness.kernel.clock import to_us
from harness.kernel.scheduler import Kernel


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One record of a shard.

    ``key`` is what must stay in order (an item's key, a partition key), ``arrived_us`` virtual time since 1970,
    ``content`` what a function sees of it in ``Records``, without ``eventSourceARN``; ``size_bytes`` is about what that
    weighs. ``cause`` is the number of the event that wrote it. (The trace header is not handed on: a loop through a
    stream is one that Lambda does not see.)
    """

    sequence: int
    key: str
    arrived_us: int
    content: Mapping[str, Any]
    size_bytes: int
    cause: int | None = None


class Shard:
    """The records of one shard. ``waiters`` are woken by each that comes.

    ``closed`` is true of a shard that gets no more records.
    """

    def __init__(self, kernel: Kernel, shard_id: str, first_sequence: int, retention_s: int) -> None:
        self.id = shard_id
        self.created_us = kernel.clock.now_us
        self.first_sequence = first_sequence
        self.retention_s = retention_s
        self.waiters = kernel.wait_list()
        self.closed = False
        self._kernel = kernel
        self._records: list[StreamRecord] = []
        self._expired: list[StreamRecord] = []
        self._next = first_sequence

    @property
    def next_sequence(self) -> int:
        """The number that the next record gets."""
        return self._next

    def append(
        self, key: str, content: Mapping[str, Any], size_bytes: int, cause: int | None, *, step: int = 1
    ) -> StreamRecord:
        """Add a record and wake who waits; ``step`` is how far the numbers go on."""
        record = StreamRecord(self._next, key, self._kernel.clock.now_us, content, size_bytes, cause)
        self._next += step
        self._records.append(record)
        self.waiters.wake()
        return record

    def read(self, sequence: int, most: int) -> list[StreamRecord]:
        """At most ``most`` records from this number on, as far as they are still kept."""
        self._trim()
        begin = bisect_left(self._records, sequence, key=lambda r: r.sequence)
        return self._records[begin : begin + most]

    def expired(self, sequence: int) -> list[StreamRecord]:
        """The records from this number on that are no longer kept: what a reader at this place has missed."""
        self._trim()
        return self._expired[bisect_left(self._expired, sequence, key=lambda r: r.sequence) :]

    def horizon(self) -> int:
        """The number of the oldest record that is kept; the next one's if there is none."""
        self._trim()
        return self._records[0].sequence if self._records else self._next

    def at(self, time_us: int) -> int:
        """The number of the first record that came at this time or later; the next one's if there is none."""
        self._trim()
        index = bisect_left(self._records, time_us, key=lambda r: r.arrived_us)
        return self._records[index].sequence if index < len(self._records) else self._next

    def expires_us(self, record: StreamRecord) -> int:
        """When the record is no longer kept."""
        return record.arrived_us + to_us(self.retention_s)

    def _trim(self) -> None:
        oldest_us = self._kernel.clock.now_us - to_us(self.retention_s)
        count = bisect_right(self._records, oldest_us, key=lambda r: r.arrived_us)
        self._expired += self._records[:count]
        del self._records[:count]


class Stream(Protocol):
    """What a reader needs of a stream."""

    @property
    def shards(self) -> list[Shard]:
        """All shards, the oldest first."""
