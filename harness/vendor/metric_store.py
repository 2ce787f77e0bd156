"""This file decides how CloudWatch keeps what was measured: by metric and minute, and how a period is summed up.

It does not decide what is accepted (``cloudwatch_metrics.py``) nor what the services publish by themselves
(``harness/observe``). A point of standard resolution belongs to its minute, one of high resolution to its second. What
is a level and not an event (a queue's depth) is asked for when somebody looks: ``Level``.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

MINUTE_S = 60
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


@dataclass(frozen=True, slots=True)
class Metric:
    """Which metric: a metric with other dimensions is another one. ``dimensions`` are sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Iterable[Mapping[str, str]] = ()) -> Metric:
        """From the API's form of dimensions."""
        return cls(namespace, name, tuple(sorted((d["Name"], str(d["Value"])) for d in dimensions)))

    def as_api(self) -> dict[str, object]:
        """The API's form."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions]
        return {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}


@dataclass(slots=True)
class Values:
    """What was measured in one stretch of time. ``samples`` are values with how often each came."""

    count: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    samples: list[tuple[float, float]] = field(default_factory=list)

    @classmethod
    def of(cls, value: float, times: float = 1.0) -> Values:
        """One value, measured so many times."""
        return cls(times, value * times, value, value, [(value, times)])

    def add(self, other: Values) -> None:
        """Sum up with what was measured in another stretch."""
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        self.samples += other.samples

    def statistic(self, name: str) -> float | None:
        """A statistic of the API's, or a percentile ("p99"); None if it says nothing of these values."""
        if not self.count:
            return None
        plain = {
            "SampleCount": self.count,
            "Average": self.total / self.count,
            "Sum": self.total,
            "Minimum": self.low,
            "Maximum": self.high,
        }
        return plain[name] if name in plain else self._percentile(float(name[1:]))

    def _percentile(self, percent: float) -> float | None:
        # Of a statistic set only smallest and largest are known, and AWS has no percentiles of those.
        ordered = sorted(self.samples)
        rank, seen = max(percent / 100 * self.count, 1e-9), 0.0
        for value, times in ordered:
            seen += times
            if seen >= rank - 1e-9:
                return value
        return None


def statistic_problem(name: str) -> str | None:
    """Why a statistic is not known here; None if it is."""
    if name in STATISTICS:
        return None
    if name.startswith("p") and name[1:].replace(".", "", 1).isdigit() and float(name[1:]) <= 100:
        return None
    return f'the statistic "{name}" is not computed here; these are: {", ".join(STATISTICS)} and percentiles like p99'


class Points(Protocol):
    """One metric's points, however they came about. Times are seconds since 1970, ends are not included."""

    def between(self, start_s: int, end_s: int, unit: str | None = None) -> Iterator[tuple[int, Values]]:
        """Time and values of each point, in order."""
        ...

    def moments(self, start_s: int, end_s: int) -> Sequence[int]:
        """The times of the points that differ from the one before, of a level; of anything else, of all."""
        ...


class Recorded:
    """Points that somebody put."""

    def __init__(self) -> None:
        self._times: list[int] = []
        self._values: dict[int, dict[str, Values]] = {}

    def put(self, at_s: int, unit: str, values: Values) -> None:
        """Add to the point of this second or minute."""
        units = self._values.get(at_s)
        if units is None:
            units = self._values[at_s] = {}
            if self._times and at_s < self._times[-1]:
                insort(self._times, at_s)
            else:
                self._times.append(at_s)
        if unit in units:
            units[unit].add(values)
        else:
            units[unit] = values

    def between(self, start_s: int, end_s: int, unit: str | None = None) -> Iterator[tuple[int, Values]]:
        """Time and values of each point, in order."""
        for at_s in self.moments(start_s, end_s):
            units = self._values[at_s]
            if unit is not None and unit in units:
                yield at_s, units[unit]
            elif unit is None:
                both = Values()
                for values in units.values():
                    both.add(values)
                yield at_s, both

    def moments(self, start_s: int, end_s: int) -> Sequence[int]:
        """The times of all points."""
        return self._times[bisect_left(self._times, start_s) : bisect_left(self._times, end_s)]


class MetricStore:
    """All metrics of one world.

    ``on_point`` is called with a metric that has a new point, and its highest value. ``levels`` is asked for metrics
    that nobody put, ``level_names`` says which there are. ``before_reading`` is called before anything is looked up.
    """

    def __init__(self) -> None:
        self.on_point: Callable[[Metric, float], None] = _nobody
        self.levels: Callable[[Metric], Points | None] = _no_level
        self.level_names: Callable[[], Iterable[Metric]] = tuple
        self.before_reading: Callable[[], None] = _nothing
        self._recorded: dict[Metric, Recorded] = {}

    def put(self, metric: Metric, at_s: float, values: Values, unit: str = "None", *, resolution_s: int = 60) -> None:
        """Add values at a time in seconds since 1970."""
        points = self._recorded.get(metric)
        if points is None:
            points = self._recorded[metric] = Recorded()
        points.put(int(at_s) // resolution_s * resolution_s, unit, values)
        self.on_point(metric, values.high)

    def find(self, metric: Metric) -> Points | None:
        """The metric's points; None if nobody ever measured it."""
        self.before_reading()
        return self._recorded.get(metric) or self.levels(metric)

    def metrics(self) -> list[Metric]:
        """Every metric there is, those that were put first in their order."""
        self.before_reading()
        return list(dict.fromkeys([*self._recorded, *self.level_names()]))

    def period(self, metric: Metric, start_s: int, end_s: int, unit: str | None = None) -> Values | None:
        """All that was measured from ``start_s`` to before ``end_s``; None if that is nothing."""
        points = self.find(metric)
        found = Values()
        for _, values in points.between(start_s, end_s, unit) if points is not None else ():
            found.add(values)
        return found if found.count else None


def _nobody(metric: Metric, high: float) -> None:
    """Nobody listens."""


def _no_level(metric: Metric) -> Points | None:
    return None


def _nothing() -> None:
    """Nothing is to be done first."""
