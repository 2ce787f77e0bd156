"""This file decides how messages of a queue reach a function: when a batch goes, how many run at once, what is deleted.

It does not decide when a message is receivable again or goes to a dead-letter queue; the queue does
(``vendor/sqs_engine.py``). One daemon task per mapping polls; each batch is a task of its own. A batch that failed is
left alone: its messages come back when their visibility timeout ends (ESM-11). A poller with nothing to wait for sets
no timer, so it never keeps virtual time running.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from harness.deliver import queue_records
from harness.deliver.async_events import Invokes
from harness.deliver.repeats import Repeats, once
from harness.invoke.lineage import joined
from harness.invoke.result import InvocationResult
from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel
from harness.vendor.lambda_mappings import QueueMapping
from harness.vendor.sqs_engine import QueueEngine
from harness.vendor.sqs_errors import QueueError
from harness.vendor.sqs_message import Message

MAXIMUM_PAYLOAD_BYTES = 6 * 1024 * 1024
# ESM-09
FIRST_CONCURRENCY = 5
MORE_PER_MINUTE = 300
MAXIMUM_CONCURRENCY = 1250
# ESM-10
BATCHES_OF_A_POLLER = 10
MORE_PROVISIONED_PER_MINUTE = 1000
_FIRST_THROTTLE_WAIT_S = 1
_LONGEST_THROTTLE_WAIT_S = 60

FindQueue = Callable[[str], QueueEngine | None]


def allowed_batches(busy_us: int, maximum_concurrency: int | None, pollers: tuple[int, int] | None = None) -> int:
    """How many batches may run at once after ``busy_us`` microseconds of work without a pause or an error. ESM-09

    ``pollers`` are the least and most pollers of provisioned mode. ESM-10
    """
    minutes = busy_us // to_us(60)
    if pollers is not None:
        least, most = (count * BATCHES_OF_A_POLLER for count in pollers)
        return min(least + MORE_PROVISIONED_PER_MINUTE * minutes, most)
    grown = FIRST_CONCURRENCY + MORE_PER_MINUTE * minutes
    return min(grown, maximum_concurrency or MAXIMUM_CONCURRENCY, MAXIMUM_CONCURRENCY)


class QueuePollers:
    """The pollers of all mappings. ``repeats`` says how many times a message is delivered."""

    def __init__(self, kernel: Kernel, invoker: Invokes, find_queue: FindQueue, repeats: Repeats = once) -> None:
        self._kernel = kernel
        self._invoker = invoker
        self._find_queue = find_queue
        self._repeats = repeats
        self._pollers: dict[str, _Poller] = {}

    def on_mapping_created(self, mapping: QueueMapping) -> None:
        """Start to poll, also for messages that were there before. ESM-08"""
        poller = _Poller(self._kernel, self._invoker, self._find_queue, self._repeats, mapping)
        self._pollers[mapping.uuid] = poller
        poller.start()

    def polls(self, queue_arn: str) -> bool:
        """Whether some mapping that is on reads from this queue."""
        return any(poller.reads(queue_arn) for poller in self._pollers.values())

    def on_mapping_updated(self, mapping: QueueMapping) -> None:
        """Go on with other settings; a mapping may be switched off and on."""
        self._pollers[mapping.uuid].change(mapping)

    def on_mapping_deleted(self, mapping: QueueMapping) -> None:
        """Stop to poll; batches that run are finished. ESM-20"""
        self._pollers.pop(mapping.uuid).stop()


class _Poller:
    def __init__(
        self, kernel: Kernel, invoker: Invokes, find_queue: FindQueue, repeats: Repeats, mapping: QueueMapping
    ) -> None:
        self._kernel = kernel
        self._invoker = invoker
        self._find_queue = find_queue
        self._repeats = repeats
        self._mapping = mapping
        self._running = 0
        self._busy_since_us = 0
        self._idle_since_us = -1
        self._slots = kernel.wait_list()
        self._task_number = 0
        # Received, but too much for the batch that was just sent.
        self._left_over: list[Message] = []

    # -- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Poll in a task of its own, unless the mapping is switched off."""
        if self._mapping.enabled:
            self._task_number += 1
            number = self._task_number
            self._kernel.spawn(lambda: self._poll(number), name=f"poller {self._title()}", daemon=True)

    def change(self, mapping: QueueMapping) -> None:
        """Take other settings from now on."""
        was_enabled, self._mapping = self._mapping.enabled, mapping
        if mapping.enabled and not was_enabled:
            self.start()
        elif was_enabled and not mapping.enabled:
            self.stop()
        else:
            self._slots.wake()

    def stop(self) -> None:
        """End the polling task at its next look."""
        self._task_number += 1
        self._slots.wake()
        queue = self._find_queue(self._mapping.queue_arn)
        if queue is not None:
            queue.waiters.wake()

    def reads(self, queue_arn: str) -> bool:
        """Whether it is on and reads from this queue."""
        return self._mapping.enabled and self._mapping.queue_arn == queue_arn

    def _title(self) -> str:
        name = self._kernel.trace.name
        return f"{name(self._mapping.queue_arn)}→{name(self._mapping.function_arn)}"

    # -- polling ----------------------------------------------------------------------------------

    def _poll(self, number: int) -> None:
        while self._task_number == number:
            self._wait_for_slot(number)
            queue = self._find_queue(self._mapping.queue_arn)
            if queue is None:
                return
            if self._task_number != number:
                return
            batch = self._gather(queue, number)
            if batch:
                self._dispatch(queue, batch)
            elif self._task_number == number:
                self._wait_for_messages(queue)

    def _wait_for_slot(self, number: int) -> None:
        while self._task_number == number and self._running >= self._allowed():
            # In the background: what runs keeps time going, and more may run after the next minute.
            to_next_minute_s = 60 - self._busy_us() / US_PER_S % 60
            self._slots.wait("a batch to end", to_next_minute_s, background=True)

    def _allowed(self) -> int:
        return allowed_batches(self._busy_us(), self._mapping.maximum_concurrency, self._mapping.pollers)

    def _busy_us(self) -> int:
        """For how long there has been work without a pause; a batch that follows at the same moment makes none."""
        now_us = self._kernel.clock.now_us
        paused = self._running == 0 and self._idle_since_us != now_us
        return 0 if paused else now_us - self._busy_since_us

    def _wait_for_messages(self, queue: QueueEngine) -> None:
        due_us = queue.next_visible_us()
        timeout_s = None if due_us is None else (due_us - self._kernel.clock.now_us) / US_PER_S
        queue.waiters.wait("messages", timeout_s)

    def _gather(self, queue: QueueEngine, number: int) -> list[Message]:
        """Receive until the batch is full, its window has passed or it weighs 6 MB. ESM-02"""
        mapping = self._mapping
        batch, self._left_over = self._fit([], self._still_ours(queue, self._left_over))
        ends_us: int | None = None
        while len(batch) < mapping.batch_size and not self._left_over:
            received = _receive(queue, mapping.batch_size - len(batch))
            wanted = self._without_filtered(queue, received)
            batch, self._left_over = self._fit(batch, wanted)
            if received:
                continue
            if not batch or mapping.window_s == 0 or self._task_number != number:
                break
            if ends_us is None:
                first_us = min(m.received_us or 0 for m in batch)
                ends_us = first_us + to_us(mapping.window_s)
            left_s = (ends_us - self._kernel.clock.now_us) / US_PER_S
            if left_s <= 0 or not self._more_arrives(queue, left_s):
                break
        return batch

    def _more_arrives(self, queue: QueueEngine, window_left_s: float) -> bool:
        """Wait for more messages or the end of the window; False once that has come."""
        now_us = self._kernel.clock.now_us
        due_us = queue.next_visible_us()
        # Own messages in flight are no reason to look up before the window ends.
        until_s = min(window_left_s, (due_us - now_us) / US_PER_S) if due_us is not None else window_left_s
        woken = queue.waiters.wait("the batch window", until_s)
        return woken or until_s < window_left_s

    def _without_filtered(self, queue: QueueEngine, received: Sequence[Message]) -> list[Message]:
        filters = self._mapping.filters
        if not filters:
            return list(received)
        kept = []
        for message in received:
            if queue_records.passes(message, filters):
                kept.append(message)
            else:
                queue.delete(message.receipt_handle)  # ESM-17
        return kept

    def _still_ours(self, queue: QueueEngine, messages: list[Message]) -> list[Message]:
        """Those whose visibility timeout has not ended while they waited for the next batch."""
        oldest_us = self._kernel.clock.now_us - to_us(queue.visibility_timeout_s)
        return [m for m in messages if (m.received_us or 0) > oldest_us]

    def _fit(self, batch: list[Message], more: Sequence[Message]) -> tuple[list[Message], list[Message]]:
        """What fits into the batch of what was received, and what is left over."""
        weight = sum(_weight(m) for m in batch)
        for index, message in enumerate(more):
            weight += _weight(message)
            full = len(batch) >= self._mapping.batch_size
            if batch and (full or weight > MAXIMUM_PAYLOAD_BYTES):
                return batch, list(more[index:])
            batch.append(message)
        return batch, []

    # -- batches ----------------------------------------------------------------------------------

    def _dispatch(self, queue: QueueEngine, batch: list[Message]) -> None:
        self._busy_since_us = self._kernel.clock.now_us - self._busy_us()
        self._start(queue, batch)
        # ESM-19: some of it may be delivered once more, though nothing went wrong.
        again = [m for m in batch if self._repeats("queue", queue.arn) > 1]
        if again:
            self._start(queue, again)

    def _start(self, queue: QueueEngine, batch: list[Message]) -> None:
        mapping = self._mapping
        self._running += 1

        def run() -> None:
            try:
                self._process(queue, mapping, batch)
            finally:
                self._running -= 1
                self._idle_since_us = self._kernel.clock.now_us
                self._slots.wake()

        self._kernel.spawn(run, name=f"batch {self._title()}", cause=batch[0].cause)

    def _process(self, queue: QueueEngine, mapping: QueueMapping, batch: list[Message]) -> None:
        cause = self._kernel.emit(
            "deliver",
            "polled",
            mapping.function_arn,
            queue=mapping.queue_arn,
            messages=[m.message_id for m in batch],
            receive_counts=[m.receive_count for m in batch],
        )
        task = self._kernel.require_current()
        task.cause, task.trace_header = cause, joined(m.trace_header for m in batch)
        records = [queue_records.record(m, mapping.queue_arn) for m in batch]
        payload = json.dumps({"Records": records}, ensure_ascii=False, separators=(",", ":")).encode()
        result = self._invoke(queue, mapping, batch, payload, cause)
        if not result.ok:
            # ESM-11; ESM-09: after an error the mapping begins small again. Reported failures are none (ESM-16).
            self._busy_since_us = self._kernel.clock.now_us
            return
        failed: frozenset[str] = frozenset()
        if mapping.reports_item_failures:  # ESM-14
            failed = queue_records.failed_ids(result.payload, [m.message_id for m in batch])
        for message in batch:
            if message.message_id not in failed:
                _delete(queue, message)

    def _invoke(
        self, queue: QueueEngine, mapping: QueueMapping, batch: list[Message], payload: bytes, cause: int
    ) -> InvocationResult:
        """Run the function; a throttled call is tried again until the messages are visible again. ESM-12"""
        received_us = min(m.received_us or 0 for m in batch)
        ends_us = received_us + to_us(queue.visibility_timeout_s)
        wait_s = _FIRST_THROTTLE_WAIT_S
        while True:
            result = self._invoker.invoke(mapping.function_arn, payload, cause=cause)
            if result.ending != "throttled" or self._kernel.clock.now_us + to_us(wait_s) >= ends_us:
                return result
            self._kernel.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_THROTTLE_WAIT_S)


def _weight(message: Message) -> int:
    # What the record adds around body and attributes comes to about this much.
    return len(message.body.encode()) + sum(len(str(a)) for a in message.message_attributes.values()) + 1000


def _receive(queue: QueueEngine, room: int) -> list[Message]:
    try:
        return queue.receive(room)
    except QueueError:
        # Too many are in flight (SQS-17): there is room again when one comes back or is deleted.
        return []


def _delete(queue: QueueEngine, message: Message) -> None:
    try:
        queue.delete(message.receipt_handle)
    except QueueError:
        # A FIFO handle that expired while the function ran: the message is visible again (SQS-21).
        return
