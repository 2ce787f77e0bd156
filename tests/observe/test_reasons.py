"""The words in which CloudWatch says why, as public reports quote them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harness.observe.judgement import judge
from harness.observe.reasons import Question, as_data, breaches, in_words

AT = int(datetime(2030, 1, 15, 9, 0, tzinfo=UTC).timestamp())
ASKED = Question("GreaterThanThreshold", 21.0, 1, None, "missing", 60, "Average", "Count")


def said(question: Question, *values: float | None) -> str:
    points = [(AT + 60 * n, value) for n, value in enumerate(values)]
    marks = [None if v is None else breaches(v, question.operator, question.threshold) for v in values]
    verdict = judge(marks, question.most, question.needed or question.most, question.missing)
    assert verdict.state is not None
    return in_words(question, points, verdict, verdict.state)


@pytest.mark.parametrize(
    ("changes", "values", "expected"),
    [
        ({}, [21.5], "1 datapoint [21.5 (15/01/30 09:00:00)] was greater than the threshold (21.0)."),
        ({}, [20.0], "1 datapoint [20.0 (15/01/30 09:00:00)] was not greater than the threshold (21.0)."),
        (
            {"needed": 1, "operator": "GreaterThanOrEqualToThreshold", "threshold": 1.0},
            [1.0],
            "1 out of the last 1 datapoints [1.0 (15/01/30 09:00:00)] was greater than or equal to the threshold (1.0) "
            "(minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            {"most": 3, "needed": 2, "operator": "LessThanThreshold"},
            [1.0, 30.0, 2.0],
            "2 out of the last 3 datapoints [2.0 (15/01/30 09:02:00), 1.0 (15/01/30 09:00:00)] were less than the "
            "threshold (21.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            {"most": 3, "needed": 2},
            [1.0, 30.0, 2.0],
            "2 out of the last 3 datapoints [2.0 (15/01/30 09:02:00), 1.0 (15/01/30 09:00:00)] were not greater than "
            "the threshold (21.0) (minimum 2 datapoints for ALARM -> OK transition).",
        ),
        (
            {"most": 2, "missing": "breaching"},
            [None, None],
            "no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].",
        ),
        (
            {"missing": "notBreaching"},
            [None],
            "no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
        ),
        (
            {"most": 2, "missing": "breaching"},
            [30.0, None],
            "1 datapoint [30.0 (15/01/30 09:00:00)] was greater than the threshold (21.0) and 1 missing datapoint was "
            "treated as [Breaching].",
        ),
        (
            {"most": 6},
            [31.0, 32.0, 33.0, 34.0, 35.0, 36.0],
            "6 datapoints were greater than the threshold (21.0). The most recent datapoints which crossed the "
            "threshold: [36.0 (15/01/30 09:05:00), 35.0 (15/01/30 09:04:00), 34.0 (15/01/30 09:03:00), "
            "33.0 (15/01/30 09:02:00), 32.0 (15/01/30 09:01:00)].",
        ),
    ],
)
def test_cw_13_the_reason_is_in_cloudwatchs_words(changes: dict, values: list[float | None], expected: str) -> None:
    assert said(replace(ASKED, **changes), *values) == f"Threshold Crossed: {expected}"


def test_cw_13_without_any_datapoint_nothing_is_known() -> None:
    assert said(ASKED, None) == "Insufficient Data: 1 datapoint was unknown."
    assert said(replace(ASKED, most=2), None, None) == "Insufficient Data: 2 datapoints were unknown."


def test_cw_13_the_reason_data_has_the_datapoints_oldest_first() -> None:
    question = replace(ASKED, most=2)
    points: list[tuple[int, float | None]] = [(AT, 30.0), (AT + 60, 31.0)]
    data = json.loads(as_data(question, points, judge([True, True], 2, 2, "missing"), "now"))
    assert data["recentDatapoints"] == [30.0, 31.0]
    assert data["startDate"] == "2030-01-15T09:00:00.000+0000"
    assert (data["statistic"], data["unit"], data["period"], data["threshold"]) == ("Average", "Count", 60, 21.0)
