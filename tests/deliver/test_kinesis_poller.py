"""Kinesis streams through the same readers as tables' streams; what is common is tested in test_stream_poller.py."""

from __future__ import annotations

import base64
import json

import pytest

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"


@pytest.fixture
def clicks(world):
    return Clicks(world)


class Clicks:
    def __init__(self, world, shards=1):
        self.world = world
        self.client = world.cloud.client("kinesis")
        self.client.create_stream(StreamName="clicks", ShardCount=shards)

    def put(self, *keys, data="x"):
        for key in keys:
            self.client.put_record(StreamName="clicks", Data=data.encode(), PartitionKey=key)

    def mapping(self, *answers, function="f", start="TRIM_HORIZON", **options):
        self.world.function(function, *answers)
        self.world.functions_api.create_event_source_mapping(
            EventSourceArn=ARN, FunctionName=function, StartingPosition=start, **options
        )

    def batches(self, function="f"):
        calls = [c for c in self.world.invoker.calls if c.function == function]
        return ["".join(r["kinesis"]["partitionKey"] for r in c.event["Records"]) for c in calls]


def test_a_put_is_not_held_up_and_a_batch_is_one_event(world, clicks):
    clicks.mapping()
    assert world.run(lambda: clicks.put("a", "b", "c")) == 0
    assert clicks.batches() == ["abc"]


def test_esm_27_several_mappings_read_one_stream_each_for_itself(world, clicks):
    clicks.mapping(world.FAILS, function="bad", MaximumRetryAttempts=1)
    clicks.mapping(function="good")
    world.run(lambda: clicks.put("a", "b"))
    assert clicks.batches("bad") == ["ab", "ab"]
    assert clicks.batches("good") == ["ab"]


def test_the_record_as_a_function_sees_it(world, clicks):
    clicks.mapping()
    world.run(lambda: clicks.put("k", data="hello"))
    ((record,),) = (call.event["Records"] for call in world.invoker.calls)
    number = record["kinesis"].pop("sequenceNumber")
    assert len(number) == 56
    assert record == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "k",
            "data": base64.b64encode(b"hello").decode(),
            "approximateArrivalTimestamp": world.kernel.clock.now_s,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/role",
        "awsRegion": "us-east-1",
        "eventSourceARN": ARN,
    }


def test_esm_23_a_failing_batch_blocks_its_shard_and_no_other(world):
    clicks = Clicks(world, shards=2)
    first = [k for k in "abcdefgh" if _shard_of(clicks, k) == "shardId-000000000000"]
    bad = first[0]

    def answer(event):
        keys = [r["kinesis"]["partitionKey"] for r in event["Records"]]
        return world.FAILS if bad in keys else None

    clicks.mapping(answer, start="LATEST", BatchSize=1, MaximumRetryAttempts=2)
    world.run(lambda: clicks.put(*"abcdefgh"))
    at_s = dict(zip(clicks.batches(), world.invoker.times("f"), strict=True))
    assert {k for k, s in at_s.items() if s == 3} == set(first)
    assert {k for k, s in at_s.items() if s == 0} == set("abcdefgh") - set(first)


def _shard_of(clicks, key):
    return clicks.client.put_record(StreamName="clicks", Data=b"x", PartitionKey=key)["ShardId"]


def test_esm_22_at_timestamp_begins_with_the_first_record_from_then_on(world, clicks):
    def act():
        clicks.put("a")
        world.kernel.sleep(10)
        clicks.put("b")
        world.kernel.sleep(10)
        at_s = int(world.kernel.clock.now_s) - 10
        clicks.mapping(start="AT_TIMESTAMP", StartingPositionTimestamp=at_s)

    world.run(act)
    assert clicks.batches() == ["b"]


def test_esm_25_the_message_about_what_was_given_up_is_kinesiss_own(world, clicks):
    queue = world.queue("failures")
    config = {"DestinationConfig": {"OnFailure": {"Destination": queue.arn}}}
    clicks.mapping(world.FAILS, MaximumRetryAttempts=0, **config)
    world.run(lambda: clicks.put("a", "b"))
    (message,) = queue.contents()
    told = json.loads(message.body)["KinesisBatchInfo"]
    assert (told["batchSize"], told["streamArn"], told["shardId"]) == (2, ARN, "shardId-000000000000")
    assert told["approximateArrivalOfFirstRecord"] == "2030-01-15T09:00:00.000Z"


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ({"data": {"kind": ["order"]}}, "a"),
        ({"data": {"kind": ["order"]}, "partitionKey": ["b"]}, ""),
        ({"partitionKey": ["b", "c"]}, "bc"),
    ],
)
def test_esm_17_a_pattern_asks_for_the_data_decoded_and_for_the_key(world, clicks, pattern, wanted):
    clicks.mapping(FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})

    def act():
        clicks.put("a", data='{"kind": "order"}')
        clicks.put("b", data='{"kind": "note"}')
        clicks.put("c", data="plain")

    world.run(act)
    assert "".join(clicks.batches()) == wanted
