from __future__ import annotations

import pytest

from harness.deliver.patterns import matches, matches_attributes


def string(value):
    return {"Type": "String", "Value": value}


@pytest.mark.parametrize(
    ("rules", "value", "expected"),
    [
        (["a"], "a", True),
        (["a"], "b", False),
        (["a", "b"], "b", True),
        ([1], 1.0, True),
        ([1], "1", False),
        ([True], True, True),
        ([1], True, False),
        ([None], None, True),
        ([{"prefix": "a"}], "abc", True),
        ([{"prefix": "a"}], 5, False),
        ([{"suffix": "c"}], "abc", True),
        ([{"equals-ignore-case": "ABC"}], "abc", True),
        ([{"wildcard": "a*c"}], "abbc", True),
        ([{"wildcard": "a*c"}], "abbd", False),
        ([{"cidr": "10.0.0.0/24"}], "10.0.0.7", True),
        ([{"cidr": "10.0.0.0/24"}], "not an address", False),
        ([{"numeric": [">", 0, "<=", 5]}], 5, True),
        ([{"numeric": [">", 0, "<=", 5]}], 6, False),
        ([{"numeric": [">", 0]}], "five", False),
        ([{"anything-but": ["a", "b"]}], "c", True),
        ([{"anything-but": ["a", "b"]}], "a", False),
        ([{"anything-but": {"prefix": "a"}}], "abc", False),
        ([{"anything-but": {"suffix": ["x", "y"]}}], "abc", True),
        ([{"exists": True}], "a", True),
        ([{"exists": False}], "a", False),
        (["a"], ["x", "a"], True),
        ([{"anything-but": ["a"]}], ["x", "a"], False),
    ],
)
def test_sns_04_one_rule_must_hold(rules, value, expected):
    assert matches({"k": rules}, {"k": value}) is expected


def test_sns_04_a_missing_key_matches_only_its_absence():
    assert matches({"k": [{"exists": False}]}, {})
    assert not matches({"k": [{"exists": True}]}, {})
    assert not matches({"k": [{"anything-but": "a"}]}, {})


def test_sns_04_keys_are_anded_and_or_is_or():
    assert not matches({"a": [1], "b": [2]}, {"a": 1})
    policy = {"$or": [{"a": [1]}, {"b": [2]}]}
    assert [matches(policy, d) for d in ({"a": 1}, {"b": 2}, {"a": 2})] == [True, True, False]


def test_sns_04_bodies_nest_also_through_lists():
    policy = {"Records": {"eventName": [{"prefix": "ObjectCreated:"}]}}
    assert matches(policy, {"Records": [{"eventName": "ObjectRemoved:Delete"}, {"eventName": "ObjectCreated:Put"}]})
    assert not matches(policy, {"Records": []})
    assert not matches(policy, {"Records": "x"})


def test_sns_04_attributes_have_types():
    attributes = {
        "s": string("x"),
        "n": {"Type": "Number", "Value": "10"},
        "l": {"Type": "String.Array", "Value": '["a", true]'},
    }
    assert matches_attributes({"s": ["x"], "n": [{"numeric": ["=", 10]}], "l": ["a"]}, attributes)
    assert matches_attributes({"l": [True]}, attributes)
    assert not matches_attributes({"n": ["10"]}, attributes)
