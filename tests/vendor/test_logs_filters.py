"""The contract between our filters and moto's CloudWatch Logs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.logs import models
from moto.logs.responses import LogsResponse

from harness.kernel.scheduler import Kernel
from harness.vendor import logs_filters
from harness.vendor.logs_filters import Logged, Subscription
from harness.world.cloud import Cloud

JOINTS: list[tuple[Any, str]] = [
    (models.LogStream, "put_log_events"),
    (LogsResponse, "put_subscription_filter"),
    (models.LogsBackend, "put_metric_filter"),
    (models.LogsBackend, "delete_metric_filter"),
    (models.LogsBackend, "delete_log_group"),
    (models.LogsBackend, "filter_log_events"),
    (models, "EventMessageFilter"),
    (models.LogEvent, "_event_id"),
]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
TRANSFORMATION = {"metricName": "Errors", "metricNamespace": "App", "metricValue": "1"}


class Seam:
    """moto's logs with our filters, and what they told."""

    def __init__(self, cloud: Cloud) -> None:
        self.logged: list[Logged] = []
        self.subscribed: list[tuple[str, Subscription]] = []
        self.problem: str | None = None
        logs_filters.apply(
            cloud.patches,
            destination_problem=lambda group, destination, role: self.problem,
            on_logged=[self.logged.append],
            on_subscribed=lambda group, subscription: self.subscribed.append((group, subscription)),
        )
        self.logs = cloud.client("logs")
        self.now_ms = cloud.kernel.clock.now_us // 1000
        self.logs.create_log_group(logGroupName="g")
        self.logs.create_log_stream(logGroupName="g", logStreamName="s")

    def put(self, *messages: str) -> None:
        events = [{"timestamp": self.now_ms, "message": message} for message in messages]
        self.logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)

    def subscribe(self, name: str = "n", pattern: str = "", **options: str) -> None:
        self.logs.put_subscription_filter(
            logGroupName="g", filterName=name, filterPattern=pattern, destinationArn=FUNCTION, **options
        )

    def measure(self, name: str = "n", pattern: str = "ERROR", **options: Any) -> None:
        self.logs.put_metric_filter(
            logGroupName="g",
            filterName=name,
            filterPattern=pattern,
            metricTransformations=[{**TRANSFORMATION, **options}],
        )


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(Kernel()) as cloud:
        yield cloud


@pytest.fixture
def seam(cloud: Cloud) -> Seam:
    return Seam(cloud)


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    said = error.value.response["Error"]
    return said["Code"], said["Message"]


def test_the_joints_exist() -> None:
    assert list(inspect.signature(models.LogStream.put_log_events).parameters) == ["self", "log_events"]
    assert list(inspect.signature(models.LogsBackend.put_metric_filter).parameters) == [
        "self",
        "filter_name",
        "filter_pattern",
        "log_group_name",
        "metric_transformations",
    ]
    assert not hasattr(LogsResponse, "test_metric_filter")


def test_undo_restores_the_same_objects() -> None:
    before = [vars(owner)[name] for owner, name in JOINTS]
    with Cloud(Kernel()) as cloud:
        models.LogEvent._event_id += 1
        before[-1] += 1
        Seam(cloud)
        assert all(vars(owner)[name] is not b for (owner, name), b in zip(JOINTS, before, strict=True))
    # The last is a number.
    assert [vars(owner)[name] for owner, name in JOINTS] == before
    assert all(vars(owner)[name] is b for (owner, name), b in zip(JOINTS[:-1], before[:-1], strict=True))
    assert not hasattr(LogsResponse, "test_metric_filter")


def test_upstream_makes_no_metric_and_takes_any_pattern(cloud: Cloud) -> None:
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="g")
    for _ in range(2):
        logs.put_metric_filter(
            logGroupName="g", filterName="n", filterPattern="a:b", metricTransformations=[TRANSFORMATION]
        )
    assert len(logs.describe_metric_filters()["metricFilters"]) == 2
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    event = {"timestamp": cloud.kernel.clock.now_us // 1000, "message": "a:b"}
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[event])
    assert cloud.client("cloudwatch").list_metrics()["Metrics"] == []
    assert logs.filter_log_events(logGroupName="g", filterPattern="{ $.a = 1 }")["events"] != []


def test_cw_17_the_filters_of_a_group_are_told_with_its_new_events(seam: Seam) -> None:
    seam.put("before")
    seam.subscribe("sub", "ERROR", roleArn="role", distribution="Random")
    seam.measure("count")
    seam.put("one", "two")
    (logged,) = seam.logged
    assert (logged.group_arn, logged.stream) == ("arn:aws:logs:us-east-1:123456789012:log-group:g", "s")
    assert [(e.id, e.at_ms, e.message) for e in logged.events] == [
        (f"{1:056d}", seam.now_ms, "one"),
        (f"{2:056d}", seam.now_ms, "two"),
    ]
    assert logged.subscriptions == [Subscription("sub", "ERROR", FUNCTION, "role", by_stream=False)]
    assert [(m.name, m.pattern, m.transformations) for m in logged.metric_filters] == [
        ("count", "ERROR", [TRANSFORMATION])
    ]


def test_a_group_without_filters_tells_nobody(seam: Seam) -> None:
    seam.put("one")
    assert seam.logged == []


def test_cw_19_a_group_has_two_subscriptions_each_of_which_can_be_replaced(seam: Seam) -> None:
    seam.subscribe("a", "one")
    seam.subscribe("b")
    seam.subscribe("a", "two", distribution="Random")
    found = seam.logs.describe_subscription_filters(logGroupName="g")["subscriptionFilters"]
    assert [(f["filterName"], f["filterPattern"], f["distribution"]) for f in found] == [
        ("a", "two", "Random"),
        ("b", "", "ByLogStream"),
    ]
    assert [s.name for _, s in seam.subscribed] == ["a", "b", "a"]
    with pytest.raises(ClientError) as error:
        seam.subscribe("c")
    assert refusal(error)[0] == "LimitExceededException"


def test_a_subscription_that_the_destination_does_not_take_is_refused(seam: Seam) -> None:
    seam.problem = "Could not."
    with pytest.raises(ClientError) as error:
        seam.subscribe()
    assert refusal(error) == ("InvalidParameterException", "Could not.")
    with pytest.raises(ClientError) as error:
        seam.logs.put_subscription_filter(
            logGroupName="other", filterName="n", filterPattern="", destinationArn=FUNCTION
        )
    assert refusal(error)[0] == "ResourceNotFoundException"


def test_a_metric_filter_is_replaced_deleted_and_goes_with_its_group(seam: Seam) -> None:
    def names() -> list[str]:
        return [f["filterName"] for f in seam.logs.describe_metric_filters()["metricFilters"]]

    seam.measure("a", "one")
    seam.measure("a", "two")
    seam.measure("b")
    assert names() == ["a", "b"]
    seam.logs.delete_metric_filter(logGroupName="g", filterName="b")
    assert names() == ["a"]
    with pytest.raises(ClientError) as error:
        seam.logs.delete_metric_filter(logGroupName="g", filterName="b")
    assert refusal(error)[0] == "ResourceNotFoundException"
    seam.logs.delete_log_group(logGroupName="g")
    assert names() == []


@pytest.mark.parametrize(
    ("pattern", "options", "says"),
    [
        ("ERROR", {"dimensions": {"a": "$.a"}}, "The specified filter pattern does not support dimensions"),
        (
            "{ $.a = 1 }",
            {"dimensions": {"a": "$.a"}, "defaultValue": 0.0},
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties.",
        ),
        (
            "{ $.a = 1 }",
            {"dimensions": dict.fromkeys("abcd", "$.a")},
            "Invalid metric transformation: 4 dimensions, 3 are the most",
        ),
        ("a:b", {}, "Invalid character(s) in term 'a:b'"),
    ],
)
def test_cw_17_what_aws_refuses_of_a_metric_filter(
    seam: Seam, pattern: str, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(ClientError) as error:
        seam.measure("n", pattern, **options)
    assert refusal(error) == ("InvalidParameterException", says)


def test_a_metric_filter_can_be_tried_out(seam: Seam) -> None:
    answer = seam.logs.test_metric_filter(
        filterPattern="[ip, status = 4*, size]", logEventMessages=["1.1.1.1 200 5", "1.1.1.2 404 7"]
    )
    assert answer["matches"] == [
        {
            "eventNumber": 2,
            "eventMessage": "1.1.1.2 404 7",
            "extractedValues": {"$ip": "1.1.1.2", "$status": "404", "$size": "7"},
        }
    ]
    with pytest.raises(ClientError) as error:
        seam.logs.test_metric_filter(filterPattern="{", logEventMessages=["x"])
    assert refusal(error) == ("InvalidParameterException", "Invalid metric filter pattern")


def test_events_are_filtered_by_the_same_patterns(seam: Seam) -> None:
    seam.put('{"level": "ERROR", "n": 1}', '{"level": "INFO", "n": 2}', "ERROR in words")

    def found(pattern: str) -> list[str]:
        return [e["message"] for e in seam.logs.filter_log_events(logGroupName="g", filterPattern=pattern)["events"]]

    assert found('{ $.level = "ERROR" }') == ['{"level": "ERROR", "n": 1}']
    assert found("ERROR -words") == ['{"level": "ERROR", "n": 1}']
    assert len(found("")) == 3
    with pytest.raises(ClientError) as error:
        found("a:b")
    assert refusal(error)[0] == "InvalidParameterException"
