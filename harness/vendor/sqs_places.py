"""This file decides where each message of a queue stands, and what the clock does to it.

A message is in exactly one place: delayed, visible, in flight, or gone (deleted, moved, expired,
purged). Delays, visibility timeouts and retention end by the clock, but nothing here sets a timer:
every operation first settles what the clock has done since the last, and ``on_due`` announces when the
next such thing falls due, so that whoever keeps time can call ``settle`` at that very moment. A queue
nobody looks at therefore keeps nothing going.

The order of settling: what expires goes first, then delays end, then visibility timeouts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from harness.kernel.clock import US_PER_S
from harness.vendor.sqs_fifo import FifoShelf
from harness.vendor.sqs_message import Message
from harness.vendor.sqs_shelf import KeyedHeap, Overtakes, Shelf, StandardShelf, overtakes_none

if TYPE_CHECKING:
    from harness.vendor.sqs_engine import QueueEngine


class Waiters(Protocol):
    """Whoever waits for the queue; a kernel's ``WaitList`` is one."""

    def wake(self) -> int:
        """Have them look again."""

    def wait(self, reason: str, timeout_s: float | None = None, *, background: bool = False) -> bool:
        """Wait to be woken; False if ``timeout_s`` passed first."""


class OnEvent(Protocol):
    """Told of "sent", "received", "deleted", "returned", "moved" and "expired", in order."""

    def __call__(self, what: str, message: Message, **detail: Any) -> None:
        """``detail`` is what only this kind of event has."""


@dataclass(frozen=True, slots=True)
class Redrive:
    """Where messages go that were received too often. ``target`` finds nothing once that queue is deleted."""

    max_receive_count: int
    target: Callable[[], QueueEngine | None]


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What a queue's attributes say, as far as its messages depend on it."""

    visibility_timeout_s: int = 30
    delay_s: int = 0
    retention_s: int = 345_600
    maximum_message_size_bytes: int = 1_048_576
    fifo: bool = False
    content_based_deduplication: bool = False
    # FIFO: ids are compared within a message group only, not in the whole queue.
    deduplicates_by_group: bool = False
    redrive: Redrive | None = None


class Places:
    """The messages of one queue, each in its place.

    ``waiters`` are woken when a message can be received at once, when the time of the next one is earlier
    than it was, and when nothing is delayed or in flight any more; waking does not promise a message to each.
    """

    def __init__(
        self,
        arn: str,
        settings: QueueSettings,
        *,
        now_us: Callable[[], int],
        waiters: Waiters,
        on_event: OnEvent,
        on_due: Callable[[int], None],
        overtakes: Overtakes = overtakes_none,
    ) -> None:
        self.arn = arn
        self.waiters = waiters
        self._settings = settings
        self._now_us = now_us
        self._on_event = on_event
        self._on_due = on_due
        self._last_number = 0
        self._messages: dict[int, Message] = {}
        self._shelf: Shelf = FifoShelf() if settings.fifo else StandardShelf(overtakes)
        # Due times of the delayed and the in-flight; enqueue times of all.
        self._delayed: KeyedHeap[int] = KeyedHeap()
        self._in_flight: KeyedHeap[int] = KeyedHeap()
        self._by_age: KeyedHeap[int] = KeyedHeap()

    # -- settings ---------------------------------------------------------------------------------

    @property
    def settings(self) -> QueueSettings:
        """What the queue's attributes say now."""
        return self._settings

    @settings.setter
    def settings(self, settings: QueueSettings) -> None:
        self.settle()
        delay_changed = settings.delay_s != self._settings.delay_s
        self._settings = settings
        if settings.fifo and delay_changed:
            self._delay_again()
        self.settle()
        due_us = self.next_due_us()
        if due_us is not None:
            self._on_due(due_us)

    def _delay_again(self) -> None:
        # A FIFO queue's new delay applies to messages that are delayed already: else they would overtake.
        for number, message in self._messages.items():
            if number in self._delayed:
                self._delayed.put(number, message.sent_us + self._settings.delay_s * US_PER_S)

    @property
    def visibility_timeout_s(self) -> int:
        """How long a received message stays invisible unless the receive says otherwise."""
        return self._settings.visibility_timeout_s

    # -- counts -----------------------------------------------------------------------------------

    @property
    def visible_count(self) -> int:
        """Messages that are neither delayed nor in flight. SQS-23"""
        self.settle()
        return len(self._shelf)

    @property
    def in_flight_count(self) -> int:
        """Messages received and neither deleted nor visible again."""
        self.settle()
        return len(self._in_flight)

    @property
    def delayed_count(self) -> int:
        """Messages whose delay has not ended."""
        self.settle()
        return len(self._delayed)

    def oldest_us(self) -> int | None:
        """Since when the oldest message lies here, wherever it stands; None if there is none."""
        self.settle()
        entry = self._by_age.first()
        return entry[0] if entry else None

    def contents(self) -> list[Message]:
        """Copies of all messages, wherever they stand, in the queue's order."""
        self.settle()
        return [self._messages[number].snapshot() for number in sorted(self._messages)]

    def peek(self) -> list[Message]:
        """Copies of the messages that nobody holds, visible or delayed, without receiving them."""
        return [message for message in self.contents() if message.number not in self._in_flight]

    # -- time -------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Do what the clock has brought since the last look."""
        now_us = self._now_us()
        oldest_us = now_us - self._settings.retention_s * US_PER_S
        while (entry := self._by_age.first()) and entry[0] <= oldest_us:
            message = self._messages[entry[1]]
            self._remove(message)
            self._on_event("expired", message)
        while (entry := self._delayed.first()) and entry[0] <= now_us:
            self._delayed.discard(entry[1])
            self._show(self._messages[entry[1]])
        while (entry := self._in_flight.first()) and entry[0] <= now_us:
            self._return(self._messages[entry[1]])

    def next_visible_us(self) -> int | None:
        """When the next delayed or in-flight message becomes visible, or None if there is none."""
        self.settle()
        dues = [entry[0] for entry in (self._delayed.first(), self._in_flight.first()) if entry]
        return min(dues, default=None)

    def next_due_us(self) -> int | None:
        """When the clock next changes something here: a message becomes visible, or expires."""
        dues = [entry[0] for entry in (self._delayed.first(), self._in_flight.first()) if entry]
        oldest = self._by_age.first()
        if oldest:
            dues.append(oldest[0] + self._settings.retention_s * US_PER_S)
        return min(dues, default=None)

    def _becomes_visible_at(self, due_us: int) -> None:
        """A message was delayed or is in flight until then."""
        self._on_due(due_us)
        earliest_us = min(entry[0] for entry in (self._delayed.first(), self._in_flight.first()) if entry)
        if due_us <= earliest_us:
            # Who waits until the next message is visible must look again when that is.
            self.waiters.wake()

    # -- from place to place ----------------------------------------------------------------------

    def _enqueue(self, message: Message) -> None:
        self._last_number += 1
        message.number = self._last_number
        self._messages[message.number] = message
        self._by_age.put(message.number, message.enqueued_us)
        self._on_due(message.enqueued_us + self._settings.retention_s * US_PER_S)

    def _show(self, message: Message) -> None:
        self._shelf.put(message)
        if self._shelf.receivable:
            self.waiters.wake()

    def _return(self, message: Message) -> None:
        self._in_flight.discard(message.number)
        self._shelf.release(message)
        self._show(message)
        self._on_event("returned", message)
        if not self._in_flight and not self._delayed:
            self.waiters.wake()

    def _remove(self, message: Message) -> None:
        number = message.number
        del self._messages[number]
        self._by_age.discard(number)
        self._shelf.discard(message)
        if self._in_flight.discard(number):
            self._shelf.release(message)
            # A FIFO group may have been waiting for this one.
            freed = self._settings.fifo and self._shelf.receivable
        elif self._delayed.discard(number):
            freed = False
        else:
            return
        if freed or not (self._in_flight or self._delayed):
            self.waiters.wake()
