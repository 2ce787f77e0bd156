from __future__ import annotations

import pytest

from harness.deliver.event_patterns import problem
from harness.deliver.patterns import matches


@pytest.mark.parametrize(
    ("pattern", "data", "expected"),
    [
        ({"a": {"b": [{"exists": False}]}}, {}, True),
        ({"a": {"b": [{"exists": False}]}}, {"a": {}}, True),
        ({"a": {"b": [{"exists": False}]}}, {"a": {"b": 1}}, False),
        ({"a": {"b": [{"exists": True}]}}, {}, False),
        ({"a": [{"wildcard": "*.png"}]}, {"a": "x/y.png"}, True),
        ({"a": [{"wildcard": r"\*.png"}]}, {"a": "x.png"}, False),
        ({"a": [{"wildcard": r"\*.png"}]}, {"a": "*.png"}, True),
        ({"a": [{"wildcard": r"c:\\*"}]}, {"a": "c:\\x"}, True),
        ({"a": [{"prefix": {"equals-ignore-case": "EU-"}}]}, {"a": "eu-west-1"}, True),
        ({"a": [{"anything-but": {"prefix": ["x", "y"]}}]}, {"a": "yes"}, False),
        ({"a": [{"anything-but": {"wildcard": "*.tmp"}}]}, {"a": "a.csv"}, True),
        ({"a": [{"cidr": "10.0.0.0/8"}]}, {"a": "10.1.2.3"}, True),
        ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5}, True),
        ({"a": [None]}, {"a": None}, True),
        ({"a": [""]}, {"a": None}, False),
        ({"a": ["x"]}, {"a": ["y", "x"]}, True),
        ({"$or": [{"a": [1]}, {"b": {"c": [2]}}], "d": [3]}, {"b": {"c": 2}, "d": 3}, True),
        ({"$or": [{"a": [1]}, {"b": {"c": [2]}}], "d": [3]}, {"b": {"c": 2}}, False),
    ],
)
def test_evb_04_patterns_match_as_the_event_ruler_says(pattern, data, expected):
    assert problem(pattern) is None
    assert matches(pattern, data) is expected


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ([], "Filter is not an object"),
        ({}, "Empty objects are not allowed"),
        ({"a": {}}, "Empty objects are not allowed"),
        ({"a": "x"}, '"a" must be an object or an array'),
        ({"a": []}, "Empty arrays are not allowed"),
        ({"a": [["x"]]}, "Match value must be String, number, true, false, or null"),
        ({"a": [{"prefx": "x"}]}, "Unrecognized match type prefx"),
        ({"a": [{"prefix": 1}]}, "prefix match pattern must be a string"),
        ({"a": [{"exists": "yes"}]}, "exists match pattern must be either true or false."),
        ({"a": [{"numeric": ["~", 1]}]}, "Unrecognized numeric range operator: ~"),
        ({"a": [{"numeric": [">", 5, "<", 1]}]}, "Bottom must be less than top"),
        ({"a": [{"anything-but": ["x", 1]}]}, "mixed type is not supported"),
        ({"a": [{"cidr": "10.0.0/99"}]}, "Malformed CIDR"),
        ({"a": [{"wildcard": "a**b"}]}, "Consecutive wildcard characters are not allowed"),
        ({"$or": [{"a": [1]}]}, "at least 2 Objects in $or"),
    ],
)
def test_evb_04_what_is_no_pattern_is_refused(pattern, said):
    assert said in (problem(pattern) or "")
