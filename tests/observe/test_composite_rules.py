"""How the rule of a composite alarm is read, and when it holds."""

from __future__ import annotations

import pytest

from harness.observe.composite_rules import parse

STATES = {"a": "ALARM", "b": "OK", "new one": "INSUFFICIENT_DATA"}
ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(a)", True),
        ('ALARM("a")', True),
        (f"ALARM({ARN}a)", True),
        (f'ALARM("{ARN}b")', False),
        ("OK(b) AND ALARM(a)", True),
        ("ALARM(b) OR OK(a)", False),
        ("ALARM(b) OR ALARM(a) AND OK(b)", True),
        ("(ALARM(a) OR ALARM(b)) AND ALARM(b)", False),
        ("NOT ALARM(b)", True),
        ("NOT (ALARM(b) OR ALARM(a))", False),
        ("NOT(ALARM(b)) AND TRUE", True),
        ('INSUFFICIENT_DATA("new one")', True),
        ("FALSE OR ALARM(gone)", False),
        ("(ALARM(a)\n  AND (NOT OK(a)))", True),
    ],
)
def test_cw_23_a_rule_holds_by_the_states_of_its_alarms(rule: str, holds: bool) -> None:
    assert parse(rule).holds(STATES.get) is holds


def test_a_rule_knows_whom_it_looks_at() -> None:
    assert parse(f"ALARM({ARN}a) AND NOT OK(b) OR ALARM(a)").names() == ("a", "b")


@pytest.mark.parametrize(
    "rule", ["", "a", "ALARM(a", "ALARM(a) AND", "ALARM(a) ALARM(b)", "(ALARM(a)", "AND", "(" * 5000]
)
def test_what_is_no_rule_is_refused_with_the_place(rule: str) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        parse(rule)
