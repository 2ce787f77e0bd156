from __future__ import annotations

import json

import pytest

from harness.vendor.sns_filter_policies import PolicyRefused, parse


def refused(policy, scope="MessageAttributes"):
    with pytest.raises(PolicyRefused) as caught:
        parse(policy if isinstance(policy, str) else json.dumps(policy), scope)
    return str(caught.value)


def rule(one):
    return refused({"a": [one]})


@pytest.mark.parametrize("text", ["{", "[]", "1", '"x"'])
def test_sns_05_what_is_no_json_object(text):
    assert refused(text) == "FilterPolicy: failed to parse JSON."


def test_sns_05_five_keys_at_most():
    parse(json.dumps({str(n): ["x"] for n in range(5)}), "MessageAttributes")
    text = "FilterPolicy: Filter policy can not have more than 5 keys"
    assert refused({str(n): ["x"] for n in range(6)}) == text


def test_sns_05_nested_keys_count_once():
    parse(json.dumps({"a": {str(n): ["x"] for n in range(6)}}), "MessageBody")


@pytest.mark.parametrize(("values", "fits"), [((10, 15), True), ((10, 16), False), ((151,), False)])
def test_sns_05_at_most_150_combinations(values, fits):
    policy = {str(n): [str(v) for v in range(count)] for n, count in enumerate(values)}
    if fits:
        parse(json.dumps(policy), "MessageAttributes")
    else:
        assert refused(policy) == "FilterPolicy: Filter policy is too complex"


def test_sns_05_depth_multiplies_the_combinations():
    # 3 levels x 4 values x 2 levels x 3 values = 72, and with 7 values 168.
    deep = {"a": {"b": {"c": list("1234")}}, "d": {"e": list("123")}}
    parse(json.dumps(deep), "MessageBody")
    deep["d"]["e"] = list("1234567")
    assert refused(deep, "MessageBody") == "FilterPolicy: Filter policy is too complex"


def test_sns_05_empty_arrays_and_what_is_no_array():
    assert refused({"a": []}) == "FilterPolicy: Empty arrays are not allowed"
    assert refused({"a": {"b": []}}, "MessageBody") == "FilterPolicy: Empty arrays are not allowed"
    assert refused({"a": "b"}) == 'FilterPolicy: "a" must be an object or an array'


def test_sns_05_attributes_are_not_nested():
    text = "Filter policy scope MessageAttributes does not support nested filter policy"
    assert refused({"a": {"b": ["c"]}}) == text


def test_sns_05_alternatives_are_looked_into():
    parse(json.dumps({"$or": [{"a": ["b"]}, {"c": [{"prefix": "d"}]}]}), "MessageAttributes")
    assert refused({"$or": [{"a": ["b"]}, {"c": []}]}) == "FilterPolicy: Empty arrays are not allowed"


@pytest.mark.parametrize(
    "one",
    [
        "x",
        1,
        1.5,
        True,
        None,
        {"exists": False},
        {"prefix": "a"},
        {"suffix": "a"},
        {"equals-ignore-case": "a"},
        {"anything-but": "a"},
        {"anything-but": ["a", 1]},
        {"anything-but": {"prefix": "a"}},
        {"numeric": ["=", 1]},
        {"numeric": [">=", 1, "<", 2]},
        {"cidr": "10.0.0.0/24"},
    ],
)
def test_sns_05_rules_that_are_accepted(one):
    assert parse(json.dumps({"a": [one]}), "MessageAttributes") == {"a": [one]}


@pytest.mark.parametrize(
    ("one", "text"),
    [
        ([], "Match value must be String, number, true, false, or null"),
        ({}, "Only one key allowed in match expression"),
        ({"prefix": "a", "suffix": "b"}, "Only one key allowed in match expression"),
        ({"exists": "yes"}, "exists match pattern must be either true or false."),
        ({"prefix": 1}, "prefix match pattern must be a string"),
        ({"anything-but": {"suffix": "a"}}, "Unsupported anything-but pattern: suffix"),
        ({"like": "a"}, "Unrecognized match type like"),
        ({"numeric": []}, "Invalid member in numeric match: ]"),
        ({"numeric": [1]}, "Invalid member in numeric match: 1"),
        ({"numeric": ["!", 1]}, "Unrecognized numeric range operator: !"),
        ({"numeric": ["<", "1"]}, "Value of < must be numeric"),
        ({"numeric": ["<"]}, "Value of < must be numeric"),
        ({"numeric": ["<", 1, ">", 2]}, "Too many elements in numeric expression"),
        ({"numeric": [">", 1, "=", 2]}, "Bad numeric range operator: ="),
        ({"numeric": [">", 2, "<", 1]}, "Bottom must be less than top"),
        ({"numeric": [">", 1, "<", 2, "<", 3]}, "Too many elements in numeric expression"),
        ({"cidr": 1}, "prefix match pattern must be a string"),
        ({"cidr": "10.0.0.0"}, "Malformed CIDR, one '/' required"),
        ({"cidr": "10.0.0/24"}, "Nonstandard IP address: 10.0.0"),
    ],
)
def test_sns_05_rules_that_are_refused(one, text):
    assert rule(one) == f"FilterPolicy: {text}"
