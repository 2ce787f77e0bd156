"""This file decides which filters a log group of moto's has, and tells when events came into a group that has some.

Upstream (moto 5.2.5): a subscription filter's pattern is kept and not asked, everything goes to the destination at
once; a filter cannot be replaced where there are two; a metric filter is kept and makes no metric, each call adds
another of the same name, and they outlive their group; ``TestMetricFilter`` is not there;
``FilterLogEvents`` knows words only and lets everything pass that is none. Why that can't stay: CW-17, CW-19.
What we do: keep the filters as AWS does, judge patterns by ``logs_patterns.py``, and tell; who gets what is decided
above. Ids of events begin anew in each world.
Since: moto 4.0. Not needed any more when: the tests ``test_upstream_...`` of test_logs_filters.py fail.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.logs import models
from moto.logs.exceptions import InvalidParameterException, LimitExceededException, ResourceNotFoundException
from moto.logs.responses import LogsResponse

from harness.vendor import logs_patterns
from harness.vendor.logs_values import PatternRefused
from harness.vendor.patches import Patches

_MOST_SUBSCRIPTIONS = 2
_MOST_DIMENSIONS = 3


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event: ``at_ms`` since 1970."""

    id: str
    at_ms: int
    message: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription filter of a group."""

    name: str
    pattern: str
    destination_arn: str
    role_arn: str | None
    by_stream: bool


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """One metric filter of a group; ``transformations`` in the API's form."""

    name: str
    pattern: str
    transformations: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Logged:
    """What came into a stream of a group in one call, and the filters that the group had then."""

    group_arn: str
    stream: str
    events: Sequence[LogEvent]
    subscriptions: Sequence[Subscription]
    metric_filters: Sequence[MetricFilter]


class _KeptFilter(models.SubscriptionFilter):
    """moto's, with its way of spreading events over a stream's shards."""

    distribution = "ByLogStream"

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "distribution": self.distribution}


class _Pattern:
    """In the place of moto's reader of patterns."""

    def __init__(self, text: str) -> None:
        self._match = _checked(text)

    def matches(self, message: str) -> bool:
        return self._match(message) is not None


def put_metric_data(group_arn: str, namespace: str, data: list[dict[str, Any]]) -> None:
    """Put points into CloudWatch, in the region and account of the log group, as ``PutMetricData`` would."""
    _, _, _, region, account_id, *_ = group_arn.split(":")
    # moto's times have no zone.
    points = [{**point, "Timestamp": point["Timestamp"].replace(tzinfo=None)} for point in data]
    cloudwatch_backends[account_id][region].put_metric_data(namespace, points)


def _checked(text: str | None) -> logs_patterns.Pattern:
    try:
        return logs_patterns.parse(text or "")
    except PatternRefused as refused:
        raise InvalidParameterException(str(refused)) from None


def apply(
    patches: Patches,
    *,
    destination_problem: Callable[[str, str, str | None], str | None],
    on_logged: Sequence[Callable[[Logged], None]],
    on_subscribed: Callable[[str, Subscription], None],
) -> None:
    """Put the filters in place.

    ``destination_problem`` is given a group's ARN, the destination's and a role's, and says what AWS would refuse;
    ``on_subscribed`` is given the group's ARN and the new filter.
    """

    def put_log_events(self: models.LogStream, log_events: list[dict[str, Any]]) -> str:
        group = self.log_group
        kept, group.subscription_filters = group.subscription_filters, {}
        try:
            token: str = original_put(self, log_events)
        finally:
            group.subscription_filters = kept
        metric_filters = logs_backend(group).filters.get_matching_filters(log_group_name=group.name)
        if log_events and (kept or metric_filters):
            logged = _logged(self, len(log_events), metric_filters)
            for tell in on_logged:
                tell(logged)
        return token

    def put_subscription_filter(self: LogsResponse) -> str:
        backend = self.logs_backend
        group = backend.groups.get(self._get_param("logGroupName"))
        if group is None:
            raise ResourceNotFoundException
        _checked(self._get_param("filterPattern"))
        names = ("filterName", "filterPattern", "destinationArn", "roleArn")
        name, pattern, destination, role = (self._get_param(one) for one in names)
        problem = destination_problem(group.arn, destination, role)
        if problem is not None:
            raise InvalidParameterException(problem)
        before = group.subscription_filters.get(name)
        if before is None and len(group.subscription_filters) >= _MOST_SUBSCRIPTIONS:
            raise LimitExceededException
        kept = _KeptFilter(name, group.name, pattern, destination, role)
        kept.distribution = self._get_param("distribution") or "ByLogStream"
        kept.creation_time = before.creation_time if before is not None else kept.creation_time
        group.subscription_filters[name] = kept
        on_subscribed(group.arn, _subscription(kept))
        return ""

    def put_metric_filter(
        self: models.LogsBackend, filter_name: str, filter_pattern: str, log_group_name: str, transformations: Any
    ) -> None:
        if log_group_name not in self.groups:
            raise ResourceNotFoundException
        _checked(filter_pattern)
        for transformation in transformations:
            _check_dimensions(filter_pattern, transformation)
        self.filters.delete_filter(filter_name, log_group_name)
        original_put_metric_filter(self, filter_name, filter_pattern, log_group_name, transformations)

    def delete_metric_filter(self: models.LogsBackend, filter_name: str, log_group_name: str) -> None:
        known = self.filters.get_matching_filters(log_group_name=log_group_name)
        if filter_name not in [one["filterName"] for one in known]:
            raise ResourceNotFoundException("The specified metric filter does not exist.")
        self.filters.delete_filter(filter_name, log_group_name)

    def delete_log_group(self: models.LogsBackend, log_group_name: str) -> None:
        original_delete_group(self, log_group_name)
        for one in self.filters.get_matching_filters(log_group_name=log_group_name):
            self.filters.delete_filter(one["filterName"], log_group_name)

    def test_metric_filter(self: LogsResponse) -> str:
        match = _checked(self._get_param("filterPattern"))
        matches = []
        for number, message in enumerate(self._get_param("logEventMessages"), 1):
            found = match(message)
            if found is not None:
                extracted = dict(found.extracted)
                matches.append({"eventNumber": number, "eventMessage": message, "extractedValues": extracted})
        return json.dumps({"matches": matches})

    def filter_log_events(self: models.LogsBackend, *asked: Any, **named: Any) -> Any:
        _checked(signature.bind(self, *asked, **named).arguments["filter_pattern"])
        return original_filter(self, *asked, **named)

    signature = inspect.signature(models.LogsBackend.filter_log_events)
    original_put = patches.put(models.LogStream, "put_log_events", put_log_events)
    patches.put(LogsResponse, "put_subscription_filter", put_subscription_filter)
    original_put_metric_filter = patches.put(models.LogsBackend, "put_metric_filter", put_metric_filter)
    patches.put(models.LogsBackend, "delete_metric_filter", delete_metric_filter)
    original_delete_group = patches.put(models.LogsBackend, "delete_log_group", delete_log_group)
    patches.add(LogsResponse, "test_metric_filter", test_metric_filter)
    original_filter = patches.put(models.LogsBackend, "filter_log_events", filter_log_events)
    patches.put(models, "EventMessageFilter", _Pattern)
    patches.put(models.LogEvent, "_event_id", 0)


def logs_backend(group: models.LogGroup) -> models.LogsBackend:
    """The backend that a group is in."""
    return models.logs_backends[group.account_id][group.region]


def _check_dimensions(pattern: str, transformation: Mapping[str, Any]) -> None:
    dimensions = transformation.get("dimensions") or {}
    if not dimensions:
        return
    if not logs_patterns.takes_dimensions(pattern):
        raise InvalidParameterException("The specified filter pattern does not support dimensions")
    if transformation.get("defaultValue") is not None:
        raise InvalidParameterException(
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
        )
    if len(dimensions) > _MOST_DIMENSIONS:
        raise InvalidParameterException(
            f"Invalid metric transformation: {len(dimensions)} dimensions, {_MOST_DIMENSIONS} are the most"
        )


def _logged(stream: models.LogStream, count: int, metric_filters: Sequence[Mapping[str, Any]]) -> Logged:
    group = stream.log_group
    return Logged(
        group_arn=group.arn,
        stream=stream.log_stream_name,
        events=[LogEvent(f"{e.event_id:056d}", e.timestamp, e.message) for e in stream.events[-count:]],
        subscriptions=[_subscription(one) for one in group.subscription_filters.values()],
        metric_filters=[
            MetricFilter(one["filterName"], one["filterPattern"], one["metricTransformations"])
            for one in metric_filters
        ],
    )


def _subscription(kept: models.SubscriptionFilter) -> Subscription:
    return Subscription(kept.name, kept.filter_pattern or "", kept.destination_arn, kept.role_arn, _by_stream(kept))


def _by_stream(kept: models.SubscriptionFilter) -> bool:
    return not isinstance(kept, _KeptFilter) or kept.distribution == "ByLogStream"
