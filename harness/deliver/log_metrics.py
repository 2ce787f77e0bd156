"""This file decides which points of metrics come out of log events, by the metric filters of their group. CW-17

What AWS says of it ("Creating metrics from log events using filters"): only new events count; the value is a number or
stands in the event, as ``$.latency`` or ``$size``; what is no number makes no point; an event that lacks one of the
dimensions makes none; the default value is reported for a minute in which events came and none matched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.vendor import logs_filters, logs_patterns
from harness.vendor.logs_filters import Logged, MetricFilter
from harness.vendor.logs_values import NUMBER, Match

_MINUTE_US = 60 * US_PER_S


@dataclass(slots=True)
class _Minute:
    """A minute in which events came in: whether one of them has matched."""

    matched: bool = False


class LogMetrics:
    """CloudWatch Logs' side of metric filters."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._minutes: dict[tuple[str, str], _Minute] = {}

    def on_logged(self, logged: Logged) -> None:
        """Make the points that the group's filters find in these events."""
        for one in logged.metric_filters:
            match = logs_patterns.parse(one.pattern)
            found = [(event.at_ms, m) for event in logged.events if (m := match(event.message)) is not None]
            if any(transformation.get("defaultValue") is not None for transformation in one.transformations):
                self._minute(logged.group_arn, one).matched |= bool(found)
            for transformation in one.transformations:
                data = [
                    point for at_ms, matched in found if (point := _point(transformation, matched, at_ms)) is not None
                ]
                self._put(logged.group_arn, one, transformation, data)

    def _minute(self, group_arn: str, one: MetricFilter) -> _Minute:
        key = (group_arn, one.name)
        if key not in self._minutes:
            self._minutes[key] = _Minute()
            now_us = self._kernel.clock.now_us
            end_us = now_us - now_us % _MINUTE_US + _MINUTE_US
            cause = self._kernel.current.cause if self._kernel.current is not None else None
            self._kernel.call_at(end_us, lambda: self._over(key, one, end_us, cause))
        return self._minutes[key]

    def _over(self, key: tuple[str, str], one: MetricFilter, end_us: int, cause: int | None) -> None:
        if self._minutes.pop(key).matched:
            return
        for transformation in one.transformations:
            value = transformation.get("defaultValue")
            if value is not None:
                at_ms = (end_us - _MINUTE_US) // 1000
                self._put(key[0], one, transformation, [_datum(transformation, float(value), at_ms)], cause)

    def _put(
        self,
        group_arn: str,
        one: MetricFilter,
        transformation: Mapping[str, Any],
        data: list[dict[str, Any]],
        cause: int | None = None,
    ) -> None:
        if not data:
            return
        self._kernel.emit(
            "deliver",
            "counted",
            one.name,
            cause=cause,
            group=group_arn.split(":", 6)[6],
            metric=f"{transformation['metricNamespace']}/{transformation['metricName']}",
            values=[datum["Value"] for datum in data],
        )
        logs_filters.put_metric_data(group_arn, transformation["metricNamespace"], data)


def _point(transformation: Mapping[str, Any], match: Match, at_ms: int) -> dict[str, Any] | None:
    value = _number(transformation["metricValue"], match)
    if value is None:
        return None
    dimensions = []
    for name, reference in (transformation.get("dimensions") or {}).items():
        found = match.find(reference)
        if found is None or isinstance(found, dict | list):
            return None
        dimensions.append({"Name": name, "Value": str(found)})
    return _datum(transformation, value, at_ms, dimensions)


def _number(reference: str, match: Match) -> float | None:
    value = match.find(reference) if reference.startswith("$") else reference
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        return None
    return float(value)


def _datum(
    transformation: Mapping[str, Any], value: float, at_ms: int, dimensions: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    return {
        "MetricName": transformation["metricName"],
        "Value": value,
        "Timestamp": datetime.fromtimestamp(at_ms / 1000, UTC),
        "Unit": transformation.get("unit") or "None",
        "Dimensions": dimensions or [],
    }
