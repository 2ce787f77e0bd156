"""Whatever text a file holds, loading gives scenarios or a ScenarioError."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import ScenarioError
from harness.scenario.load import load_file
from harness.scenario.model import expand_repeat
from harness.scenario.schema import valid_keys

RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

WORDS = sorted(
    {
        *valid_keys(()),
        *(key for list_key in ("when", "then", "disturb") for key in valid_keys((list_key, 0))),
        *(key for verb in valid_keys(("when", 0)) for key in valid_keys(("when", 0, verb))),
        *(key for verb in valid_keys(("then", 0)) for key in valid_keys(("then", 0, verb))),
        *valid_keys(("then", 0, "object", "json", "x")),
    }
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(["30s", "1MB", "{n}", "{{n}", "{x}", "checks.py:total", "orders.csv", "lambdas/shop", "(", "a["]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=20,
)


def items(list_key: str) -> st.SearchStrategy[Any]:
    """Items of a real verb, with that verb's keys and any values."""
    return st.sampled_from(valid_keys((list_key, 0))).flatmap(
        lambda verb: st.fixed_dictionaries(
            {
                verb: VALUES
                | st.dictionaries(st.sampled_from(valid_keys((list_key, 0, verb)) or ["x"]), VALUES, max_size=5)
            }
        )
    )


SCENARIOS = st.fixed_dictionaries(
    {"pipeline": st.just("lambdas/shop"), "name": st.just("x"), "then": st.lists(items("then") | VALUES, max_size=3)},
    optional={
        "when": st.lists(items("when") | VALUES, max_size=3),
        "disturb": st.lists(items("disturb"), max_size=3),
        "starts": VALUES,
        "limits": VALUES,
        "parameters": VALUES,
    },
)


def load_or_refuse(data: bytes) -> None:
    Path("scenarios/shop/s.yaml").write_bytes(data)
    try:
        scenarios = load_file("scenarios/shop/s.yaml")
    except ScenarioError as error:
        assert "scenarios/shop/s.yaml" in str(error)
        str(error).encode()
        return
    for step in (step for scenario in scenarios for step in scenario.when):
        try:
            next(expand_repeat(step), None)
        except ScenarioError as error:
            assert "In repetition" in str(error)


@RELAXED
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_load_or_are_refused(data: bytes, project: Any) -> None:
    load_or_refuse(data)


@RELAXED
@given(text=st.text(alphabet="ab:-[]{}#&*!|>'\"%@`,?~ \n\t0.\\u", max_size=60))
def test_any_text_of_yaml_signs_loads_or_is_refused(text: str, project: Any) -> None:
    load_or_refuse(text.encode())


@RELAXED
@given(value=SCENARIOS | VALUES)
def test_any_value_under_real_keys_loads_or_is_refused(value: Any, project: Any) -> None:
    load_or_refuse(json.dumps(value).encode())


@pytest.mark.parametrize("text", ["? ", "&a", "*", "%YAML 9.9\n---\n", "!<x> y", "--- |", "- - -", "\x85", "﻿a: 1"])
def test_odd_corners_of_yaml_load_or_are_refused(text: str, project: Any) -> None:
    load_or_refuse(text.encode())
