from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.vendor.sqs_message import Message
from harness.vendor.sqs_shelf import KeyedHeap, StandardShelf


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9) | st.none())))
def test_a_keyed_heap_gives_what_sorting_gives(steps: list[tuple[int, int | None]]) -> None:
    heap: KeyedHeap[int] = KeyedHeap()
    known: dict[int, int] = {}
    for key, priority in steps:
        if priority is None:
            assert heap.discard(key) == (known.pop(key, None) is not None)
        else:
            heap.put(key, priority)
            known[key] = priority
        assert len(heap) == len(known)
        assert heap.first() == min(((p, k) for k, p in known.items()), default=None)
    assert [heap.pop() for _ in range(len(known))] == [k for _, k in sorted((p, k) for k, p in known.items())]
    assert heap.pop() is None


@pytest.mark.parametrize("order", [range(10_000), range(10_000, 0, -1)], ids=["in order", "backwards"])
def test_a_keyed_heap_forgets_keys_that_are_gone(order: range) -> None:
    heap: KeyedHeap[int] = KeyedHeap()
    for key in order:
        heap.put(key, key)
        heap.discard(key)
    assert len(heap._heap) + len(heap._in_order) < 100


def test_sqs_01_a_younger_message_may_overtake_the_older_ones() -> None:
    asked = []

    def overtakes(visible: int) -> int:
        asked.append(visible)
        return visible - 1

    shelf = StandardShelf(overtakes)
    for number in (1, 2, 3):
        shelf.put(Message("", "", 0, 0, number=number))
    assert [shelf.take(None) for _ in range(4)] == [3, 2, 1, None]
    assert asked == [3, 2], "the last has nobody to overtake"
    assert not shelf.receivable
