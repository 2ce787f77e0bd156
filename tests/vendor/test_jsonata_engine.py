from __future__ import annotations

import sys
from typing import Any

import pytest

from harness.errors import ScenarioError
from harness.vendor import jsonata_engine
from harness.vendor.jsonata_engine import Chance, JsonataEngine, QueryError

ENGINE = JsonataEngine(Chance(lambda: 1_900_000_000_123, lambda below: below // 2, lambda: "some-uuid"))
INPUT = {"a": None, "one": [1], "items": [{"price": 2.5, "qty": 4}, {"price": 1, "qty": 10}], "text": "x"}


def value(expression: str, **variables: Any) -> Any:
    return ENGINE.evaluate(expression, {"states": {"input": INPUT}, **variables})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$states.input", INPUT),
        ("$states.input.a", None),
        ("$states.input.one", [1]),
        ("$sum($states.input.items.(price * qty))", 20),
        ("$states.input.items[$.qty > 4].price", 1),
        ("{'n': $count($states.input.items), 'a': $states.input.a}", {"n": 2, "a": None}),
        ("$x & '!'", "ready!"),
        ("5 / 2", 2.5),
        ("$map([1..3], function($v) { $v * 2 })", [2, 4, 6]),
    ],
)
def test_sfn_22_an_expression_gives_a_plain_json_value(expression: str, expected: Any) -> None:
    got = value(expression, x="ready")
    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(3, 1, 1)", []),
        ("$hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("$uuid()", "some-uuid"),
        ("$parse('{\"a\": [1, null]}')", {"a": [1, None]}),
        ("$parse('null')", None),
        ("$random()", 0.5),
        ("$random(7) = $random(7) and $random(7) < 1", True),
        ("$shuffle([1, 2, 3])", [2, 3, 1]),
        ("$millis()", 1_900_000_000_123),
        ("$now()", "2030-03-17T17:46:40.123Z"),
        ("$now('[Y]-[M01]')", "2030-03"),
    ],
)
def test_sfn_22_step_functions_functions_and_those_of_clock_and_chance(expression: str, expected: Any) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("$states.input.nothing", "returned nothing (undefined)"),
        ("function($x) { $x }", "unsupported result type"),
        ("$length", "unsupported result type"),
        ("$eval('1')", "$eval is not supported"),
        ("1 +", "end of expression"),
        ("'a' + 1", "number"),
        ("$parse('{')", "not JSON"),
        ("$hash('x', 'CRC')", "not 'CRC'"),
        ("$range(0, 2000, 1)", "at most 1,000"),
        ("$partition([1], 0)", "1 or more"),
        ("$unknown()", "non-function"),
    ],
)
def test_sfn_22_what_fails_says_so(expression: str, said: str) -> None:
    with pytest.raises(QueryError) as failed:
        value(expression)
    assert said in str(failed.value)


def test_a_result_shares_nothing_with_what_it_came_from() -> None:
    value("$states.input")["items"].clear()
    assert len(INPUT["items"]) == 2  # type: ignore[arg-type]


def test_loading_the_library_leaves_the_recursion_limit_alone() -> None:
    jsonata_engine._library.cache_clear()
    before = sys.getrecursionlimit()
    for name in [name for name in sys.modules if name.split(".")[0] == "jsonata"]:
        del sys.modules[name]
    jsonata_engine.parsed.cache_clear()
    try:
        value("1")
        assert sys.getrecursionlimit() == before
    finally:
        ENGINE.__dict__.pop("_functions", None)
        jsonata_engine.parsed.cache_clear()


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    jsonata_engine._library.cache_clear()
    monkeypatch.setitem(sys.modules, "jsonata", None)
    try:
        with pytest.raises(ScenarioError, match="JSONata") as refused:
            value("1 + 1 + 1")
        assert 'pip install "pipeline-harness[jsonata]"' in str(refused.value)
    finally:
        jsonata_engine._library.cache_clear()
