"""This file decides which settings of an alarm CloudWatch refuses, and which are not understood here. CW-07

It is asked before an alarm is kept, by whatever way it came: a template's or a call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.observe import queries
from harness.observe.composite_rules import parse
from harness.observe.reasons import RELATIONS
from harness.vendor.metric_store import statistic_problem

_SHORT_PERIODS = (10, 20, 30)
_MISSING = ("breaching", "notBreaching", "ignore", "missing")
_DAY_S = 86_400
_BANDS = ("GreaterThanUpperThreshold", "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold")


def settings_problem(given: Mapping[str, Any]) -> str | None:
    """What is wrong with an alarm's settings in the API's form; None if nothing is."""
    if given.get("AlarmRule") is not None:
        return _rule_problem(given["AlarmRule"])
    operator = given.get("ComparisonOperator")
    if operator in _BANDS or given.get("ThresholdMetricId"):
        return (
            f'"{given.get("AlarmName")}" compares with an anomaly detection band ({operator}): such models are not '
            "computed here."
        )
    if operator not in RELATIONS:
        return f"The value {operator} for parameter ComparisonOperator is not one of {', '.join(RELATIONS)}."
    if given.get("Threshold") is None:
        return "The parameter Threshold is required."
    if given.get("TreatMissingData") not in (None, *_MISSING):
        return f"The value {given['TreatMissingData']} for parameter TreatMissingData is not supported."
    return _metric_problem(given) or _periods_problem(given)


def _rule_problem(rule: str) -> str | None:
    try:
        parse(rule)
    except ValueError as problem:
        return str(problem)
    return None


def _metric_problem(given: Mapping[str, Any]) -> str | None:
    asked: Sequence[Mapping[str, Any]] = given.get("Metrics") or ()
    if not asked:
        for name in ("MetricName", "Namespace", "Period"):
            if not given.get(name):
                return f"The parameter {name} is required, unless the alarm has Metrics."
        statistics = [given[n] for n in ("Statistic", "ExtendedStatistic") if given.get(n)]
        if len(statistics) != 1:
            return "Exactly one of the parameters Statistic and ExtendedStatistic is required."
        wrong = statistic_problem(statistics[0])
        return None if wrong is None else f"{wrong[0].upper()}{wrong[1:]}."
    if given.get("MetricName"):
        return "The parameters MetricName and Metrics are mutually exclusive."
    returning = [query for query in asked if query.get("ReturnData") is not False]
    if len(returning) != 1:
        return f"Exactly one of the Metrics must have ReturnData true; {len(returning)} have."
    return queries.problem(asked)


def _periods_problem(given: Mapping[str, Any]) -> str | None:
    most, needed = int(given.get("EvaluationPeriods") or 0), given.get("DatapointsToAlarm")
    if most < 1:
        return "The parameter EvaluationPeriods must be at least 1."
    if needed is not None and int(needed) > most:
        return f"DatapointsToAlarm ({needed}) must not be greater than EvaluationPeriods ({most})."
    asked = given.get("Metrics") or [{"Id": "m1", "Period": given["Period"]}]
    for query in asked:
        period_s = queries.period_of(query, asked)
        if period_s % 60 and period_s not in _SHORT_PERIODS:
            return f"The period {period_s} is not 10, 20, 30 or a multiple of 60."
        limit_s = _DAY_S if period_s < 3600 else 7 * _DAY_S
        if most * period_s > limit_s:
            return (
                f"Metrics cannot be checked across more than {limit_s // _DAY_S} day(s) (EvaluationPeriods * Period "
                f"must be <= {limit_s})."
            )
    return None
