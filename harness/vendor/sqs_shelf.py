"""This file decides the order in which a standard queue's visible messages are handed out: oldest first.

AWS promises best effort only (SQS-01); oldest first is the plain case, and ``Overtakes`` may say otherwise. The
shelf holds numbers, not messages: the engine owns those. ``KeyedHeap`` is the one data structure below the engine: the
smallest priority first, removal of any key, in O(log n), and in O(1) for what comes in order, as most messages do.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from harness.vendor.sqs_message import Message

K = TypeVar("K", int, str)

# Given how many messages are visible: how many older ones the next to be handed out overtakes.
Overtakes = Callable[[int], int]


def overtakes_none(visible: int) -> int:
    """The oldest goes first."""
    return 0


class KeyedHeap(Generic[K]):
    """Keys with a priority each. Ties go by key, so the order never depends on identity."""

    def __init__(self) -> None:
        self._priority: dict[K, int] = {}
        # Entries that came in order, and the others. Those of keys that are gone, or have another priority now, stay
        # until they come up.
        self._in_order: deque[tuple[int, K]] = deque()
        self._heap: list[tuple[int, K]] = []

    def put(self, key: K, priority: int) -> None:
        """Add the key, or give it a new priority."""
        if self._priority.get(key) == priority:
            return
        self._priority[key] = priority
        entry = (priority, key)
        if not self._in_order or entry > self._in_order[-1]:
            self._in_order.append(entry)
        else:
            heapq.heappush(self._heap, entry)
        self._compact()

    def discard(self, key: K) -> bool:
        """Take the key away; False if it was not there."""
        return self._priority.pop(key, None) is not None

    def first(self) -> tuple[int, K] | None:
        """The smallest priority and its key, or None."""
        priority, in_order, heap = self._priority, self._in_order, self._heap
        while in_order and priority.get(in_order[0][1]) != in_order[0][0]:
            in_order.popleft()
        while heap and priority.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        if in_order and heap:
            return min(in_order[0], heap[0])
        return in_order[0] if in_order else heap[0] if heap else None

    def pop(self) -> K | None:
        """Take the key with the smallest priority, or None."""
        entry = self.first()
        if entry is None:
            return None
        # Its entry has come up, and goes with the next look.
        del self._priority[entry[1]]
        return entry[1]

    def pop_after(self, count: int) -> K:
        """Take the key that ``count`` others go before; there must be that many."""
        key = sorted((priority, key) for key, priority in self._priority.items())[count][1]
        self.discard(key)
        return key

    def _compact(self) -> None:
        # Retention comes up after days, so without this a long run would keep an entry for every message it ever saw.
        if len(self._in_order) + len(self._heap) > 2 * len(self._priority) + 64:
            self._in_order = deque(sorted((priority, key) for key, priority in self._priority.items()))
            self._heap = []

    def __len__(self) -> int:
        return len(self._priority)

    def __contains__(self, key: K) -> bool:
        return key in self._priority


class Shelf(Protocol):
    """The visible messages of one queue."""

    def put(self, message: Message) -> None:
        """The message has become visible."""

    def take(self, previous: Message | None) -> int | None:
        """Take the number of the next message that may be received; ``previous`` went before in this call."""

    def first(self) -> int | None:
        """The number of the message that stands first, which stays; None if none may be received."""

    def discard(self, message: Message) -> None:
        """The message is gone; it need not have been here."""

    def hold(self, message: Message) -> None:
        """A taken message is in flight now."""

    def release(self, message: Message) -> None:
        """A held message is no longer in flight."""

    @property
    def receivable(self) -> bool:
        """Whether ``take`` would find something."""

    def __len__(self) -> int: ...


class StandardShelf:
    """Oldest first, unless ``overtakes`` says otherwise; a message that comes back stands where it stood."""

    def __init__(self, overtakes: Overtakes = overtakes_none) -> None:
        self._numbers: KeyedHeap[int] = KeyedHeap()
        self._overtakes = overtakes

    def put(self, message: Message) -> None:
        """The message has become visible."""
        self._numbers.put(message.number, message.number)

    def take(self, previous: Message | None) -> int | None:
        """The number of the oldest visible message, or of the one that overtakes it."""
        overtaken = self._overtakes(len(self._numbers)) if len(self._numbers) > 1 else 0
        return self._numbers.pop_after(overtaken) if overtaken else self._numbers.pop()

    def first(self) -> int | None:
        """The oldest visible message's number, whichever overtakes it."""
        entry = self._numbers.first()
        return None if entry is None else entry[1]

    def discard(self, message: Message) -> None:
        """The message is gone; it need not have been here."""
        self._numbers.discard(message.number)

    def hold(self, message: Message) -> None:
        """Nothing: in a standard queue no message waits for another."""

    def release(self, message: Message) -> None:
        """Nothing: in a standard queue no message waits for another."""

    @property
    def receivable(self) -> bool:
        """Whether anything is visible."""
        return len(self._numbers) > 0

    def __len__(self) -> int:
        return len(self._numbers)
