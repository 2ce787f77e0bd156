from __future__ import annotations

import pytest

from harness.errors import Location, ScenarioError
from harness.world.order import creation_order


def order(needs: dict[str, list[str]], *late: str) -> list[str]:
    return creation_order(needs, {name: Location("t.yaml", line) for line, name in enumerate(needs, 1)}, late)


def test_each_comes_after_what_it_needs_and_otherwise_as_written() -> None:
    assert order({"A": ["C"], "B": [], "C": ["D"], "D": [], "E": []}) == ["B", "D", "C", "A", "E"]


def test_what_is_late_waits_for_all_that_does_not_need_it() -> None:
    needs: dict[str, list[str]] = {"P": [], "A": ["B"], "Q": [], "B": [], "C": ["Q"]}
    assert order(needs, "P", "Q") == ["B", "A", "P", "Q", "C"]


def test_a_circle_is_named_as_aws_names_it() -> None:
    with pytest.raises(ScenarioError) as caught:
        order({"Z": [], "A": ["B", "Z"], "B": ["C"], "C": ["A"], "D": ["A"]})
    problem, hint = str(caught.value).split("\n")
    assert problem == "t.yaml:2: Circular dependency between resources: [A, B, C]"
    assert hint.startswith('  "A", which needs "B", which needs "C", which needs "A". Break it with ')


def test_a_resource_that_needs_itself_is_a_circle() -> None:
    with pytest.raises(ScenarioError, match=r"resources: \[A\]"):
        order({"A": ["A"]})
