from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.scenario.matchers import (
    MISSING,
    CountMatcher,
    DurationMatcher,
    Matcher,
    SizeMatcher,
    TextMatcher,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)

HOLDS: list[tuple[Any, Any]] = [
    (3, 3),
    (3, 3.0),
    (None, None),
    ([1, {"a": True}], [1, {"a": True}]),
    ({"a": 1}, {"a": 1}),
    ({"equals": {"contains": 1}}, {"contains": 1}),
    ({"contains": "b"}, "abc"),
    ({"contains": 2}, [1, 2]),
    ({"contains": "k"}, {"k": 1}),
    ({"contains": {"k": 1}}, {"k": 1, "l": 2}),
    ({"starts_with": "a", "ends_with": "c"}, "abc"),
    ({"matches": "^a.c$"}, "abc"),
    ({"one_of": [1, "x"]}, "x"),
    ({"at_least": 1, "at_most": 2.5}, 2),
    ({"exists": True}, ""),
    ({"exists": False}, None),
    ({"exists": False}, MISSING),
    ({"length": 2}, [1, 2]),
    ({"length": {"at_least": 3}}, "abc"),
    ({"not": "x"}, "y"),
    ({"not": {"contains": "x"}}, MISSING),
]

FAILS: list[tuple[Any, Any, str]] = [
    (3, 4, "it is 4 and should be 3"),
    (1, True, "it is true and should be 1"),
    ("1", 1, 'it is 1 and should be "1"'),
    ([1], [1, 1], "it is [1, 1] and should be [1]"),
    ({"a": 1}, {"a": 1, "b": 2}, 'it is {"a": 1, "b": 2} and should be {"a": 1}'),
    ({"contains": "x"}, "abc", 'it is "abc" and should contain "x"'),
    ({"contains": 1}, "1", 'it is "1" and should contain 1'),
    ({"contains": "x"}, 12, 'it is 12 and should contain "x"'),
    ({"starts_with": "b"}, "abc", 'it is "abc" and should start with "b"'),
    ({"ends_with": "b"}, ["b"], 'it is ["b"] and should end with "b"'),
    ({"matches": "^b"}, "abc", 'it is "abc" and should match "^b"'),
    ({"one_of": [1, "x"]}, 2, 'it is 2 and should be one of 1, "x"'),
    ({"at_least": 3}, 2, "it is 2 and should be at least 3"),
    ({"at_most": 3}, "2", 'it is "2" and should be at most 3'),
    ({"at_least": 0}, True, "it is true and should be at least 0"),
    ({"exists": True}, None, "it is null and should exist"),
    ({"exists": False}, 0, "it is 0 and should not exist"),
    ({"equals": 1}, MISSING, "there is no value and it should be 1"),
    ({"length": 2}, "abc", "it has a length of 3 and should have a length that is 2"),
    ({"length": 2}, 5, "it is 5 and should have a length that is 2"),
    ({"not": {"contains": "b"}}, "abc", 'it is "abc" and should not contain "b"'),
    ({"not": {"not": 1}}, 2, "it is 2 and should be 1"),
]


@pytest.mark.parametrize(("written", "value"), HOLDS)
def test_a_matcher_holds(written: Any, value: Any) -> None:
    assert Matcher.model_validate(written).check(value) is None


@pytest.mark.parametrize(("written", "value", "sentence"), FAILS)
def test_a_matcher_that_does_not_hold_says_why_in_one_sentence(written: Any, value: Any, sentence: str) -> None:
    assert Matcher.model_validate(written).check(value) == sentence


@given(JSON)
def test_every_json_value_equals_itself(value: Any) -> None:
    matcher = Matcher.model_validate({"equals": value})
    assert matcher.check(value) is None
    assert Matcher.model_validate({"not": {"equals": value}}).check(value) is not None
    assert matcher.explain().startswith("is ")


def test_a_matcher_explains_itself_in_words() -> None:
    written = {"contains": "a", "ends_with": "b", "not": {"matches": "c"}, "length": {"at_most": 9}}
    words = 'contains "a" and ends with "b" and has a length that is at most 9 and does not match "c"'
    assert TextMatcher.model_validate(written).explain() == words
    assert Matcher.model_validate({"exists": False}).explain() == "does not exist"
    assert Matcher.model_validate({"not": {"at_least": 2}}).explain() == "is not at least 2"


def test_not_of_two_operators_says_that_they_must_not_both_hold() -> None:
    matcher = Matcher.model_validate({"not": {"at_least": 1, "at_most": 3}})
    assert matcher.check(4) is None
    assert matcher.check(2) == "it is 2 and should not both be at least 1 and be at most 3"


def test_a_long_value_is_cut_in_the_sentence() -> None:
    sentence = TextMatcher.model_validate("x").check("y" * 5000)
    assert sentence is not None
    assert len(sentence) < 300
    assert "(5002 characters)" in sentence


def test_durations_are_compared_in_microseconds_and_told_as_durations() -> None:
    matcher = DurationMatcher.model_validate({"at_least": "30s", "at_most": "1m"})
    assert matcher.check(45_000_000) is None
    assert matcher.check(90_000_000) == "it is 1m30s and should be at most 1m"
    assert matcher.explain() == "is at least 30s and is at most 1m"
    assert DurationMatcher.model_validate({"not": "30s"}).check(30_000_000) == "it is 30s and should not be 30s"


def test_sizes_are_told_in_bytes() -> None:
    matcher = SizeMatcher.model_validate({"at_least": "1MB"})
    assert matcher.check(999_999) == "it is 999999 bytes and should be at least 1000000 bytes"
    assert SizeMatcher.model_validate("1KiB").check(1024) is None


@pytest.mark.parametrize(
    "written", ["three", 1.5, True, None, -1, {}, {"contains": 1}, {"one_of": []}, {"equals": None}]
)
def test_a_count_is_a_whole_number_from_0(written: Any) -> None:
    with pytest.raises(ValidationError):
        CountMatcher.model_validate(written)


@pytest.mark.parametrize("written", [1, None, ["a"], {}, {"at_least": 1}, {"matches": "("}, {"matches": "a" * 501}])
def test_a_text_matcher_takes_texts_only(written: Any) -> None:
    with pytest.raises(ValidationError):
        TextMatcher.model_validate(written)


def test_a_mapping_that_looks_like_a_misspelt_operator_is_refused() -> None:
    with pytest.raises(ValidationError):
        Matcher.model_validate({"contain": "x"})
    assert Matcher.model_validate({"equals": {"contain": "x"}}).check({"contain": "x"}) is None


def test_an_operator_beside_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError):
        Matcher.model_validate({"contains": "x", "total": 1})
