"""A look at what metrics CloudWatch has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_MINUTE_S = 60


def points(
    pipeline: Any,
    metric: str,
    sums: list[float],
    counts: list[int] | None = None,
    dimensions: dict[str, str] | None = None,
) -> None:
    """The metric, ``Namespace/Name``, has these sums (and numbers of values) in the minutes that have any."""
    namespace, _, name = metric.rpartition("/")
    answer = pipeline.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in (dimensions or {}).items()],
        StartTime=datetime(2000, 1, 1, tzinfo=UTC),
        EndTime=datetime(2100, 1, 1, tzinfo=UTC),
        Period=_MINUTE_S,
        Statistics=["Sum", "SampleCount"],
    )
    found = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    assert [point["Sum"] for point in found] == sums, f"{metric}: {found}"
    assert counts is None or [point["SampleCount"] for point in found] == counts, f"{metric}: {found}"
