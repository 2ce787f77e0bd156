"""This file decides how a long past is kept: the newest items as they are, what came before them in packed blocks.

A burst leaves millions of small records behind, which are hardly ever read and say much the same. Each block holds the
plain values of some hundred items, column by column, pickled and compressed: a tenth of the room, and nothing in it for
the cycle collector to walk. An item that is read is made anew, equal to the one that was put in. A block with a value
of another type than those that Python has built in stays as it is, since a copy might differ.
"""

from __future__ import annotations

import io
import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Never, SupportsIndex, TypeVar, overload

T = TypeVar("T")
Row = tuple[Any, ...]

BLOCK = 512

# Who follows causes goes back and forth between a few blocks.
_UNPACKED_KEPT = 4


class Packed(Sequence[T]):
    """A list that grows at its end and may lose its beginning.

    ``as_row`` says what an item is made of, always as many values; ``from_row`` makes it of them.
    """

    __slots__ = ("_as_row", "_blocks", "_forgotten", "_from_row", "_newest", "_unpacked")

    def __init__(self, as_row: Callable[[T], Row], from_row: Callable[[Row], T]) -> None:
        self._as_row = as_row
        self._from_row = from_row
        self._blocks: list[bytes | list[Row]] = []
        self._newest: list[T] = []
        # How many items at the beginning of the first block are gone.
        self._forgotten = 0
        self._unpacked: dict[int, list[Row]] = {}

    def append(self, item: T) -> None:
        """Put an item at the end."""
        self._newest.append(item)
        if len(self._newest) >= 2 * BLOCK:
            self._pack()

    def __iadd__(self, items: Iterable[T]) -> Packed[T]:
        for item in items:
            self.append(item)
        return self

    def forget(self, count: int) -> None:
        """Lose the first ``count`` items."""
        self._forgotten += min(count, len(self))
        whole = min(self._forgotten // BLOCK, len(self._blocks))
        if whole:
            del self._blocks[:whole]
            self._forgotten -= whole * BLOCK
            self._unpacked.clear()
        if not self._blocks:
            del self._newest[: self._forgotten]
            self._forgotten = 0

    def rows(self) -> Iterator[Row]:
        """What each item is made of, for who wants few of them."""
        forgotten = self._forgotten
        for block in self._blocks:
            rows = _unpack(block)
            yield from rows[forgotten:] if forgotten else rows
            forgotten = 0
        yield from map(self._as_row, self._newest[forgotten:])

    def make(self, row: Row) -> T:
        """The item that is made of this."""
        return self._from_row(row)

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK + len(self._newest) - self._forgotten

    @overload
    def __getitem__(self, index: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, index: slice[Any, Any, Any]) -> list[T]: ...
    def __getitem__(self, index: SupportsIndex | slice[Any, Any, Any]) -> T | list[T]:
        if isinstance(index, slice):
            return [self._at(i) for i in range(len(self))[index]]
        return self._at(range(len(self))[index])

    def __iter__(self) -> Iterator[T]:
        at = 0
        while at < len(self):
            block, place = divmod(at + self._forgotten, BLOCK)
            if block >= len(self._blocks):
                yield self._at(at)
                at += 1
                continue
            for row in islice(self._rows_of(block), place, None):
                yield self._from_row(row)
                at += 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list | Packed):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))

    def _at(self, index: int) -> T:
        block, place = divmod(index + self._forgotten, BLOCK)
        if block < len(self._blocks):
            return self._from_row(self._rows_of(block)[place])
        return self._newest[index + self._forgotten - len(self._blocks) * BLOCK]

    def _rows_of(self, block: int) -> list[Row]:
        rows = self._unpacked.get(block)
        if rows is None:
            if len(self._unpacked) >= _UNPACKED_KEPT:
                del self._unpacked[next(iter(self._unpacked))]
            rows = self._unpacked[block] = _unpack(self._blocks[block])
        return rows

    def _pack(self) -> None:
        self._blocks.append(_packed(list(map(self._as_row, self._newest[:BLOCK]))))
        del self._newest[:BLOCK]


class _OnlyPlain(pickle.Pickler):
    """Asked for anything but what Python has built in, it gives up."""

    def reducer_override(self, value: Any) -> Never:
        raise pickle.PicklingError(f"a {type(value).__name__}")


def _packed(rows: list[Row]) -> bytes | list[Row]:
    file = io.BytesIO()
    try:
        _OnlyPlain(file, pickle.HIGHEST_PROTOCOL).dump(tuple(zip(*rows, strict=True)))
    except (pickle.PicklingError, RecursionError):
        return rows
    return zlib.compress(file.getbuffer(), level=1)


def _unpack(block: bytes | list[Row]) -> list[Row]:
    if isinstance(block, list):
        return block
    # Written by ``_packed``, in this process.
    return list(zip(*pickle.loads(zlib.decompress(block)), strict=True))
