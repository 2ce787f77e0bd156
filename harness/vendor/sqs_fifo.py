"""This file decides what is different in a FIFO queue: groups, and duplicates within five minutes.

Groups (SQS-20): messages of one group are handed out in the order of sending; while one of them is in
flight the others wait. One receive may take several messages of a group, and takes from one group as
long as it can before it goes to the next.

Duplicates (SQS-18): an id is remembered for five minutes from the first send, whatever happens to that
message.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from harness.kernel.clock import US_PER_S
from harness.vendor.sqs_message import Message
from harness.vendor.sqs_shelf import KeyedHeap

DEDUPLICATION_INTERVAL_S = 300

# AWS's numbers have 20 digits, increase, and are not consecutive. SQS-19
_FIRST_SEQUENCE_NUMBER = 18_860_000_000_000_000_000
_SEQUENCE_STEP = 256


def sequence_number(number: int) -> str:
    """The public sequence number of the queue's ``number``-th message."""
    return str(_FIRST_SEQUENCE_NUMBER + number * _SEQUENCE_STEP)


class _Group:
    __slots__ = ("in_flight", "visible")

    def __init__(self) -> None:
        self.visible: KeyedHeap[int] = KeyedHeap()
        self.in_flight = 0


class FifoShelf:
    """The visible messages by group; groups with a message in flight are closed."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        # Open groups, by the number of the message at their head.
        self._open: KeyedHeap[str] = KeyedHeap()
        self._size = 0

    def put(self, message: Message) -> None:
        """The message has become visible."""
        self._group(message).visible.put(message.number, message.number)
        self._size += 1
        self._refresh(_group_id(message))

    def take(self, previous: Message | None) -> int | None:
        """The next message of the previous one's group, else the head of the group that waits longest."""
        if previous is not None and _group_id(previous) in self._open:
            group_id = _group_id(previous)
        else:
            entry = self._open.first()
            if entry is None:
                return None
            group_id = entry[1]
        number = self._groups[group_id].visible.pop()
        self._size -= 1
        self._refresh(group_id)
        return number

    def first(self) -> int | None:
        """The number at the head of the group that waits longest, of those that are open."""
        entry = self._open.first()
        return None if entry is None else entry[0]

    def discard(self, message: Message) -> None:
        """The message is gone; it need not have been here."""
        self._size -= self._group(message).visible.discard(message.number)
        self._refresh(_group_id(message))

    def hold(self, message: Message) -> None:
        """A taken message is in flight now: its group closes."""
        self._group(message).in_flight += 1
        self._refresh(_group_id(message))

    def release(self, message: Message) -> None:
        """A held message is no longer in flight: its group opens if it was the last."""
        self._group(message).in_flight -= 1
        self._refresh(_group_id(message))

    @property
    def receivable(self) -> bool:
        """Whether a group is open."""
        return len(self._open) > 0

    def _group(self, message: Message) -> _Group:
        group = self._groups.get(_group_id(message))
        if group is None:
            group = self._groups[_group_id(message)] = _Group()
        return group

    def _refresh(self, group_id: str) -> None:
        group = self._groups[group_id]
        head = group.visible.first()
        if head is not None and not group.in_flight:
            self._open.put(group_id, head[1])
            return
        self._open.discard(group_id)
        if head is None and not group.in_flight:
            del self._groups[group_id]

    def __len__(self) -> int:
        return self._size


def _group_id(message: Message) -> str:
    assert message.group_id is not None
    return message.group_id


class FirstSend(NamedTuple):
    """What SQS answers again when the same message is sent twice."""

    message_id: str
    sequence_number: str | None


class DeduplicationWindow:
    """The deduplication ids of the last five minutes."""

    def __init__(self) -> None:
        self._sends: dict[tuple[str, str], FirstSend] = {}
        self._in_order: deque[tuple[int, tuple[str, str]]] = deque()

    def find(self, key: tuple[str, str], now_us: int) -> FirstSend | None:
        """The first send with this key, if it is less than five minutes old."""
        while self._in_order and self._in_order[0][0] <= now_us:
            del self._sends[self._in_order.popleft()[1]]
        return self._sends.get(key)

    def remember(self, key: tuple[str, str], send: FirstSend, now_us: int) -> None:
        """Note a first send."""
        self._sends[key] = send
        self._in_order.append((now_us + DEDUPLICATION_INTERVAL_S * US_PER_S, key))
