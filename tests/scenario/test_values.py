from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from harness.scenario.values import Duration, parse_duration, parse_pattern, parse_size


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("250ms", 250_000),
        ("30s", 30_000_000),
        ("5m", 300_000_000),
        ("1m30s", 90_000_000),
        ("2h", 7_200_000_000),
        ("1d", 86_400_000_000),
        ("0s", 0),
        ("1d2h3m4s5ms", 93_784_005_000),
    ],
)
def test_a_duration_is_whole_microseconds(text: str, us: int) -> None:
    assert parse_duration(text) == Duration(us)


@pytest.mark.parametrize(
    "value",
    ["30", 30, -5, "-5s", "5 parsecs", "soon", "", "s", "1.5s", "30s1m", "1s1s", "1m 30s", True, None, [], "٣s"],
)
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_duration(value)


@given(st.integers(min_value=0, max_value=36_500 * 86_400_000))
def test_a_duration_in_words_means_the_same_duration(ms: int) -> None:
    duration = Duration(ms * 1000)
    assert parse_duration(str(duration)) == duration


def test_a_duration_of_microseconds_still_has_words() -> None:
    assert str(Duration(1_000_250)) == "1s250us"


@pytest.mark.parametrize(
    ("value", "size"),
    [("1MB", 1_000_000), ("256KiB", 262_144), ("1 GiB", 2**30), ("7B", 7), (0, 0), (262_145, 262_145)],
)
def test_a_size_is_bytes(value: object, size: int) -> None:
    assert parse_size(value) == size


@pytest.mark.parametrize("value", ["1", "1mb", "1KiBB", -1, 1.5, True, None, "MB"])
def test_what_is_no_size_is_refused(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_size(value)


def test_a_pattern_of_500_characters_is_the_longest() -> None:
    assert parse_pattern("a" * 500) == "a" * 500
    with pytest.raises(PydanticCustomError):
        parse_pattern("a" * 501)
