"""Pipes that read streams; what a pipe does with what it has read is tested in test_pipes.py."""

from __future__ import annotations

import base64
import json

import pytest

from harness.deliver.targets import Undeliverable
from harness.invoke.result import InvocationResult

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"


class Source:
    """A table with a stream and a Kinesis stream, and pipes from them."""

    def __init__(self, world):
        self.world = world
        self.kinesis = world.cloud.client("kinesis")
        self.kinesis.create_stream(StreamName="clicks", ShardCount=1)
        made = world.dynamodb.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        self.table_arn = made["TableDescription"]["LatestStreamArn"]

    def put(self, *items):
        for item in items:
            self.world.dynamodb.put_item(TableName="orders", Item={"id": {"S": item}})

    def click(self, *data):
        for one in data:
            self.kinesis.put_record(StreamName="clicks", Data=one.encode(), PartitionKey="ann")

    def pipe(self, source, target, filters=None, target_parameters=None, **reading):
        kind = "KinesisStreamParameters" if source == ARN else "DynamoDBStreamParameters"
        given = {kind: {"StartingPosition": "TRIM_HORIZON", **reading}}
        if filters:
            given["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(f)} for f in filters]}
        more = {"TargetParameters": target_parameters} if target_parameters else {}
        return self.world.cloud.client("pipes").create_pipe(
            Name="flow",
            RoleArn=self.world.role(),
            Source=source,
            Target=target,
            SourceParameters=given,
            **more,
        )["Arn"]


@pytest.fixture
def source(world):
    return Source(world)


def bodies(queue):
    return [m.body for m in queue.contents()]


def test_a_tables_records_come_as_they_are(world, source):
    target = world.queue("out")
    source.pipe(source.table_arn, target.arn)
    world.run(lambda: source.put("a"))
    (record,) = map(json.loads, bodies(target))
    assert (record["eventName"], record["eventSource"], record["eventSourceARN"]) == (
        "INSERT",
        "aws:dynamodb",
        source.table_arn,
    )
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "a"}}


def test_a_kinesis_record_is_flat(world, source):
    target = world.queue("out")
    source.pipe(ARN, target.arn)
    world.run(lambda: source.click("hello"))
    (record,) = map(json.loads, bodies(target))
    number = record.pop("sequenceNumber")
    assert record == {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "ann",
        "data": base64.b64encode(b"hello").decode(),
        "approximateArrivalTimestamp": world.kernel.clock.now_s,
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": world.role(),
        "awsRegion": "us-east-1",
        "eventSourceARN": ARN,
    }


@pytest.mark.parametrize(
    ("data", "template", "expected"),
    [
        ('{"page": "home"}', "<$.data.page>", "home"),
        ("plain", "<$.data>", "plain"),
        ('{"page": "home"}', '{"who": <$.partitionKey>, "what": <$.data>}', '{"who":"ann","what":{"page":"home"}}'),
    ],
)
def test_a_template_reaches_into_the_data_of_a_kinesis_record(world, source, data, template, expected):
    target = world.queue("out")
    source.pipe(ARN, target.arn, target_parameters={"InputTemplate": template})
    world.run(lambda: source.click(data))
    assert bodies(target) == [expected]


def test_esm_17_a_filter_sees_the_record_and_what_is_in_its_data(world, source):
    target = world.queue("out")
    source.pipe(
        ARN, target.arn, filters=[{"data": {"page": ["cart"]}}], target_parameters={"InputTemplate": "<$.data.page>"}
    )
    world.run(lambda: source.click('{"page": "home"}', '{"page": "cart"}'))
    assert bodies(target) == ["cart"]


def test_esm_17_a_filter_chooses_among_a_tables_changes(world, source):
    target = world.queue("out")
    source.pipe(
        source.table_arn,
        target.arn,
        filters=[{"eventName": ["REMOVE"]}],
        target_parameters={"InputTemplate": "<$.dynamodb.Keys.id.S>"},
    )

    def act():
        source.put("a", "b")
        world.dynamodb.delete_item(TableName="orders", Key={"id": {"S": "a"}})

    world.run(act)
    assert bodies(target) == ["a"]


def test_a_function_gets_the_batch_as_a_list_of_the_size_that_was_asked_for(world, source):
    function = world.function("do", permits=())
    source.pipe(source.table_arn, function, BatchSize=2)
    world.run(lambda: source.put("a", "b", "c"))
    assert [[r["dynamodb"]["Keys"]["id"]["S"] for r in c.event] for c in world.invoker.calls] == [["a", "b"], ["c"]]


def fails_on(poison):
    def answer(event):
        if any(r["dynamodb"]["Keys"]["id"]["S"] == poison for r in event):
            return InvocationResult("failed", b'{"errorMessage": "boom"}', "req")
        return None

    return answer


def test_esm_23_automatic_bisect_leaves_only_the_bad_record_behind(world, source):
    dead = world.queue("dead")
    function = world.function("do", fails_on("b"), permits=())
    arn = source.pipe(
        source.table_arn,
        function,
        MaximumRetryAttempts=0,
        OnPartialBatchItemFailure="AUTOMATIC_BISECT",
        DeadLetterConfig={"Arn": dead.arn},
    )
    world.run(lambda: source.put("a", "b", "c"))
    (left,) = map(json.loads, bodies(dead))
    assert left["context"] == {"partnerResourceArn": arn, "condition": "RetryAttemptsExhausted"}
    assert left["DDBStreamBatchInfo"]["batchSize"] == 1
    assert "requestContext" not in left
    batches = ["".join(r["dynamodb"]["Keys"]["id"]["S"] for r in c.event) for c in world.invoker.calls]
    assert batches == ["abc", "ab", "a", "b", "c"]


def test_esm_23_without_limits_a_bad_record_blocks_its_shard_for_a_day(world, source):
    function = world.function("do", fails_on("a"), permits=())
    source.pipe(source.table_arn, function, BatchSize=1)
    took = world.run(lambda: source.put("a", "b"))
    assert took == 86_400
    assert len(world.events("deliver", "expired")) == 2


def test_esm_23_a_record_may_grow_too_old(world, source):
    dead = world.queue("dead")
    function = world.function("do", world.FAILS, permits=())
    source.pipe(source.table_arn, function, MaximumRecordAgeInSeconds=60, DeadLetterConfig={"Arn": dead.arn})
    assert world.run(lambda: source.put("a")) == 60
    (left,) = map(json.loads, bodies(dead))
    assert left["context"]["condition"] == "RecordAgeExceeded"


def test_esm_24_only_what_the_target_did_not_take_comes_again(world, source):
    refusing = {"left": 1}
    target = world.queue("out")

    def before(arn):
        if arn == target.arn and len(target.contents()) == 1 and refusing["left"]:
            refusing["left"] -= 1
            raise Undeliverable("busy", server_side=True)

    world.engines.targets.before.append(before)
    source.pipe(source.table_arn, target.arn, target_parameters={"InputTemplate": "<$.dynamodb.Keys.id.S>"})
    world.run(lambda: source.put("a", "b", "c"))
    assert bodies(target) == ["a", "b", "c"]


def test_a_pipe_from_a_stream_can_be_stopped_and_goes_on_from_where_it_was(world, source):
    target = world.queue("out")
    source.pipe(source.table_arn, target.arn, target_parameters={"InputTemplate": "<$.dynamodb.Keys.id.S>"})
    pipes = world.cloud.client("pipes")

    def act():
        for change in (pipes.stop_pipe, pipes.start_pipe, pipes.delete_pipe):
            change(Name="flow")
            source.put(change.__name__)
            world.kernel.quiet()

    world.run(act)
    assert bodies(target) == ["stop_pipe", "start_pipe"]


def test_esm_04_a_role_that_may_not_read_the_stream_gets_no_pipe(world, source):
    pipes, iam = world.cloud.client("pipes"), world.cloud.client("iam")
    role = iam.create_role(RoleName="nobody", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    with pytest.raises(pipes.exceptions.ValidationException, match="may not kinesis:GetRecords on"):
        pipes.create_pipe(
            Name="flow",
            RoleArn=role,
            Source=ARN,
            Target=ARN,
            SourceParameters={"KinesisStreamParameters": {"StartingPosition": "LATEST"}},
        )


def test_a_source_that_is_not_there_gets_no_pipe(world):
    pipes = world.cloud.client("pipes")
    with pytest.raises(pipes.exceptions.ValidationException, match="does not exist"):
        pipes.create_pipe(
            Name="flow",
            RoleArn=world.role(),
            Source=ARN,
            Target=ARN,
            SourceParameters={"KinesisStreamParameters": {"StartingPosition": "LATEST"}},
        )
