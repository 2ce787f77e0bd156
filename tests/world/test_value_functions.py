from __future__ import annotations

from typing import Any

import pytest

from harness.world.value_functions import VALUE_FUNCTIONS, Misuse
from harness.world.values import PENDING


@pytest.mark.parametrize(
    ("name", "argument", "expected"),
    [
        ("Fn::Cidr", ["10.0.0.0/16", 3, 8], ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
        ("Fn::Cidr", ["10.0.0.0/24", "2", "5"], ["10.0.0.0/27", "10.0.0.32/27"]),
        ("Fn::Cidr", ["2001:db8::/56", 2, 64], ["2001:db8::/64", "2001:db8:0:1::/64"]),
        ("Fn::Length", ["a", PENDING], 2),
        ("Fn::Length", [], 0),
        ("Fn::ToJsonString", {"a": [1, True, None, "é"]}, '{"a":[1,true,null,"é"]}'),
        ("Fn::ToJsonString", ["a"], '["a"]'),
        ("Fn::Select", ["1", ["a", "b"]], "b"),
        ("Fn::Split", ["-", "a-b-"], ["a", "b", ""]),
        ("Fn::Join", ["-", ["a", 1, True]], "a-1-true"),
        ("Fn::Base64", "é", "w6k="),
    ],
)
def test_a_function_computes_what_aws_computes(name: str, argument: Any, expected: Any) -> None:
    assert VALUE_FUNCTIONS[name](argument) == expected


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("Fn::Cidr", [PENDING, 3, 8]),
        ("Fn::Length", PENDING),
        ("Fn::ToJsonString", {"a": [PENDING]}),
        ("Fn::Select", [PENDING, ["a"]]),
        ("Fn::Select", [0, PENDING]),
        ("Fn::Split", ["-", PENDING]),
        ("Fn::Join", ["-", ["a", PENDING]]),
        ("Fn::Base64", PENDING),
    ],
)
def test_what_hangs_on_a_resource_to_come_is_pending(name: str, argument: Any) -> None:
    assert VALUE_FUNCTIONS[name](argument) is PENDING


@pytest.mark.parametrize(
    ("name", "argument", "expected"),
    [
        ("Fn::Cidr", ["10.0.0.0/16", 257, 8], 'cannot use "257" for the count'),
        ("Fn::Cidr", ["10.0.0.0/24", 9, 5], "cannot cut 9 blocks of 5 bits out of 10.0.0.0/24"),
        ("Fn::Cidr", ["nope", 1, 5], "cannot read the address block"),
        ("Fn::Cidr", ["10.0.0.0/24", 1, 33], 'cannot use "33" for the number of bits'),
        ("Fn::Cidr", "x", "Fn::Cidr takes"),
        ("Fn::Length", "text", "Fn::Length takes a list."),
        ("Fn::ToJsonString", "text", "takes a list or a mapping"),
        ("Fn::Select", [2, ["a"]], "cannot select item 2 of a list of 1"),
    ],
)
def test_what_aws_would_refuse_is_misuse(name: str, argument: Any, expected: str) -> None:
    with pytest.raises(Misuse) as caught:
        VALUE_FUNCTIONS[name](argument)
    assert expected in caught.value.problem
