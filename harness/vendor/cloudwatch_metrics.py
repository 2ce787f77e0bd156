"""This file decides what CloudWatch's metric calls accept and answer, on our store. CW-16

Upstream: moto 5.2.5 keeps one list of points and walks it for every call; an alarm that looks every minute pays for all
of a run. Percentiles, metric math, units of high resolution and AWS's limits are missing, ``Period`` counts from the
first point found, ``ListMetrics`` confuses dimensions. Why that can't stay: what a dashboard or a handler reads must be
what an alarm is judged by. What we do: check as AWS does, keep points in ``metric_store.py``, answer from there. What
moto itself measures (AWS/S3's storage) is still asked of moto.
Since: moto 1.x. Not needed any more when: moto indexes its points and computes percentiles and metric math.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from harness.kernel.scheduler import Kernel
from harness.vendor.metric_store import Metric, MetricStore, Values, statistic_problem
from harness.vendor.patches import Patches

MOST_METRICS = 1000
MOST_VALUES = 150
MOST_DIMENSIONS = 30
_MOST_LISTED = 500
_OLDEST_S = 14 * 86_400
_NEWEST_S = 2 * 3600
_OF_MOTO = "AWS/S3"


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What ``GetMetricData`` answers to one query: points in the order of time, and what there is to say of them."""

    id: str
    label: str
    points: Sequence[tuple[int, float]]
    messages: Sequence[str] = ()


# Queries in the API's form, start and end in seconds since 1970. A ValueError is an expression nobody understands.
Evaluates = Callable[[Sequence[Mapping[str, Any]], int, int], list[QueryResult]]


def apply(patches: Patches, kernel: Kernel, store: MetricStore, *, evaluate: Evaluates) -> None:
    """Keep metrics in ``store``; ``evaluate`` answers the queries of ``GetMetricData``."""

    def put_metric_data(self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        _check(self, kernel, metric_data)
        for datum in metric_data:
            metric = Metric.of(namespace, datum["MetricName"], datum.get("Dimensions") or ())
            at_s = _seconds(datum["Timestamp"]) if datum.get("Timestamp") else kernel.clock.now_s
            values = _values(datum)
            unit, resolution_s = datum.get("Unit") or "None", int(datum.get("StorageResolution") or 60)
            store.put(metric, at_s, values, unit, resolution_s=resolution_s)

    def put_by_call(self: CloudWatchResponse) -> ActionResult:
        # Only of callers: moto's own services (Kinesis) put what they measure through the backend.
        if str(self._get_param("Namespace")).startswith("AWS/"):
            raise InvalidParameterValue("The value AWS/ for parameter Namespace is invalid.")
        return original_put(self)  # type: ignore[no-any-return]

    def get_metric_statistics(self: CloudWatchResponse) -> ActionResult:
        given = self._get_params()
        wanted = [*(given.get("Statistics") or ()), *(given.get("ExtendedStatistics") or ())]
        if given["Namespace"] == _OF_MOTO:
            return original_statistics(self)  # type: ignore[no-any-return]
        return ActionResult({"Label": given["MetricName"], "Datapoints": _datapoints(store, given, wanted)})

    def get_metric_data(self: CloudWatchResponse) -> ActionResult:
        given = self._get_params()
        start_s, end_s = _seconds(given["StartTime"]), _seconds(given["EndTime"])
        if start_s >= end_s:
            raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
        try:
            results = evaluate(given.get("MetricDataQueries") or (), start_s, end_s)
        except ValueError as problem:
            raise ValidationError(str(problem)) from None
        newest_first = (given.get("ScanBy") or "TimestampDescending") == "TimestampDescending"
        return ActionResult({"MetricDataResults": [_result(result, newest_first) for result in results]})

    def list_metrics(self: CloudWatchResponse) -> ActionResult:
        given = self._get_params()
        fitting = [metric.as_api() for metric in store.metrics() if _fits(metric, given)]
        first = int(given.get("NextToken") or 0)
        rest = str(first + _MOST_LISTED) if len(fitting) > first + _MOST_LISTED else None
        return ActionResult({"Metrics": fitting[first : first + _MOST_LISTED], "NextToken": rest})

    patches.put(CloudWatchBackend, "put_metric_data", put_metric_data)
    original_put = patches.put(CloudWatchResponse, "put_metric_data", put_by_call)
    original_statistics = patches.put(CloudWatchResponse, "get_metric_statistics", get_metric_statistics)
    patches.put(CloudWatchResponse, "get_metric_data", get_metric_data)
    patches.put(CloudWatchResponse, "list_metrics", list_metrics)


# -- PutMetricData --------------------------------------------------------------------------------


def _check(backend: CloudWatchBackend, kernel: Kernel, data: Sequence[Mapping[str, Any]]) -> None:
    if len(data) > MOST_METRICS:
        raise InvalidParameterValue(f"The collection MetricData must not have a size greater than {MOST_METRICS}.")
    for number, datum in enumerate(data, start=1):
        backend._validate_parameters_put_metric_data(dict(datum), number)
        name = f"MetricData.member.{number}"
        if len(datum.get("Dimensions") or ()) > MOST_DIMENSIONS:
            raise InvalidParameterValue(
                f"The collection {name}.Dimensions must not have a size greater than {MOST_DIMENSIONS}."
            )
        if len(datum.get("Values") or ()) > MOST_VALUES:
            raise InvalidParameterValue(
                f"The collection {name}.Values must not have a size greater than {MOST_VALUES}."
            )
        if math.isinf(float(datum.get("Value") or 0)):
            raise InvalidParameterValue(f"The value for parameter {name}.Value is invalid.")
        age_s = kernel.clock.now_s - _seconds(datum["Timestamp"]) if datum.get("Timestamp") else 0
        if not -_NEWEST_S <= age_s <= _OLDEST_S:
            raise InvalidParameterValue(
                f"The parameter {name}.Timestamp must specify a time no more than two weeks in the past and no more "
                "than two hours in the future."
            )


def _values(datum: Mapping[str, Any]) -> Values:
    if datum.get("StatisticValues"):
        given = {name: float(value) for name, value in datum["StatisticValues"].items()}
        return Values(given["SampleCount"], given["Sum"], given["Minimum"], given["Maximum"])
    if datum.get("Values"):
        counts = datum.get("Counts") or [1] * len(datum["Values"])
        found = Values()
        for value, times in zip(datum["Values"], counts, strict=True):
            found.add(Values.of(float(value), float(times)))
        return found
    return Values.of(float(datum.get("Value") or 0))


def _seconds(time: Any) -> int:
    if not isinstance(time, datetime):
        time = datetime.fromisoformat(str(time))
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


# -- what is read ---------------------------------------------------------------------------------


def _datapoints(store: MetricStore, given: Mapping[str, Any], wanted: Sequence[str]) -> list[dict[str, Any]]:
    start_s, end_s, period_s = _seconds(given["StartTime"]), _seconds(given["EndTime"]), int(given["Period"])
    if not wanted:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    if start_s >= end_s:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    for problem in filter(None, map(statistic_problem, wanted)):
        raise InvalidParameterValue(f"In this harness {problem}.")
    metric, unit = Metric.of(given["Namespace"], given["MetricName"], given.get("Dimensions") or ()), given.get("Unit")
    points = store.find(metric)
    # Only periods with points in them: the window may be of years.
    found: dict[int, Values] = {}
    for at_s, values in points.between(start_s // 60 * 60, end_s, unit) if points is not None else ():
        found.setdefault(at_s // period_s * period_s, Values()).add(values)
    return [_datapoint(at_s, values, wanted, unit or "None") for at_s, values in found.items()]


def _datapoint(at_s: int, values: Values, wanted: Sequence[str], unit: str) -> dict[str, Any]:
    plain = {name: values.statistic(name) for name in wanted if not name.startswith("p")}
    percentiles = {name: values.statistic(name) for name in wanted if name.startswith("p")}
    point = {"Timestamp": datetime.fromtimestamp(at_s, UTC), "Unit": unit, **plain}
    return point | ({"ExtendedStatistics": percentiles} if percentiles else {})


def _result(result: QueryResult, newest_first: bool) -> dict[str, Any]:
    points = list(reversed(result.points)) if newest_first else list(result.points)
    return {
        "Id": result.id,
        "Label": result.label,
        "Timestamps": [datetime.fromtimestamp(at_s, UTC) for at_s, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
        "Messages": [{"Code": "ArithmeticError", "Value": text} for text in result.messages],
    }


def _fits(metric: Metric, given: Mapping[str, Any]) -> bool:
    if given.get("Namespace") not in (None, metric.namespace) or given.get("MetricName") not in (None, metric.name):
        return False
    has = dict(metric.dimensions)
    return all(
        wanted["Name"] in has and wanted.get("Value") in (None, has[wanted["Name"]])
        for wanted in given.get("Dimensions") or ()
    )
