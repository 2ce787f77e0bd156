"""This file decides which metrics are embedded in a log event. CW-18

By AWS's page "Specification: Embedded metric format": each directive names a namespace, sets of dimensions and metrics;
values stand at the root of the same document, a metric's as a number or an array of up to a hundred. What does not
keep to that gives no metric, as on AWS, where only a metric of CloudWatch Logs tells.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.vendor.metric_store import Metric, MetricStore, Values

MOST_METRICS = 100
MOST_DIMENSIONS = 30
MOST_VALUES = 100


def keep_embedded(store: MetricStore, message: str, at_ms: int) -> None:
    """Keep what is measured in this log event."""
    try:
        document = json.loads(message)
    except ValueError:
        return
    about = document.get("_aws") if isinstance(document, dict) else None
    if not isinstance(about, dict) or not isinstance(about.get("CloudWatchMetrics"), list):
        return
    given_ms = about.get("Timestamp")
    at_s = (given_ms if isinstance(given_ms, int | float) else at_ms) / 1000
    for directive in about["CloudWatchMetrics"]:
        if isinstance(directive, dict) and isinstance(directive.get("Namespace"), str):
            _keep(store, document, directive, at_s)


def _keep(store: MetricStore, document: Mapping[str, Any], directive: Mapping[str, Any], at_s: float) -> None:
    sets = [s for s in (_dimensions(document, names) for names in directive.get("Dimensions") or [[]]) if s is not None]
    for told in (directive.get("Metrics") or ())[:MOST_METRICS]:
        name = told.get("Name") if isinstance(told, dict) else None
        values = _values(document.get(name)) if isinstance(name, str) else None
        if values is None:
            continue
        for dimensions in sets:
            store.put(
                Metric(directive["Namespace"], str(name), dimensions),
                at_s,
                Values(values.count, values.total, values.low, values.high, list(values.samples)),
                str(told.get("Unit") or "None"),
                resolution_s=1 if told.get("StorageResolution") == 1 else 60,
            )


def _dimensions(document: Mapping[str, Any], names: Any) -> tuple[tuple[str, str], ...] | None:
    if not isinstance(names, list) or len(names) > MOST_DIMENSIONS:
        return None
    if not all(isinstance(name, str) and isinstance(document.get(name), str) for name in names):
        return None
    return tuple(sorted((name, document[name]) for name in names))


def _values(given: Any) -> Values | None:
    numbers: Sequence[Any] = given if isinstance(given, list) else [given]
    if not numbers or len(numbers) > MOST_VALUES:
        return None
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        return None
    found = Values()
    for number in numbers:
        found.add(Values.of(float(number)))
    return found
