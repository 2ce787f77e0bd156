"""This file decides how the records of a stream reach a function: which shard is read by whom, and when a batch goes.

What becomes of a batch is ``stream_batches.py``'s business. Each shard of a mapping is read by one daemon task, or by
as many as its ParallelizationFactor says ("lanes"); all records of one key are in one lane, so their order is kept. A
lane has one batch at a time (ESM-23): the next one is gathered when it is finished. Lambda polls a shard a few times a
second; here a lane is woken by the record, so that a batch holds what was written at one moment. A lane with nothing to
read sets no timer, so it never keeps virtual time running.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from harness.deliver import stream_records
from harness.deliver.async_events import Invokes
from harness.deliver.repeats import Repeats, once
from harness.deliver.stream_batches import Batch
from harness.deliver.stream_windows import OpenWindow, window_start_us
from harness.deliver.targets import Targets
from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel
from harness.vendor.lambda_stream_mappings import StreamMapping
from harness.vendor.stream_log import Shard, Stream, StreamRecord
from harness.world.functions import Functions

MAXIMUM_PAYLOAD_BYTES = 6 * 1024 * 1024

FindStream = Callable[[str], Stream | None]


class StreamPollers:
    """The pollers of all mappings of streams. ``repeats`` says how many times a batch is delivered."""

    def __init__(
        self,
        kernel: Kernel,
        invoker: Invokes,
        targets: Targets,
        functions: Functions,
        find_stream: FindStream,
        repeats: Repeats = once,
    ) -> None:
        self._repeats = repeats
        self._kernel = kernel
        self._functions = functions
        self._invoker = invoker
        self._targets = targets
        self._find_stream = find_stream
        self._pollers: dict[str, _Poller] = {}

    def on_mapping_created(self, mapping: StreamMapping) -> None:
        """Start to read from where the mapping says. ESM-22"""
        stream = self._find_stream(mapping.stream_arn)
        if stream is not None:
            poller = _Poller(
                self._kernel, self._invoker, self._targets, self._functions, stream, mapping, self._repeats
            )
            self._pollers[mapping.uuid] = poller
            poller.start()

    def on_mapping_updated(self, mapping: StreamMapping) -> None:
        """Go on with other settings, from where it is; a mapping may be switched off and on."""
        self._pollers[mapping.uuid].change(mapping)

    def on_mapping_deleted(self, mapping: StreamMapping) -> None:
        """Stop to read; a call that runs is finished, and nothing is tried again. ESM-20"""
        self._pollers.pop(mapping.uuid).stop()


class _Poller:
    """One mapping: its lanes, and how far each shard has been read."""

    def __init__(
        self,
        kernel: Kernel,
        invoker: Invokes,
        targets: Targets,
        functions: Functions,
        stream: Stream,
        mapping: StreamMapping,
        repeats: Repeats,
    ) -> None:
        self.repeats = repeats
        self.kernel = kernel
        self.invoker = invoker
        self.targets = targets
        self.mapping = mapping
        self.stream = stream
        self._functions = functions
        self._begins = {shard.id: _begin(shard, mapping) for shard in stream.shards}
        self._lanes: list[_Lane] = []
        self._opened = 0

    def start(self) -> None:
        """Read every shard, unless the mapping is switched off."""
        if self.mapping.enabled:
            self._opened += 1
            number = self._opened
            self.kernel.spawn(lambda: self._open(number), name=f"readers {self.title()}", daemon=True)

    def _open(self, number: int) -> None:
        """Open the lanes, once those from before have finished their calls."""
        for before in list(self._lanes):
            before.finished.wait()
        if number != self._opened:
            return
        for shard in self.stream.shards:
            places = [lane.position for lane in self._lanes if lane.shard is shard]
            # The slowest lane's: what a faster one has done is done again, as AWS may at any time.
            self._begins[shard.id] = min(places, default=self._begins.get(shard.id, shard.horizon()))
        self._lanes = [
            _Lane(self, shard, lane, self._begins[shard.id])
            for shard in self.stream.shards
            for lane in range(self.mapping.lanes)
        ]
        for lane in self._lanes:
            self.kernel.spawn(lane.run, name=f"reader {self.title()}", daemon=True)

    def change(self, mapping: StreamMapping) -> None:
        """Take other settings from now on."""
        before, self.mapping = self.mapping, mapping
        if (before.enabled, before.lanes, before.stream_arn) != (mapping.enabled, mapping.lanes, mapping.stream_arn):
            self.stop()
            self.start()
        else:
            for shard in self.stream.shards:
                shard.waiters.wake()

    def stop(self) -> None:
        """End the lanes at their next look; they remember how far they came."""
        self._opened += 1
        for lane in self._lanes:
            lane.open = False
        for shard in self.stream.shards:
            shard.waiters.wake()

    def source(self) -> str:
        """The ARN that the author's name is known by: of a table's stream, the table's."""
        return self.mapping.stream_arn.partition("/stream/")[0]

    def role(self) -> str:
        """The ARN of the function's role."""
        spec = self._functions.find(self.mapping.function_arn)
        return spec.role_arn if spec is not None else ""

    def title(self) -> str:
        """For humans."""
        name = self.kernel.trace.name
        return f"{name(self.source())}→{name(self.mapping.function_arn)}"


class _Lane:
    """One reader of one shard. ``position`` is the first record that is not finished yet."""

    def __init__(self, poller: _Poller, shard: Shard, number: int, position: int) -> None:
        self.open = True
        self.shard = shard
        self.position = position
        self._poller = poller
        self._number = number
        self._window: OpenWindow | None = None
        self._kernel = poller.kernel
        self.finished = self._kernel.event("the reader to finish")

    def run(self) -> None:
        """Read, batch by batch, for as long as there is something to come."""
        while self.open:
            batch, after = self._gather()
            if batch and self.open:
                self._process(batch)
            if self.open:
                self.position = after
            if not batch and self.open:
                if self.shard.closed:
                    self._close_window()
                    break
                self._wait()
        self.finished.set()

    def _wait(self) -> None:
        """Wait for records; an open window ends if none come in time."""
        if self._window is None:
            self.shard.waiters.wait("records")
        elif self._window.over_in_s > 0:
            self.shard.waiters.wait("the window's last records", self._window.over_in_s)
        else:
            self._close_window()

    # -- gathering ----------------------------------------------------------------------------------

    def _gather(self) -> tuple[list[StreamRecord], int]:
        """Read until the batch is full, its window has passed or it weighs 6 MB; and where to go on. ESM-23"""
        self._pass_over_expired()
        batch: list[StreamRecord] = []
        position = self.position
        ends_us: int | None = None
        while True:
            position, full = self._fill(batch, position)
            window_s = self._poller.mapping.window_s
            if full or not batch or not window_s or not self.open:
                return batch, position
            if ends_us is None:
                ends_us = self._kernel.clock.now_us + to_us(window_s)
            left_s = (ends_us - self._kernel.clock.now_us) / US_PER_S
            if left_s <= 0:
                return batch, position
            self.shard.waiters.wait("the batch window", left_s)

    def _fill(self, batch: list[StreamRecord], position: int) -> tuple[int, bool]:
        """Add what fits of what is there; where to go on, and whether nothing more fits."""
        mapping = self._poller.mapping
        weight = sum(record.size_bytes for record in batch)
        while found := self.shard.read(position, mapping.batch_size):
            for record in found:
                if self._wants(record):
                    if batch and self._in_other_windows(batch[0], record):
                        return position, True
                    weight += record.size_bytes
                    if batch and (len(batch) >= mapping.batch_size or weight > MAXIMUM_PAYLOAD_BYTES):
                        return position, True
                    batch.append(record)
                position = record.sequence + 1
        return position, len(batch) >= mapping.batch_size

    def _pass_over_expired(self) -> None:
        """Say which records the stream stopped to keep before they were read: the lane was blocked, or closed."""
        missed = [r for r in self.shard.expired(self.position) if self._wants(r)]
        self.position = max(self.position, self.shard.horizon())
        if missed:
            poller = self._poller
            numbers = [str(r.sequence) for r in missed]
            arn = poller.mapping.function_arn
            self._kernel.emit("deliver", "expired", arn, cause=missed[0].cause, stream=poller.source(), records=numbers)

    def _wants(self, record: StreamRecord) -> bool:
        return self._is_ours(record) and stream_records.passes(record, self._poller.mapping.filters)

    def _is_ours(self, record: StreamRecord) -> bool:
        lanes = self._poller.mapping.lanes
        if lanes == 1:
            return True
        return int.from_bytes(hashlib.sha256(record.key.encode()).digest()[:8], "big") % lanes == self._number

    # -- processing ---------------------------------------------------------------------------------

    def _process(self, records: list[StreamRecord]) -> None:
        poller = self._poller
        if self._window is not None and not self._window.has(records[0]):
            self._close_window()
        if self._window is None and poller.mapping.tumbling_s:
            size_s = poller.mapping.tumbling_s
            self._window = OpenWindow(self._kernel, poller.invoker, self.shard.id, records[0], size_s)
        batch = Batch(
            kernel=self._kernel,
            invoker=poller.invoker,
            targets=poller.targets,
            shard=self.shard,
            source_arn=poller.source(),
            role_arn=poller.role(),
            mapping=self._mapping,
            on_checkpoint=self._checkpoint,
            window=self._window,
        )
        kind = "stream" if ":kinesis:" in poller.source() else "table"
        for _ in range(poller.repeats(kind, poller.source())):
            name = f"batch {poller.title()}"
            self._kernel.spawn(lambda: batch.process(records), name=name, cause=records[0].cause).join()
        if self._window is not None and self._window.too_big:
            self._close_window()

    def _close_window(self) -> None:
        """End the open window, if there is one: nothing else is read until its final call has succeeded. ESM-23"""
        window, self._window = self._window, None
        if window is not None:
            poller = self._poller
            name = f"window {poller.title()}"
            self._kernel.spawn(lambda: window.close(poller.source(), self._mapping), name=name).join()

    def _mapping(self) -> StreamMapping | None:
        return self._poller.mapping if self.open else None

    def _in_other_windows(self, one: StreamRecord, other: StreamRecord) -> bool:
        size_s = self._poller.mapping.tumbling_s
        return bool(size_s) and window_start_us(one, size_s) != window_start_us(other, size_s)

    def _checkpoint(self, position: int) -> None:
        self.position = position


def _begin(shard: Shard, mapping: StreamMapping) -> int:
    # ESM-22
    if mapping.starts_at == "LATEST":
        return shard.next_sequence
    if mapping.starts_at == "AT_TIMESTAMP" and mapping.starts_us is not None:
        return shard.at(mapping.starts_us)
    return shard.horizon()
