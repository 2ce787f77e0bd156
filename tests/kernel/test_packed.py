"""A packed list behaves as a list, and keeps what it is given."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from harness.kernel import packed
from harness.kernel.packed import Packed, Row


@dataclass(frozen=True)
class Item:
    """One thing to keep."""

    number: int
    value: Any


def as_row(item: Item) -> Row:
    return (item.number, item.value)


def from_row(row: Row) -> Item:
    return Item(*row)


def items(*values: Any) -> Packed[Item]:
    kept = Packed(as_row, from_row)
    kept += [Item(number, value) for number, value in enumerate(values)]
    return kept


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=4,
)
ENDS = st.none() | st.integers(-20, 20)


class AsAList(RuleBasedStateMachine):
    """Does the same to a packed list, of blocks of three, and to Python's."""

    def __init__(self) -> None:
        super().__init__()
        self.packed = Packed(as_row, from_row)
        self.plain: list[Item] = []
        self.made = 0
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(packed, "BLOCK", 3)

    def teardown(self) -> None:
        self.patch.undo()

    @rule(values=st.lists(VALUES, max_size=8))
    def add(self, values: list[Any]) -> None:
        new = [Item(self.made + number, value) for number, value in enumerate(values)]
        self.made += len(new)
        self.packed += new
        self.plain += new

    @rule(value=VALUES)
    def append(self, value: Any) -> None:
        self.made += 1
        self.packed.append(Item(self.made, value))
        self.plain.append(Item(self.made, value))

    @rule(count=st.integers(0, 10))
    def forget(self, count: int) -> None:
        self.packed.forget(count)
        del self.plain[:count]

    @rule(index=st.integers(-30, 30))
    def item(self, index: int) -> None:
        try:
            expected = self.plain[index]
        except IndexError:
            with pytest.raises(IndexError):
                self.packed[index]
        else:
            assert self.packed[index] == expected

    @rule(
        start=st.none() | st.integers(-20, 20), stop=st.none() | st.integers(-20, 20), step=st.sampled_from([1, 2, -1])
    )
    def part(self, start: int | None, stop: int | None, step: int) -> None:
        assert self.packed[start:stop:step] == self.plain[start:stop:step]

    @rule(before=st.integers(0, 20), more=st.integers(0, 8))
    def iterated_while_it_grows(self, before: int, more: int) -> None:
        def read(kept: Any) -> list[Item]:
            seen = []
            for place, item in enumerate(kept):
                seen.append(item)
                if place == before:
                    for number in range(more):
                        kept.append(Item(self.made + number, "more"))
            return seen

        assert read(self.packed) == read(self.plain)
        self.made += more

    @invariant()
    def same(self) -> None:
        assert list(self.packed) == self.plain
        assert list(reversed(self.packed)) == self.plain[::-1]
        assert self.packed == self.plain
        assert (len(self.packed), bool(self.packed)) == (len(self.plain), bool(self.plain))
        assert list(self.packed.rows()) == [as_row(item) for item in self.plain]
        assert repr(self.packed) == repr(self.plain)


TestAsAList = AsAList.TestCase
TestAsAList.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


class Text(str):
    """A text that is more than a text."""

    __slots__ = ()


@pytest.mark.parametrize("value", [datetime(2026, 1, 1, tzinfo=UTC), Text("a"), (1, [lambda: 1]), object()])
def test_what_python_has_not_built_in_stays_the_very_object(value: Any) -> None:
    kept = items(*[value] * 3 * packed.BLOCK)
    assert kept[0].value is value
    assert type(kept[0].value) is type(value)


@pytest.mark.parametrize("value", [True, 1, 1.0, "\ud800", b"a", bytearray(b"a"), (1, [2]), {"b": 1, "a": {2}}])
def test_what_is_packed_has_the_types_it_had(value: Any) -> None:
    kept = items(*[value] * 3 * packed.BLOCK)
    assert repr(kept[0].value) == repr(value)


def test_what_cannot_be_walked_to_its_end_stays_as_it_is() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    kept = items(*[deep] * 3 * packed.BLOCK)
    assert kept[0].value is deep


def test_the_collector_walks_the_newest_only() -> None:
    kept = items(*([number] for number in range(10 * packed.BLOCK)))
    before = len(gc.get_objects())
    del kept
    assert before - len(gc.get_objects()) < 5 * packed.BLOCK


def test_another_list_that_says_the_same_is_equal() -> None:
    assert items(1, 2) == items(1, 2)
    assert items(1, 2) != items(1, 3)
    assert items(1, 2) != items(1)
    assert items() != ()
