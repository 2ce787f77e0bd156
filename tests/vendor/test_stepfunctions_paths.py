from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.utils import json_path

from harness.vendor.stepfunctions_paths import leads_to_many
from tests.vendor.stepfunctions_stage import Stage, one

DATA = {"r": [{"n": 1, "t": ["x"]}], "two": [{"n": 1}, {"n": 2}], "a,b": {"c:d": 3}}


def test_what_is_replaced_is_there_and_gives_a_list_for_what_stands_in_a_list() -> None:
    assert list(inspect.signature(json_path.extract_json).parameters) == ["path", "data"]
    assert json_path.extract_json("$.r[0].n", DATA) == [1]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.r[0]", DATA["r"][0]),
        ("$.r[0].n", 1),
        ("$.r[0].t", ["x"]),
        ("$.r[0].t[0]", "x"),
        ("$.two[1].n", 2),
        ("$.r[*].n", [1]),
        ("$.r[*]", DATA["r"]),
        ("$.two[?(@.n == 2)].n", [2]),
        ("$.two[0:1].n", [1]),
        ("$..t", [["x"]]),
        ("$['a,b']['c:d']", 3),
        ("$.none[*]", []),
    ],
)
def test_a_path_to_one_place_gives_one_value_and_any_other_a_list(path: str, expected: Any) -> None:
    ended = Stage().execute(one({"Type": "Pass", "Parameters": {"x.$": path}}), DATA)
    assert json.loads(ended["output"]) == {"x": expected}


def test_a_path_to_one_place_that_is_not_there_fails() -> None:
    assert Stage().execute(one({"Type": "Pass", "InputPath": "$.r[1].n"}), DATA)["status"] == "FAILED"


def test_colons_and_commas_in_names_lead_nowhere_else() -> None:
    assert [leads_to_many(p) for p in ("$['a,b']", "$.a[1,2]", "$.a:b", "$.a[1:]")] == [False, True, False, True]
