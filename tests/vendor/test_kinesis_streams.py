"""The contract between our shards and moto's Kinesis."""

from __future__ import annotations

import inspect

import pytest
from botocore.exceptions import ClientError
from moto.kinesis import models

from harness.kernel.scheduler import Kernel
from harness.vendor import kinesis_streams
from harness.world.cloud import Cloud

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
JOINTS = [
    (models, "Shard"),
    (models.Stream, "put_record"),
    (models.Stream, "split_shard"),
    (models.Stream, "merge_shards"),
    (models.Stream, "update_shard_count"),
    (models.KinesisBackend, "delete_stream"),
]
HOUR = 3600


@pytest.fixture
def kernel():
    return Kernel()


@pytest.fixture
def client(kernel):
    with Cloud(kernel) as cloud:
        kinesis_streams.apply(cloud.patches, kernel)
        yield cloud.client("kinesis")


def put(client, *keys):
    return [client.put_record(StreamName="clicks", Data=key.encode(), PartitionKey=key) for key in keys]


def read(client, shard, kind="TRIM_HORIZON", **options):
    asked = {"StreamName": "clicks", "ShardId": shard, "ShardIteratorType": kind, **options}
    iterator = client.get_shard_iterator(**asked)["ShardIterator"]
    return client.get_records(ShardIterator=iterator)["Records"]


def test_the_joints_exist():
    assert list(inspect.signature(models.Stream.put_record).parameters) == [
        "self",
        "partition_key",
        "explicit_hash_key",
        "data",
    ]
    assert list(inspect.signature(models.Shard.get_records).parameters) == ["self", "last_sequence_id", "limit"]
    assert list(inspect.signature(models.KinesisBackend.delete_stream).parameters) == [
        "self",
        "stream_arn",
        "stream_name",
    ]


def test_undo_restores_the_same_objects():
    before = [vars(owner)[name] for owner, name in JOINTS]
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        kinesis_streams.apply(cloud.patches, kernel)
        assert all(vars(owner)[name] is not b for (owner, name), b in zip(JOINTS, before, strict=True))
    assert all(vars(owner)[name] is b for (owner, name), b in zip(JOINTS, before, strict=True))


def test_upstream_counts_from_one_and_keeps_records_for_ever(kernel):
    with Cloud(kernel) as cloud:
        client = cloud.client("kinesis")
        client.create_stream(StreamName="clicks", ShardCount=1)

        def act():
            assert put(client, "a")[0]["SequenceNumber"] == "1"
            kernel.sleep(48 * HOUR)
            assert len(read(client, "shardId-000000000000")) == 1

        kernel.run(act)


def test_esm_27_a_record_is_in_the_shard_of_its_key_and_seen_by_pollers_as_by_the_api(client):
    client.create_stream(StreamName="clicks", ShardCount=2)
    answers = put(client, *"abcdef")
    stream = kinesis_streams.find(ARN)
    assert stream is not None
    for shard in stream.shards:
        logged = [(str(r.sequence), r.content["kinesis"]["partitionKey"]) for r in shard.read(0, 100)]
        shown = [(r["SequenceNumber"], r["PartitionKey"]) for r in read(client, shard.id)]
        told = [(a["SequenceNumber"], k) for a, k in zip(answers, "abcdef", strict=True) if a["ShardId"] == shard.id]
        assert logged == shown == told
        assert logged
    assert len({a["SequenceNumber"] for a in answers}) == 6
    assert kinesis_streams.find(ARN + "-nope") is None


def test_iterators_begin_where_they_say(client):
    client.create_stream(StreamName="clicks", ShardCount=1)
    numbers = [a["SequenceNumber"] for a in put(client, *"abc")]
    shard = "shardId-000000000000"

    def keys(*args, **options):
        return "".join(r["PartitionKey"] for r in read(client, shard, *args, **options))

    assert keys() == "abc"
    assert keys("LATEST") == ""
    assert keys("AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == "bc"
    assert keys("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == "c"


def test_records_are_kept_for_the_retention_period(client, kernel):
    client.create_stream(StreamName="clicks", ShardCount=1)
    stream = kinesis_streams.find(ARN)
    assert stream is not None

    def act():
        put(client, "a")
        kernel.sleep(24 * HOUR)
        assert read(client, "shardId-000000000000") == []
        assert stream.shards[0].read(0, 10) == []
        client.increase_stream_retention_period(StreamName="clicks", RetentionPeriodHours=48)
        put(client, "b")
        kernel.sleep(47 * HOUR)
        assert len(read(client, "shardId-000000000000")) == 1
        assert len(stream.shards[0].read(0, 10)) == 1

    kernel.run(act)


def test_the_last_hash_key_belongs_to_the_last_shard(client):
    client.create_stream(StreamName="clicks", ShardCount=2)
    last = str(2**128 - 1)
    answer = client.put_record(StreamName="clicks", Data=b"", PartitionKey="a", ExplicitHashKey=last)
    assert answer["ShardId"] == "shardId-000000000001"


def test_splitting_is_refused_by_name(client):
    client.create_stream(StreamName="clicks", ShardCount=1)
    with pytest.raises(ClientError, match="not emulated here"):
        client.update_shard_count(StreamName="clicks", TargetShardCount=2, ScalingType="UNIFORM_SCALING")


def test_a_deleted_stream_gets_no_more_records(client):
    client.create_stream(StreamName="clicks", ShardCount=1)
    stream = kinesis_streams.find(ARN)
    client.delete_stream(StreamName="clicks")
    assert stream is not None
    assert stream.shards[0].closed
