from __future__ import annotations

import pytest

from harness.cli_keywords import matches
from harness.errors import ScenarioError

TEXTS = ["scenarios/csv/poison.yaml::A Poison message", "slow"]


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("poison", True),
        ("POISON", True),
        ("burst", False),
        ("not burst", True),
        ("not not poison", True),
        ("poison and slow", True),
        ("poison and burst", False),
        ("burst or poison", True),
        ("burst and burst or poison", True),
        ("poison or burst and burst", True),
        ("(poison or burst) and burst", False),
        ("not (poison and burst)", True),
        ('"poison message"', True),
        ('"message poison"', False),
        ("csv/poison.yaml", True),
    ],
)
def test_an_expression_holds_as_in_pytest(expression: str, holds: bool) -> None:
    assert matches(expression, TEXTS) == holds


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("", "it ends where a word is expected"),
        ("poison and", "it ends where a word is expected"),
        ("(poison", 'a ")" is missing'),
        ("poison)", '")" is not expected there'),
        ("poison slow", '"slow" is not expected there'),
        ("or poison", '"or" stands where a word is expected'),
    ],
)
def test_an_expression_that_cannot_be_read_says_why(expression: str, why: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        matches(expression, TEXTS)
    assert caught.value.problem == f'-k "{expression}" cannot be read: {why}.'
