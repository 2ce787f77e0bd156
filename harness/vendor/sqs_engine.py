"""This file decides what each operation on a queue does: send, receive, delete, change visibility, purge.

Redrive (SQS-04): a message received ``max_receive_count`` times is moved by the receive that finds it
visible again, never earlier. Where messages stand between operations, and what the clock does to them, is
``sqs_places.py``; what may be sent is ``sqs_checks.py``. It does not know moto, HTTP or the trace:
``on_event`` is told what happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Protocol

from harness.kernel.clock import US_PER_S
from harness.vendor.sqs_checks import (
    MAXIMUM_VISIBILITY_TIMEOUT_S,
    check_between,
    check_body,
    check_delay,
    check_ids,
    check_message_attributes,
    check_size,
)
from harness.vendor.sqs_errors import QueueError, invalid_value
from harness.vendor.sqs_fifo import DeduplicationWindow, FirstSend, sequence_number
from harness.vendor.sqs_message import Message, MessageAttributes
from harness.vendor.sqs_places import OnEvent, Places, QueueSettings, Waiters
from harness.vendor.sqs_shelf import Overtakes, overtakes_none

IN_FLIGHT_LIMIT = 120_000
PURGE_INTERVAL_S = 60
# Of messages that are gone.
HANDLES_KEPT = IN_FLIGHT_LIMIT


class Ids(Protocol):
    """Where identifiers come from; ``kernel.decisions`` is one."""

    def uuid(self, label: str) -> str:
        """An identifier in the form of a UUID."""

    def hex(self, label: str, digits: int) -> str:
        """An identifier of that many hexadecimal digits."""


class QueueEngine(Places):
    """One queue, standard or FIFO."""

    def __init__(
        self,
        arn: str,
        settings: QueueSettings,
        *,
        now_us: Callable[[], int],
        ids: Ids,
        waiters: Waiters,
        on_event: OnEvent,
        on_due: Callable[[int], None],
        overtakes: Overtakes = overtakes_none,
    ) -> None:
        super().__init__(
            arn, settings, now_us=now_us, waiters=waiters, on_event=on_event, on_due=on_due, overtakes=overtakes
        )
        self._ids = ids
        # Handles given out: an old one is not garbage (SQS-22). Those of messages that are gone are forgotten in time.
        self._handles: dict[str, int] = {}
        self._sent_lately = DeduplicationWindow()
        self._purged_us: int | None = None
        self._last_deleted: Message | None = None

    def check(
        self,
        body: str,
        message_attributes: MessageAttributes | None,
        delay_s: int | None,
        group_id: str | None,
        deduplication_id: str | None,
    ) -> None:
        """Nothing, if ``send`` would accept this message.

        Raises:
            QueueError: it is not one that SQS accepts.
        """
        settings = self._settings
        check_body(body)
        check_message_attributes(message_attributes or {})
        check_size(body, message_attributes or {}, settings.maximum_message_size_bytes)
        check_delay(delay_s, fifo=settings.fifo)
        check_ids(
            group_id,
            deduplication_id,
            fifo=settings.fifo,
            content_based_deduplication=settings.content_based_deduplication,
        )

    def send(
        self,
        body: str,
        *,
        message_attributes: MessageAttributes | None = None,
        system_attributes: MessageAttributes | None = None,
        delay_s: int | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
    ) -> Message:
        """The message as SQS answers it; for a duplicate (SQS-18), with the first one's ids.

        Raises:
            QueueError: the message is not one that SQS accepts.
        """
        settings = self._settings
        self.check(body, message_attributes, delay_s, group_id, deduplication_id)
        self.settle()
        if settings.fifo and deduplication_id is None:
            deduplication_id = hashlib.sha256(body.encode()).hexdigest()
        now_us = self._now_us()
        message = Message(
            message_id="",
            body=body,
            sent_us=now_us,
            enqueued_us=now_us,
            message_attributes=message_attributes or {},
            system_attributes=system_attributes or {},
            group_id=group_id,
            deduplication_id=deduplication_id,
        )
        if settings.fifo and self._is_duplicate(message):
            self._on_event("sent", message, duplicate=True)
            return message
        self._enqueue(message)
        message.message_id = self._ids.uuid(f"sqs message {self.arn}")
        if settings.fifo:
            message.sequence_number = sequence_number(message.number)
            first = FirstSend(message.message_id, message.sequence_number)
            self._sent_lately.remember(self._duplicate_key(message), first, now_us)
        self._on_event("sent", message)
        # SQS-11: a message may override a standard queue's delay, not a FIFO queue's.
        delay_us = (settings.delay_s if settings.fifo or delay_s is None else delay_s) * US_PER_S
        if delay_us:
            self._delayed.put(message.number, now_us + delay_us)
            self._becomes_visible_at(now_us + delay_us)
        else:
            self._show(message)
        return message.snapshot()

    def _duplicate_key(self, message: Message) -> tuple[str, str]:
        group_id = message.group_id if self._settings.deduplicates_by_group else None
        return group_id or "", message.deduplication_id or ""

    def _is_duplicate(self, message: Message) -> bool:
        first = self._sent_lately.find(self._duplicate_key(message), self._now_us())
        if first is not None:
            message.message_id, message.sequence_number = first
        return first is not None

    def receive(self, max_messages: int, visibility_timeout_s: int | None = None) -> list[Message]:
        """Up to ``max_messages`` visible messages, now in flight; those received too often are moved.

        Raises:
            QueueError: the timeout is out of range, or too many messages of a standard queue are in
                flight (OverLimit, SQS-17; a FIFO queue then gives nothing).
        """
        if visibility_timeout_s is None:
            visibility_timeout_s = self._settings.visibility_timeout_s
        check_between(visibility_timeout_s, "VisibilityTimeout", 0, MAXIMUM_VISIBILITY_TIMEOUT_S)
        self.settle()
        room = IN_FLIGHT_LIMIT - len(self._in_flight)
        if room <= 0 and not self._settings.fifo:
            raise QueueError("OverLimit", f"{IN_FLIGHT_LIMIT} messages are in flight, maximum allowed.")
        taken = self._take(min(max_messages, room))
        due_us = self._now_us() + visibility_timeout_s * US_PER_S
        received = [self._hand_out(message, due_us) for message in taken]
        if taken:
            self._becomes_visible_at(due_us)
        if not visibility_timeout_s:
            self.settle()
        return received

    def _take(self, room: int) -> list[Message]:
        """Take up to ``room`` messages off the shelf, and move those that were received too often."""
        redrive = self._settings.redrive
        target = redrive.target() if redrive else None
        taken: list[Message] = []
        exhausted: list[Message] = []
        message: Message | None = None
        while len(taken) < room and (number := self._shelf.take(message)) is not None:
            message = self._messages[number]
            if redrive and target and message.receive_count >= redrive.max_receive_count:  # SQS-04
                exhausted.append(message)
            else:
                taken.append(message)
        # Only now: the target could be this very queue.
        for message in exhausted:
            assert target is not None
            self._remove(message)
            self._on_event("moved", message, to=target.arn)
            target.accept(message, self.arn)
        return taken

    def _hand_out(self, message: Message, due_us: int) -> Message:
        message.receive_count += 1  # SQS-03
        message.received_us = self._now_us()
        if message.first_received_us is None:
            message.first_received_us = message.received_us
        message.receipt_handle = "AQEB" + self._ids.hex(f"sqs receipt handle {self.arn}", 64)
        self._handles[message.receipt_handle] = message.number
        if len(self._handles) >= 2 * HANDLES_KEPT:
            for handle in list(self._handles)[:-HANDLES_KEPT]:
                if self._handles[handle] not in self._messages:
                    del self._handles[handle]
        self._in_flight.put(message.number, due_us)
        self._shelf.hold(message)
        received = message.snapshot()
        self._on_event("received", received)
        return received

    def accept(self, message: Message, source_arn: str) -> None:
        """Take over a message that ``source_arn`` moves here.

        A standard queue counts retention from the original send, a FIFO queue from now (SQS-07).
        """
        self.settle()
        message.dead_letter_source_arn = source_arn
        message.receipt_handle = ""
        if self._settings.fifo:
            message.enqueued_us = self._now_us()
            # AWS: so that two messages that shared an id do not become one here.
            message.deduplication_id = message.message_id
        self._enqueue(message)
        self._show(message)

    def oldest_visible(self) -> Message | None:
        """The message that stands first, without receiving it; None if none can be received."""
        self.settle()
        number = self._shelf.first()
        return None if number is None else self._messages[number]

    def hand_over(self, message: Message) -> None:
        """Give a visible message away for good, as a move task does. SQS-10"""
        self._remove(message)

    def delete(self, receipt_handle: str) -> None:
        """Delete the message this handle was given out for, if the handle still stands for it.

        SQS-21: an old handle deletes nothing from a standard queue, and succeeds; in a FIFO queue a
        handle expires with its visibility timeout. SQS-22: deleting twice succeeds.

        Raises:
            QueueError: ReceiptHandleIsInvalid, or InvalidParameterValue for an expired FIFO handle.
        """
        self.settle()
        message = self._find(receipt_handle)
        if message is None:
            return
        latest = message.receipt_handle == receipt_handle
        if self._settings.fifo and not (latest and message.number in self._in_flight):
            raise invalid_value(receipt_handle, "ReceiptHandle", "The receipt handle has expired.")
        if latest:
            self._remove(message)
            self._last_deleted = message
            self._on_event("deleted", message)

    def redeliver(self) -> bool:
        """Have the message that was deleted last delivered once more, as at-least-once allows (SQS-01).

        False if there is none, and for a FIFO queue, where AWS rules it out.
        """
        message = self._last_deleted
        if message is None or self._settings.fifo:
            return False
        self.settle()
        self._last_deleted = None
        again = message.snapshot()
        self._enqueue(again)
        self._show(again)
        self._on_event("returned", again, duplicate=True)
        return True

    def change_visibility(self, receipt_handle: str, timeout_s: int) -> None:
        """Have the message become visible ``timeout_s`` from now; 0 means at once. SQS-02

        The whole time in flight, counted from this receive, is at most twelve hours.

        Raises:
            QueueError: no such handle, not in flight any more, or too long.
        """
        check_between(timeout_s, "VisibilityTimeout", 0, MAXIMUM_VISIBILITY_TIMEOUT_S)
        self.settle()
        message = self._find(receipt_handle)
        if message is None or message.receipt_handle != receipt_handle:
            reason = "Message does not exist or is not available for visibility timeout change."
            raise invalid_value(receipt_handle, "ReceiptHandle", reason)
        if message.number not in self._in_flight:
            raise QueueError("AWS.SimpleQueueService.MessageNotInflight", "The specified message isn't in flight.")
        assert message.received_us is not None
        due_us = self._now_us() + timeout_s * US_PER_S
        if due_us - message.received_us > MAXIMUM_VISIBILITY_TIMEOUT_S * US_PER_S:
            reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
            raise invalid_value(timeout_s, "VisibilityTimeout", reason)
        self._in_flight.put(message.number, due_us)
        self._becomes_visible_at(due_us)
        self.settle()

    def purge(self) -> None:
        """Delete every message, those in flight too. SQS-24

        Raises:
            QueueError: PurgeQueueInProgress, within 60 s of the last purge.
        """
        self.settle()
        now_us = self._now_us()
        if self._purged_us is not None and now_us - self._purged_us < PURGE_INTERVAL_S * US_PER_S:
            name = self.arn.rpartition(":")[2]
            raise QueueError(
                "AWS.SimpleQueueService.PurgeQueueInProgress",
                f"Only one PurgeQueue operation on {name} is allowed every {PURGE_INTERVAL_S} seconds.",
            )
        self._purged_us = now_us
        for message in list(self._messages.values()):
            self._remove(message)
            self._on_event("deleted", message, purged=True)

    def _find(self, receipt_handle: str) -> Message | None:
        number = self._handles.get(receipt_handle)
        if number is None:
            raise QueueError(
                "ReceiptHandleIsInvalid",
                "The input receipt handle is invalid.",
                batch_message=f'The input receipt handle "{receipt_handle}" is not a valid receipt handle.',
            )
        return self._messages.get(number)
