from __future__ import annotations

from typing import Any

import pytest

from harness.sketch.payloads import fitting, message_body, object_content, object_key


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        ([], "example.txt"),
        ([{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".csv"}], "in/example.csv"),
        ([{"Name": "Suffix", "Value": "_done"}], "example_done"),
    ],
)
def test_a_key_fits_its_rules(rules: list[dict[str, str]], key: str) -> None:
    assert object_key(rules) == key


def test_content_goes_by_the_keys_ending() -> None:
    assert [next(iter(object_content(k))) for k in ("a.csv", "a.json", "a.PNG", "a")] == [
        "text",
        "json",
        "base64",
        "text",
    ]


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ({"kind": ["order", "refund"]}, {"kind": "order"}),
        ({"kind": [{"prefix": "or"}]}, {"kind": "orexample"}),
        ({"kind": [{"suffix": ".x"}]}, {"kind": "example.x"}),
        ({"kind": [{"exists": True}]}, {"kind": "example"}),
        ({"n": [{"numeric": [">", 3]}], "m": [{"numeric": ["=", 3]}]}, {"n": 4, "m": 3}),
        ({"a": {"b": [1]}}, {"a": {"b": 1}}),
        ({"kind": [{"anything-but": "x"}], "gone": [{"exists": False}]}, {}),
    ],
)
def test_values_fit_a_pattern(pattern: dict[str, Any], values: dict[str, Any]) -> None:
    assert fitting(pattern) == values


def test_a_body_fits_the_first_filter() -> None:
    assert message_body(['{"body": {"kind": ["order"]}}', '{"body": {"kind": ["refund"]}}']) == {
        "id": "example-1",
        "kind": "order",
    }
