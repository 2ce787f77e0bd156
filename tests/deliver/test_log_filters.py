"""What becomes of log events whose group has filters."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from harness.deliver import log_subscriptions

GROUP_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:app"
STREAM_ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/log"


class Logs:
    def __init__(self, world):
        self.world = world
        self.client = world.cloud.client("logs")
        self.client.create_log_group(logGroupName="app")
        self.client.create_log_stream(logGroupName="app", logStreamName="s")

    def put(self, *messages):
        at_ms = self.world.kernel.clock.now_us // 1000
        events = [{"timestamp": at_ms, "message": message} for message in messages]
        self.client.put_log_events(logGroupName="app", logStreamName="s", logEvents=events)

    def subscribe(self, arn, pattern="", name="errors", **options):
        self.client.put_subscription_filter(
            logGroupName="app", filterName=name, filterPattern=pattern, destinationArn=arn, **options
        )

    def measure(self, pattern="ERROR", value="1", **options):
        given = {"metricName": "Errors", "metricNamespace": "App", "metricValue": value, **options}
        self.client.put_metric_filter(
            logGroupName="app", filterName="count", filterPattern=pattern, metricTransformations=[given]
        )

    def points(self, *dimensions, minutes=60):
        start = self.world.kernel.clock.now() - timedelta(minutes=minutes)
        found = self.world.cloud.client("cloudwatch").get_metric_statistics(
            Namespace="App",
            MetricName="Errors",
            StartTime=start,
            EndTime=start + timedelta(minutes=2 * minutes),
            Period=60,
            Statistics=["Sum", "SampleCount"],
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions],
        )["Datapoints"]
        return [(point["Sum"], point["SampleCount"]) for point in sorted(found, key=lambda p: p["Timestamp"])]


@pytest.fixture
def logs(world):
    return Logs(world)


def unpacked(data):
    return json.loads(gzip.decompress(base64.b64decode(data)))


def test_cw_19_a_function_gets_what_its_filter_lets_pass(world, logs):
    arn = world.function("f", permits=("logs",))
    logs.subscribe(arn, "ERROR")
    assert world.run(lambda: logs.put("ERROR one", "fine", "ERROR two")) == log_subscriptions.DELAYS_S[0]
    (call,) = world.invoker.calls
    assert list(call.event) == ["awslogs"]
    at_ms = world.kernel.clock.now_us // 1000 - 1000
    assert unpacked(call.event["awslogs"]["data"]) == {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "app",
        "logStream": "s",
        "subscriptionFilters": ["errors"],
        "logEvents": [
            {"id": f"{0:056d}", "timestamp": at_ms, "message": "ERROR one"},
            {"id": f"{2:056d}", "timestamp": at_ms, "message": "ERROR two"},
        ],
    }
    (event,) = world.events("deliver", "subscribed")
    assert (event.who, event.detail) == (arn, {"group": "app", "filter": "errors", "events": 2})


def test_cw_19_fields_between_spaces_come_along(world, logs):
    logs.subscribe(world.function("f", permits=("logs",)), "[level = ERROR, text]")
    world.run(lambda: logs.put("ERROR it broke"))
    (event,) = unpacked(world.invoker.calls[0].event["awslogs"]["data"])["logEvents"]
    assert event["extractedFields"] == {"level": "ERROR", "text": "it broke"}


def test_cw_19_the_function_must_let_logs_in(world, logs):
    arn = world.function("f", permits=())
    with pytest.raises(ClientError, match="Could not execute the lambda function"):
        logs.subscribe(arn)
    world.functions_api.add_permission(
        FunctionName="f",
        StatementId="regional",
        Action="lambda:InvokeFunction",
        Principal="logs.us-east-1.amazonaws.com",
        SourceArn=f"{GROUP_ARN}:*",
    )
    logs.subscribe(arn)
    world.functions_api.remove_permission(FunctionName="f", StatementId="regional")
    world.run(lambda: logs.put("x"))
    assert world.invoker.calls == []
    (event,) = world.events("deliver", "dropped")
    assert event.who == arn
    assert "logs.amazonaws.com may not lambda:InvokeFunction" in event.detail["reason"]


def test_a_permission_for_another_group_does_not_do(world, logs):
    arn = world.function("f", permits=())
    world.permit("f", "logs", SourceArn=GROUP_ARN.replace("app", "other") + ":*")
    with pytest.raises(ClientError, match="Could not execute the lambda function"):
        logs.subscribe(arn)


@pytest.mark.parametrize("arn", ["arn:aws:firehose:us-east-1:123456789012:deliverystream/d", "nonsense"])
def test_other_destinations_are_refused_by_name(logs, arn):
    with pytest.raises(ClientError, match=r"\[HARNESS\] Nothing here carries log events to (firehose|such)"):
        logs.subscribe(arn)


def test_much_is_delivered_in_pieces(world, logs, monkeypatch):
    monkeypatch.setattr(log_subscriptions, "_MOST_BYTES", 10)
    logs.subscribe(world.function("f", permits=("logs",)))
    world.run(lambda: logs.put("a", "b", "c"))
    batches = [unpacked(call.event["awslogs"]["data"])["logEvents"] for call in world.invoker.calls]
    assert [[event["message"] for event in batch] for batch in batches] == [["a"], ["b"], ["c"]]


class Stream:
    def __init__(self, world, allowed=True):
        self.client = world.cloud.client("kinesis")
        self.client.create_stream(StreamName="log", ShardCount=1)
        iam = world.cloud.client("iam")
        self.role = iam.create_role(RoleName="sends", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        statement = {"Effect": "Allow" if allowed else "Deny", "Action": "kinesis:PutRecord", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="sends", PolicyName="p", PolicyDocument=document)

    def records(self):
        shard = "shardId-000000000000"
        iterator = self.client.get_shard_iterator(StreamName="log", ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
            "ShardIterator"
        ]
        return self.client.get_records(ShardIterator=iterator)["Records"]


def test_cw_19_a_stream_gets_a_control_message_and_then_the_events(world, logs):
    stream = Stream(world)

    def act():
        logs.subscribe(STREAM_ARN, roleArn=stream.role)
        logs.put("one")
        logs.put("two")

    world.run(act)
    found = stream.records()
    events = [json.loads(gzip.decompress(record["Data"])) for record in found]
    assert [event["messageType"] for event in events] == ["CONTROL_MESSAGE", "DATA_MESSAGE", "DATA_MESSAGE"]
    assert [event["logEvents"][0]["message"] for event in events[1:]] == ["one", "two"]
    assert found[1]["PartitionKey"] == found[2]["PartitionKey"]


def test_cw_19_at_random_each_batch_has_a_partition_key_of_its_own(world, logs):
    stream = Stream(world)

    def act():
        logs.subscribe(STREAM_ARN, roleArn=stream.role, distribution="Random")
        logs.put("one")
        logs.put("two")

    world.run(act)
    keys = [record["PartitionKey"] for record in stream.records()]
    assert len(dict.fromkeys(keys)) == 3


def test_cw_19_the_role_must_be_allowed_to_write_into_the_stream(world, logs):
    stream = Stream(world, allowed=False)
    with pytest.raises(ClientError, match="cannot be used without roleArn"):
        logs.subscribe(STREAM_ARN)
    with pytest.raises(ClientError, match="Could not deliver test message to specified Kinesis stream"):
        logs.subscribe(STREAM_ARN, roleArn=stream.role)
    with pytest.raises(ClientError, match="Could not deliver test message to specified Kinesis stream"):
        logs.subscribe(f"{STREAM_ARN}s", roleArn=stream.role)


def test_cw_19_a_full_shard_is_tried_again(world, logs, monkeypatch):
    stream = Stream(world)
    logs.subscribe(STREAM_ARN, roleArn=stream.role)
    refusals = [ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "PutRecord")] * 3
    original = log_subscriptions._Delivery._deliver

    def _deliver(self, count, body):
        if refusals:
            problem = refusals.pop()
            raise log_subscriptions.Undeliverable(str(problem), server_side=True)
        original(self, count, body)

    monkeypatch.setattr(log_subscriptions._Delivery, "_deliver", _deliver)
    assert world.run(lambda: logs.put("one")) == 1 + 1 + 2 + 4
    assert len(stream.records()) == 2


def test_cw_17_an_event_that_matches_is_a_point_of_the_metric(world, logs):
    logs.measure()
    world.run(lambda: logs.put("ERROR one", "fine", "ERROR two"))
    assert logs.points() == [(2, 2)]
    (event,) = world.events("deliver", "counted")
    assert (event.who, event.detail) == ("count", {"group": "app", "metric": "App/Errors", "values": [1.0, 1.0]})


def test_cw_17_events_from_before_the_filter_do_not_count(world, logs):
    logs.put("ERROR early")
    logs.measure()
    world.run(lambda: logs.put("fine"))
    assert logs.points() == []


@pytest.mark.parametrize(
    ("pattern", "value", "messages", "points"),
    [
        ("{ $.ms > 0 }", "$.ms", ['{"ms": 12.5}', '{"ms": "x"}', '{"ms": 7}'], [(19.5, 2)]),
        (
            "{ $.ok IS TRUE }",
            "$.ms",
            ['{"ok": true, "ms": "1e2"}', '{"ok": true}', '{"ok": true, "ms": true}'],
            [(100, 1)],
        ),
        ("[level, size]", "$size", ["ERROR 12", "ERROR many"], [(12, 1)]),
        ("ERROR", "$.ms", ["ERROR"], []),
    ],
)
def test_cw_17_the_value_stands_in_the_event(world, logs, pattern, value, messages, points):
    logs.measure(pattern, value)
    world.run(lambda: logs.put(*messages))
    assert logs.points() == points


def test_cw_17_dimensions_stand_in_the_event_and_without_them_there_is_no_point(world, logs):
    logs.measure("{ $.level = ERROR }", dimensions={"Service": "$.service", "Code": "$.code"}, unit="Count")
    messages = [{"service": "a", "code": 1}, {"service": "b", "code": 1}, {"service": "a"}]
    world.run(lambda: logs.put(*(json.dumps({"level": "ERROR", **message}) for message in messages)))
    assert logs.points(("Service", "a"), ("Code", "1")) == [(1, 1)]
    assert logs.points(("Service", "b"), ("Code", "1")) == [(1, 1)]


def test_cw_17_a_minute_in_which_nothing_matched_reports_the_default_value(world, logs):
    logs.measure(defaultValue=0.0)

    def act():
        logs.put("fine")
        world.kernel.sleep(20)
        logs.put("fine")
        world.kernel.sleep(60)
        logs.put("fine")
        logs.put("ERROR")
        world.kernel.sleep(60 * 5)

    world.run(act)
    assert logs.points() == [(0, 1), (1, 1)]
