"""The contract between our CloudWatch and moto's: metrics, alarms, and metrics embedded in logs."""

from __future__ import annotations

import inspect
from datetime import timedelta
from functools import partial

import pytest
from botocore.exceptions import ClientError
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.logs.models import LogStream

from harness.kernel.scheduler import Kernel
from harness.observe import queries
from harness.vendor import cloudwatch_alarms, cloudwatch_metrics, logs_embedded
from harness.vendor.cloudwatch_alarms import AlarmEvents
from harness.vendor.metric_store import MetricStore
from harness.world.cloud import Cloud

METHODS = [
    (CloudWatchBackend, "put_metric_data"),
    (CloudWatchBackend, "delete_alarms"),
    (CloudWatchBackend, "set_alarm_state"),
    (CloudWatchResponse, "put_metric_data"),
    (CloudWatchResponse, "put_metric_alarm"),
    (CloudWatchResponse, "get_metric_statistics"),
    (CloudWatchResponse, "get_metric_data"),
    (CloudWatchResponse, "list_metrics"),
    (LogStream, "put_log_events"),
]
PLAIN = {
    "AlarmName": "a",
    "Namespace": "Shop",
    "MetricName": "Sold",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "LessThanThreshold",
}


@pytest.fixture
def told():
    return []


@pytest.fixture
def cloud(told):
    with Cloud(Kernel()) as cloud:
        store = MetricStore()
        cloudwatch_metrics.apply(cloud.patches, cloud.kernel, store, evaluate=partial(queries.evaluate, store))
        events = AlarmEvents(
            lambda arn: told.append(("put", arn)),
            lambda arn: told.append(("gone", arn)),
            lambda arn, *state: told.append(("set", *state)),
        )
        cloudwatch_alarms.apply(
            cloud.patches, problem=lambda given: "no" if given.get("Period") == 7 else None, events=events
        )
        logs_embedded.apply(cloud.patches, on_embedded=lambda text, at_ms: told.append((text, at_ms)))
        yield cloud


@pytest.fixture
def cloudwatch(cloud):
    return cloud.client("cloudwatch")


def refused(call, **options):
    with pytest.raises(ClientError) as caught:
        call(**options)
    return caught.value.response["Error"]["Message"]


def ask(cloud, name="Sold", **more):
    now = cloud.kernel.clock.now()
    return cloud.client("cloudwatch").get_metric_statistics(
        Namespace="Shop",
        MetricName=name,
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        **{"Period": 300, **({} if "ExtendedStatistics" in more else {"Statistics": ["Sum"]})} | more,
    )["Datapoints"]


def test_the_joints_exist():
    signatures = [list(inspect.signature(getattr(owner, name)).parameters) for owner, name in METHODS]
    assert signatures[:3] == [
        ["self", "namespace", "metric_data"],
        ["self", "alarm_names"],
        ["self", "alarm_name", "reason", "reason_data", "state_value"],
    ]
    assert signatures[3:8] == [["self"]] * 5
    assert signatures[8] == ["self", "log_events"]
    assert not hasattr(CloudWatchResponse, "put_composite_alarm")


def test_cw_05_upstream_begins_an_alarm_in_ok_and_knows_no_percentiles():
    with Cloud(Kernel()) as cloud:
        cloudwatch = cloud.client("cloudwatch")
        cloudwatch.put_metric_alarm(**PLAIN)
        assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "OK"
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Sold", "Value": 1}])
        now = cloud.kernel.clock.now()
        (point,) = cloudwatch.get_metric_statistics(
            Namespace="Shop",
            MetricName="Sold",
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=60,
            ExtendedStatistics=["p90"],
        )["Datapoints"]
        assert "ExtendedStatistics" not in point


def test_leaving_restores_upstream_as_it_was():
    before = [vars(owner)[name] for owner, name in METHODS]
    with Cloud(Kernel()) as cloud:
        store = MetricStore()
        cloudwatch_metrics.apply(cloud.patches, cloud.kernel, store, evaluate=lambda *asked: [])
        events = AlarmEvents(lambda arn: None, lambda arn: None, lambda *state: None)
        cloudwatch_alarms.apply(cloud.patches, problem=lambda given: None, events=events)
        logs_embedded.apply(cloud.patches, on_embedded=lambda text, at_ms: None)
        assert all(vars(owner)[name] is not b for (owner, name), b in zip(METHODS, before, strict=True))
    assert all(vars(owner)[name] is b for (owner, name), b in zip(METHODS, before, strict=True))
    assert not hasattr(CloudWatchResponse, "put_composite_alarm")


def test_cw_16_what_was_put_is_summed_up_by_period(cloud, cloudwatch):
    data = [{"MetricName": "Sold", "Value": v} for v in (1, 2, 4)]
    data.append({"MetricName": "Sold", "Values": [10.0], "Counts": [2.0]})
    statistics = {"SampleCount": 2, "Sum": 30, "Minimum": 10, "Maximum": 20}
    data.append({"MetricName": "Sold", "StatisticValues": statistics})
    data.append({"MetricName": "Sold", "Value": 99, "Dimensions": [{"Name": "Shop", "Value": "a"}]})
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    every = ["Sum", "SampleCount", "Minimum", "Maximum", "Average"]
    (point,) = ask(cloud, Statistics=every)
    assert [point[name] for name in every] == [57, 7, 1, 20, 57 / 7]
    (point,) = ask(cloud, Dimensions=[{"Name": "Shop", "Value": "a"}])
    assert point["Sum"] == 99


def test_a_window_of_years_costs_its_points_only(cloud, cloudwatch):
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Sold", "Value": 3}])
    window = {"StartTime": "1970-01-01T00:00:00Z", "EndTime": "2100-01-01T00:00:00Z"}
    answer = cloudwatch.get_metric_statistics(
        Namespace="Shop", MetricName="Sold", Period=60, Statistics=["Sum"], **window
    )
    assert [point["Sum"] for point in answer["Datapoints"]] == [3]
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "Sold"}, "Period": 60, "Stat": "Sum"}
    said = refused(cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "m", "MetricStat": stat}], **window)
    assert "more than 100,800 datapoints" in said


def test_percentiles_and_units_are_answered(cloud, cloudwatch):
    data = [{"MetricName": "Took", "Values": [float(n) for n in range(1, 101)], "Unit": "Seconds"}]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[*data, {"MetricName": "Took", "Value": 1e6}])
    (point,) = ask(cloud, "Took", ExtendedStatistics=["p50", "p99"], Unit="Seconds")
    assert point["ExtendedStatistics"] == {"p50": 50, "p99": 99}
    assert point["Unit"] == "Seconds"


def test_metric_data_is_answered_with_expressions(cloud, cloudwatch):
    now = cloud.kernel.clock.now()
    for minutes, value in ((10, 2), (5, 6)):
        at = now - timedelta(minutes=minutes)
        data = [{"MetricName": n, "Value": v, "Timestamp": at} for n, v in (("Bad", 1), ("All", value))]
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    asked = [
        {
            "Id": id,
            "ReturnData": False,
            "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": 300, "Stat": "Sum"},
        }
        for id, name in (("bad", "Bad"), ("all", "All"))
    ]
    asked.append({"Id": "rate", "Expression": "100 * bad / all", "Label": "rate"})
    window = {"StartTime": now - timedelta(minutes=15), "EndTime": now}
    (result,) = cloudwatch.get_metric_data(MetricDataQueries=asked, **window)["MetricDataResults"]
    assert (result["Id"], result["Values"]) == ("rate", [100 / 6, 50])
    asked[-1]["Expression"] = "bad / nothing"
    assert 'names "nothing"' in refused(cloudwatch.get_metric_data, MetricDataQueries=asked, **window)


def test_metrics_are_listed_by_their_dimensions(cloudwatch):
    for shop in ("a", "b"):
        data = [{"MetricName": "Sold", "Value": 1, "Dimensions": [{"Name": "Shop", "Value": shop}]}]
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    assert len(cloudwatch.list_metrics(Namespace="Shop")["Metrics"]) == 2
    (one,) = cloudwatch.list_metrics(Dimensions=[{"Name": "Shop", "Value": "b"}])["Metrics"]
    assert one == {"Namespace": "Shop", "MetricName": "Sold", "Dimensions": [{"Name": "Shop", "Value": "b"}]}


@pytest.mark.parametrize(
    ("namespace", "datum", "said"),
    [
        ("AWS/Lambda", {"Value": 1}, "The value AWS/ for parameter Namespace is invalid."),
        ("Shop", {"Values": [1.0] * 151}, "must not have a size greater than 150"),
        ("Shop", {"Value": 1, "Dimensions": [{"Name": f"d{n}", "Value": "v"} for n in range(31)]}, "greater than 30"),
        ("Shop", {"Value": 1, "Timestamp": "2029-12-31T00:00:00Z"}, "no more than two weeks in the past"),
        ("Shop", {"Value": 1, "Timestamp": "2030-01-15T12:00:00Z"}, "no more than two hours in the future"),
    ],
)
def test_cw_16_limits_are_aws_limits(cloudwatch, namespace, datum, said):
    datum = {"MetricName": "Sold"} | datum
    assert said in refused(cloudwatch.put_metric_data, Namespace=namespace, MetricData=[datum])


def test_what_motos_own_services_measure_is_kept(cloud, cloudwatch):
    kinesis = cloud.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")
    assert {m["Namespace"] for m in cloudwatch.list_metrics()["Metrics"]} == {"AWS/Kinesis"}


def test_whoever_decides_is_told_of_alarms(cloudwatch, told):
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
    cloudwatch.put_metric_alarm(**PLAIN)
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="because")
    cloudwatch.delete_alarms(AlarmNames=["a", "nobody"])
    assert told == [("put", arn), ("put", f"{arn[:-1]}c"), ("set", "OK", "because", ""), ("gone", arn)]


def test_an_alarm_that_is_wrong_is_refused_and_not_kept(cloudwatch, told):
    assert refused(cloudwatch.put_metric_alarm, **PLAIN | {"Period": 7}) == "no"
    assert (told, cloudwatch.describe_alarms()["MetricAlarms"]) == ([], [])


def test_a_composite_alarm_is_shown_with_its_rule(cloudwatch):
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)", ActionsSuppressor="s")
    (shown,) = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert (shown["AlarmRule"], shown["ActionsSuppressor"]) == ("ALARM(a)", "s")
    assert shown["StateValue"] == "INSUFFICIENT_DATA"


def test_a_state_that_there_is_not_is_refused(cloudwatch):
    cloudwatch.put_metric_alarm(**PLAIN)
    said = refused(cloudwatch.set_alarm_state, AlarmName="a", StateValue="ON", StateReason="r")
    assert "[INSUFFICIENT_DATA, ALARM, OK]" in said
