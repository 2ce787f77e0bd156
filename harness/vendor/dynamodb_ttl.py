"""This file decides when a table's time to live deletes an item: at the second that its attribute names.

AWS says "within a few days" of it; here the item goes at once, on a background timer, so that it happens when time
passes and never keeps time running. An attribute that is no number, or names a time more than five years ago, deletes
nothing. It knows no table: ``on_expired`` is told which item is due and what wrote it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel
from harness.kernel.timers import Timer
from harness.vendor.dynamodb_records import Image
from harness.vendor.sqs_shelf import KeyedHeap

_TOO_OLD_US = to_us(5 * 365 * 86_400)


class TimeToLive:
    """The expiry of one table's items; ``attribute`` is None while it is switched off."""

    def __init__(self, kernel: Kernel, on_expired: Callable[[str, int | None], None]) -> None:
        self.attribute: str | None = None
        self._kernel = kernel
        self._on_expired = on_expired
        self._due: KeyedHeap[str] = KeyedHeap()
        self._written_by: dict[str, int | None] = {}
        self._timer: Timer | None = None

    def note(self, key: str, item: Image | None, cause: int | None) -> None:
        """The item of this key is this from now on; None: there is none."""
        due_us = self._due_us(item)
        if due_us is None:
            self._due.discard(key)
            self._written_by.pop(key, None)
        else:
            self._due.put(key, due_us)
            self._written_by[key] = cause
        self._plan()

    def stop(self) -> None:
        """Expire nothing more."""
        self.attribute = None
        self._due = KeyedHeap()
        self._written_by.clear()
        self._plan()

    def _due_us(self, item: Image | None) -> int | None:
        if item is None or self.attribute is None or "N" not in item.get(self.attribute, {}):
            return None
        due_us = int(Decimal(item[self.attribute]["N"])) * US_PER_S
        return due_us if due_us > self._kernel.clock.now_us - _TOO_OLD_US else None

    def _plan(self) -> None:
        first = self._due.first()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._kernel.call_at(first[0], self._expire, background=True) if first is not None else None

    def _expire(self) -> None:
        self._timer = None
        while (first := self._due.first()) is not None and first[0] <= self._kernel.clock.now_us:
            self._due.pop()
            self._on_expired(first[1], self._written_by.pop(first[1], None))
        self._plan()
