"""What metric math expressions come to, and which are refused."""

from __future__ import annotations

import math

import pytest

from harness.observe.metric_expressions import FUNCTIONS, parse
from harness.observe.metric_math import _COMPUTED, Periods, compute

KNOWN = {"e": (1.0, None, 4.0), "i": (10.0, 20.0, 0.0), "z": (None, None, None)}
PERIODS = Periods((0, 60, 120), 60)
NONE = None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("e", (1.0, NONE, 4.0)),
        ("100 * e / i", (10.0, NONE, NONE)),
        ("100*(e/i)", (10.0, NONE, NONE)),
        ("e + 1", (2.0, NONE, 5.0)),
        ("-e", (-1.0, NONE, -4.0)),
        ("2 ^ 3 ^ 2", 512.0),
        ("1 + 2 * 3", 7.0),
        ("e > 2", (0.0, NONE, 1.0)),
        ("i >= 10 AND i < 20", (1.0, 0.0, 0.0)),
        ("i == 0 || i == 10", (1.0, 0.0, 1.0)),
        ("SUM(e)", 5.0),
        ("SUM([e, i])", (11.0, 20.0, 4.0)),
        ("AVG([e, i])", (5.5, 20.0, 2.0)),
        ("MAX([e, 3])", (3.0, 3.0, 4.0)),
        ("MIN(i)", 0.0),
        ("FILL(e, 0)", (1.0, 0.0, 4.0)),
        ("FILL(e, REPEAT)", (1.0, 1.0, 4.0)),
        ("FILL(e, LINEAR)", (1.0, 2.5, 4.0)),
        ("FILL(z, 0) + FILL(e, 0)", (1.0, 0.0, 4.0)),
        ("IF(i > 5, e, 7)", (1.0, NONE, 7.0)),
        ("IF(FILL(e, 0) > 0, i)", (10.0, NONE, 0.0)),
        ("RATE(i)", (NONE, 10 / 60, -20 / 60)),
        ("DIFF(i)", (NONE, 10.0, -20.0)),
        ("RUNNING_SUM(e)", (1.0, 1.0, 5.0)),
        ("i / PERIOD(i)", (10 / 60, 20 / 60, 0.0)),
        ("abs(0 - e)", (1.0, NONE, 4.0)),
        ("CEIL(e / 3) + FLOOR(e / 3)", (1.0, NONE, 3.0)),
        ("DATAPOINT_COUNT(e)", 2.0),
    ],
)
def test_an_expression_is_computed_period_by_period(expression: str, expected: object) -> None:
    assert compute(parse(expression), KNOWN, PERIODS) == pytest.approx(expected)


def test_every_function_that_is_read_is_computed() -> None:
    assert sorted(_COMPUTED) == list(FUNCTIONS)


def test_of_nothing_there_is_no_sum() -> None:
    value = compute(parse("SUM(z)"), KNOWN, PERIODS)
    assert isinstance(value, float) and math.isnan(value)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("SEARCH('{AWS/SQS}', 'Sum')", "is not understood"),
        ("ANOMALY_DETECTION_BAND(e)", "The metric math function ANOMALY_DETECTION_BAND is not computed here"),
        ("SUN(e)", "Did you mean"),
        ("e +", "it ends where more should be"),
        ("(e", "it ends where ) should be"),
        ("e e", 'it goes on at "e"'),
        ("* e", "stands where a value should"),
        ("", "it ends"),
        ("(" * 5000, "nested too deeply"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match="metric math") as caught:
        parse(expression)
    assert said in str(caught.value)


def test_what_it_refers_to_is_known_before_it_is_computed() -> None:
    assert parse("100 * errors / FILL(calls, REPEAT)").names() == ("errors", "calls")
