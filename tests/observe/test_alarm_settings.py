"""Which alarms are refused, whatever way they come."""

from __future__ import annotations

from typing import Any

import pytest

from harness.observe.alarm_settings import settings_problem

PLAIN: dict[str, Any] = {
    "AlarmName": "a",
    "Namespace": "Shop",
    "MetricName": "Sold",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 1,
    "ComparisonOperator": "LessThanThreshold",
}
STAT = {"Metric": {"Namespace": "Shop", "MetricName": "Sold"}, "Period": 60, "Stat": "Sum"}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in PLAIN.items() if name not in names}


def metrics(*asked: dict[str, Any]) -> dict[str, Any]:
    return without("Namespace", "MetricName", "Statistic", "Period") | {"Metrics": list(asked)}


@pytest.mark.parametrize(
    "given",
    [
        PLAIN,
        PLAIN | {"Period": 10, "DatapointsToAlarm": 2},
        without("Statistic") | {"ExtendedStatistic": "p99.9"},
        metrics({"Id": "m", "MetricStat": STAT, "ReturnData": False}, {"Id": "e", "Expression": "m * 2"}),
        {"AlarmName": "c", "AlarmRule": "ALARM(a)"},
    ],
)
def test_what_aws_takes_is_taken(given: dict[str, Any]) -> None:
    assert settings_problem(given) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (PLAIN | {"Period": 45}, "The period 45 is not 10, 20, 30"),  # CW-07
        (PLAIN | {"EvaluationPeriods": 1441}, "across more than 1 day"),
        (PLAIN | {"Period": 3600, "EvaluationPeriods": 169}, "across more than 7 day"),
        (PLAIN | {"DatapointsToAlarm": 4}, "must not be greater than EvaluationPeriods (3)"),
        (PLAIN | {"TreatMissingData": "fine"}, "TreatMissingData"),
        (PLAIN | {"ComparisonOperator": "Less"}, "ComparisonOperator"),
        (PLAIN | {"ComparisonOperator": "GreaterThanUpperThreshold"}, "anomaly detection band"),
        (without("Threshold"), "Threshold is required"),
        (without("Statistic"), "Exactly one of the parameters Statistic and ExtendedStatistic"),
        (without("Period"), "Period is required"),
        (without("Statistic") | {"ExtendedStatistic": "tm90"}, '"tm90" is not computed here'),
        (metrics({"Id": "m", "MetricStat": STAT}, {"Id": "e", "Expression": "m"}), "Exactly one of the Metrics"),
        (metrics({"Id": "e", "Expression": "m * 2"}), 'names "m", and no query has this Id'),
        (metrics({"Id": "e", "Expression": "SEARCH(m)"}), "SEARCH is not computed here"),
        (metrics({"Id": "e", "Expression": "e + 1"}), "refer to one another"),
        (metrics({"Id": "e"}), "needs a MetricStat or an Expression"),
        ({"AlarmName": "c", "AlarmRule": "ALARM(a"}, "cannot be read"),
    ],
)
def test_what_is_wrong_or_not_computed_is_said(given: dict[str, Any], said: str) -> None:
    assert said in (settings_problem(given) or "")
