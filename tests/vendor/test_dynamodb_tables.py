"""The contract between our tables' writes, their streams and moto's DynamoDB."""

from __future__ import annotations

import inspect

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodbstreams.models import DynamoDBStreamsBackend

from harness.kernel.scheduler import Kernel
from harness.vendor import dynamodb_streams, dynamodb_tables
from harness.world.cloud import Cloud

JOINTS = [
    (Table, "set_stream_specification"),
    (DynamoDBBackend, "update_table_streams"),
    (DynamoDBBackend, "update_item"),
    (DynamoDBBackend, "transact_write_items"),
    (DynamoDBBackend, "update_time_to_live"),
    (DynamoDBBackend, "delete_table"),
    (DynamoDBStreamsBackend, "describe_stream"),
    (DynamoDBStreamsBackend, "list_streams"),
    (DynamoDBStreamsBackend, "get_shard_iterator"),
    (DynamoDBStreamsBackend, "get_records"),
]
SCHEMA = [{"AttributeName": "id", "KeyType": "HASH"}]
ATTRIBUTES = [{"AttributeName": "id", "AttributeType": "S"}]
SPECIFICATION = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
HOUR = 3600


class World:
    def __init__(self, cloud):
        self.kernel = cloud.kernel
        self.tables = cloud.client("dynamodb")
        self.streams = cloud.client("dynamodbstreams")

    def table(self, view="NEW_AND_OLD_IMAGES", name="t"):
        specification = {"StreamEnabled": True, "StreamViewType": view} if view else {"StreamEnabled": False}
        made = self.tables.create_table(
            TableName=name,
            KeySchema=SCHEMA,
            AttributeDefinitions=ATTRIBUTES,
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification=specification,
        )
        return made["TableDescription"].get("LatestStreamArn")

    def put(self, key, table="t", **attributes):
        self.tables.put_item(TableName=table, Item={"id": {"S": key}, **attributes})

    def delete(self, key):
        self.tables.delete_item(TableName="t", Key={"id": {"S": key}})

    def iterator(self, arn, kind="TRIM_HORIZON", **options):
        shard = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        asked = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind, **options}
        return self.streams.get_shard_iterator(**asked)["ShardIterator"]

    def records(self, arn):
        return self.streams.get_records(ShardIterator=self.iterator(arn))["Records"]

    def names(self, arn):
        return [(r["eventName"], r["dynamodb"]["Keys"]["id"]["S"]) for r in self.records(arn)]

    def run(self, act):
        self.kernel.run(act)


@pytest.fixture
def world():
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        dynamodb_tables.apply(cloud.patches, kernel, dynamodb_streams.apply(cloud.patches, kernel))
        yield World(cloud)


@pytest.fixture
def upstream():
    with Cloud(Kernel()) as cloud:
        yield World(cloud)


def test_the_joints_exist():
    parameters = {name: list(inspect.signature(getattr(owner, name)).parameters) for owner, name in JOINTS}
    assert parameters["set_stream_specification"] == ["self", "streams"]
    assert parameters["update_table_streams"] == ["self", "table", "stream_specification"]
    assert parameters["transact_write_items"] == ["self", "transact_items"]
    assert parameters["update_time_to_live"] == ["self", "table_name", "ttl_spec"]
    assert parameters["delete_table"] == ["self", "name"]
    assert parameters["get_records"] == ["self", "iterator_arn", "limit"]
    assert parameters["get_shard_iterator"] == [
        "self",
        "arn",
        "shard_id",
        "shard_iterator_type",
        "sequence_number",
    ]


def test_undo_restores_the_same_objects():
    before = [vars(owner)[name] for owner, name in JOINTS]
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        dynamodb_tables.apply(cloud.patches, kernel, dynamodb_streams.apply(cloud.patches, kernel))
        assert all(vars(owner)[name] is not b for (owner, name), b in zip(JOINTS, before, strict=True))
    assert all(vars(owner)[name] is b for (owner, name), b in zip(JOINTS, before, strict=True))


# -- what upstream does ---------------------------------------------------------------------------


def test_upstream_shows_two_inserts_for_an_update_that_creates(upstream):
    arn = upstream.table()
    _update(upstream, "a")
    assert upstream.names(arn) == [("INSERT", "a"), ("INSERT", "a")]


def test_upstream_records_a_write_that_changes_nothing(upstream):
    arn = upstream.table()
    upstream.put("a")
    upstream.put("a")
    assert upstream.names(arn) == [("INSERT", "a"), ("MODIFY", "a")]


def test_upstream_fails_writes_once_the_stream_is_off(upstream):
    upstream.table()
    upstream.tables.update_table(TableName="t", StreamSpecification={"StreamEnabled": False})
    with pytest.raises((ClientError, KeyError)):
        upstream.put("a")


def test_upstream_never_deletes_by_time_to_live(upstream):
    upstream.table()
    _time_to_live(upstream)
    at_s = int(upstream.kernel.clock.now_s)

    def act():
        upstream.put("a", expires={"N": str(at_s + 10)})
        upstream.kernel.sleep(HOUR)

    upstream.run(act)
    assert upstream.tables.scan(TableName="t")["Count"] == 1


# -- what is written ------------------------------------------------------------------------------


def _update(world, key, value="1", **options):
    world.tables.update_item(
        TableName="t",
        Key={"id": {"S": key}},
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": value}},
        **options,
    )


def _time_to_live(world, enabled=True, table="t"):
    world.tables.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": "expires"}
    )


def test_esm_26_inserts_modifies_and_removes_with_both_images(world):
    arn = world.table()
    world.put("a", n={"N": "1"})
    world.put("a", n={"N": "2"})
    world.delete("a")
    inserted, modified, removed = world.records(arn)
    assert [r["eventName"] for r in (inserted, modified, removed)] == ["INSERT", "MODIFY", "REMOVE"]
    assert "OldImage" not in inserted["dynamodb"]
    assert modified["dynamodb"]["OldImage"] == {"id": {"S": "a"}, "n": {"N": "1"}}
    assert modified["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "n": {"N": "2"}}
    assert "NewImage" not in removed["dynamodb"]
    assert (inserted["eventSource"], inserted["eventVersion"], inserted["awsRegion"]) == (
        "aws:dynamodb",
        "1.1",
        "us-east-1",
    )
    assert inserted["dynamodb"]["ApproximateCreationDateTime"].timestamp() == world.kernel.clock.now_s
    # id + a, and the new image: id + a, n + 1.
    assert inserted["dynamodb"]["SizeBytes"] == 3 + 3 + 2


@pytest.mark.parametrize(
    ("view", "images"),
    [
        ("KEYS_ONLY", set()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_esm_26_the_view_type_says_which_images_there_are(world, view, images):
    arn = world.table(view)
    world.put("a")
    world.put("a", n={"N": "1"})
    modified = world.records(arn)[1]["dynamodb"]
    assert {part for part in modified if part.endswith("Image")} == images
    assert modified["StreamViewType"] == view


def test_esm_26_a_write_that_changes_nothing_emits_no_record(world):
    arn = world.table()
    world.put("a", n={"N": "1"}, tags={"SS": ["x", "y"]})
    world.put("a", n={"N": "1.0"}, tags={"SS": ["y", "x"]})
    _update(world, "a")
    world.delete("nobody")
    assert world.names(arn) == [("INSERT", "a")]


def test_esm_26_sequence_numbers_are_unique_and_grow(world):
    arn = world.table()
    for number in range(5):
        world.put(str(number))
        world.delete(str(number))
    numbers = [int(r["dynamodb"]["SequenceNumber"]) for r in world.records(arn)]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 10
    assert len({r["eventID"] for r in world.records(arn)}) == 10


def test_esm_26_records_are_kept_for_24_hours(world):
    arn = world.table()

    def act():
        world.put("a")
        world.kernel.sleep(24 * HOUR - 1)
        assert world.names(arn) == [("INSERT", "a")]
        world.put("b")
        world.kernel.sleep(1)
        assert world.names(arn) == [("INSERT", "b")]

    world.run(act)


def test_an_update_that_creates_is_one_insert(world):
    arn = world.table()
    _update(world, "a")
    (record,) = world.records(arn)
    assert record["eventName"] == "INSERT"
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "n": {"N": "1"}}


def test_a_write_that_is_refused_emits_no_record(world):
    arn = world.table()
    world.put("a")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        _update(world, "a", "2", ConditionExpression="attribute_not_exists(id)")
    assert world.names(arn) == [("INSERT", "a")]


def _puts(*keys, table="t"):
    return [{"Put": {"TableName": table, "Item": {"id": {"S": key}}}} for key in keys]


def test_a_transaction_is_seen_once_it_holds_and_not_if_it_is_cancelled(world):
    arn = world.table()
    world.tables.transact_write_items(TransactItems=_puts("a", "b"))
    failing = {
        "ConditionCheck": {
            "TableName": "t",
            "Key": {"id": {"S": "a"}},
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }
    with pytest.raises(ClientError, match="TransactionCanceled"):
        world.tables.transact_write_items(TransactItems=[*_puts("c"), failing])
    world.put("d")
    assert world.names(arn) == [("INSERT", "a"), ("INSERT", "b"), ("INSERT", "d")]


def test_batches_and_partiql_are_writes_like_any_other(world):
    arn = world.table()
    requests = [{"PutRequest": {"Item": {"id": {"S": key}}}} for key in "ab"]
    world.tables.batch_write_item(RequestItems={"t": requests})
    world.tables.execute_statement(Statement="DELETE FROM t WHERE id = 'a'")
    assert world.names(arn) == [("INSERT", "a"), ("INSERT", "b"), ("REMOVE", "a")]


def test_a_write_is_in_the_trace_with_or_without_a_stream(world):
    world.table(view=None)
    world.put("a")
    world.put("a")
    world.delete("a")
    seen = [(e.what, e.who, e.detail["key"]) for e in world.kernel.trace.select("table")]
    assert seen == [("inserted", "t", "a"), ("removed", "t", "a")]


def test_binary_values_are_bytes_to_the_api_and_base64_to_a_function(world):
    arn = world.table()
    world.put("a", data={"B": b"\x00\xff"}, more={"L": [{"M": {"b": {"BS": [b"x"]}}}]})
    image = world.records(arn)[0]["dynamodb"]["NewImage"]
    assert image["data"] == {"B": b"\x00\xff"}
    assert image["more"] == {"L": [{"M": {"b": {"BS": [b"x"]}}}]}


# -- the stream itself ----------------------------------------------------------------------------


def test_a_stream_that_is_switched_off_can_be_read_and_the_next_one_is_another(world):
    first = world.table()

    def act():
        world.put("a")
        world.tables.update_table(TableName="t", StreamSpecification={"StreamEnabled": False})
        world.put("b")
        world.kernel.sleep(5)
        again = world.tables.update_table(TableName="t", StreamSpecification=SPECIFICATION)
        second = again["TableDescription"]["LatestStreamArn"]
        world.put("c")
        assert second != first
        assert world.names(first) == [("INSERT", "a")]
        assert world.names(second) == [("INSERT", "c")]
        described = world.streams.describe_stream(StreamArn=first)["StreamDescription"]
        assert described["StreamStatus"] == "DISABLED"
        (shard,) = described["Shards"]
        assert "EndingSequenceNumber" in shard["SequenceNumberRange"]
        assert "NextShardIterator" not in world.streams.get_records(ShardIterator=world.iterator(first))

    world.run(act)


def test_a_second_stream_beside_the_first_is_refused(world):
    world.table()
    with pytest.raises(ClientError, match="ResourceInUse"):
        world.tables.update_table(TableName="t", StreamSpecification=SPECIFICATION)


def test_streams_are_listed_and_labelled_with_milliseconds(world):
    arn = world.table()
    assert arn == "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2030-01-15T09:00:00.000"
    assert world.streams.list_streams()["Streams"] == [
        {"StreamArn": arn, "TableName": "t", "StreamLabel": "2030-01-15T09:00:00.000"}
    ]


def test_iterators_begin_where_they_say(world):
    arn = world.table()
    for key in "abc":
        world.put(key)
    numbers = [r["dynamodb"]["SequenceNumber"] for r in world.records(arn)]

    def read(kind, **options):
        answer = world.streams.get_records(ShardIterator=world.iterator(arn, kind, **options))
        return [r["dynamodb"]["Keys"]["id"]["S"] for r in answer["Records"]]

    assert read("LATEST") == []
    assert read("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[1]) == ["b", "c"]
    assert read("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[1]) == ["c"]


def test_an_iterator_leads_to_the_next_one_and_lives_15_minutes(world):
    arn = world.table()

    def act():
        for key in "abc":
            world.put(key)
        first = world.streams.get_records(ShardIterator=world.iterator(arn), Limit=2)
        assert len(first["Records"]) == 2
        (last,) = world.streams.get_records(ShardIterator=first["NextShardIterator"])["Records"]
        assert last["dynamodb"]["Keys"] == {"id": {"S": "c"}}
        world.kernel.sleep(15 * 60 + 1)
        with pytest.raises(ClientError, match="ExpiredIterator"):
            world.streams.get_records(ShardIterator=first["NextShardIterator"])

    world.run(act)


def test_reading_past_the_oldest_record_is_refused(world):
    arn = world.table()

    def act():
        world.put("a")
        number = world.records(arn)[0]["dynamodb"]["SequenceNumber"]
        world.kernel.sleep(24 * HOUR)
        with pytest.raises(ClientError, match="TrimmedDataAccess"):
            world.iterator(arn, "AT_SEQUENCE_NUMBER", SequenceNumber=number)

    world.run(act)


@pytest.mark.parametrize("iterator", ["nonsense", "a|1|b", "arn:nobody|1|WyJzIiwgMSwgMV0="])
def test_an_iterator_that_is_none_is_refused(world, iterator):
    with pytest.raises(ClientError, match=r"ValidationException|ResourceNotFound"):
        world.streams.get_records(ShardIterator=iterator)


# -- time to live ---------------------------------------------------------------------------------


def test_esm_26_a_delete_by_time_to_live_says_who_did_it(world):
    arn = world.table()
    _time_to_live(world)
    at_s = int(world.kernel.clock.now_s)

    def act():
        world.put("soon", expires={"N": str(at_s + 10)})
        world.put("later", expires={"N": str(at_s + 20)})
        world.put("never", expires={"S": str(at_s + 10)})
        world.put("ancient", expires={"N": "1"})
        world.kernel.sleep(15)
        removed = world.records(arn)[-1]
        assert removed["eventName"] == "REMOVE"
        assert removed["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
        assert world.tables.scan(TableName="t")["Count"] == 3
        world.kernel.sleep(10)
        assert world.tables.scan(TableName="t")["Count"] == 2

    world.run(act)
    expired = world.kernel.trace.select("table", "expired")
    assert [(e.at_us, e.detail["key"]) for e in expired] == [(10_000_000, "soon"), (20_000_000, "later")]
    assert [world.kernel.trace.events[e.cause - 1].detail["key"] for e in expired] == ["soon", "later"]


def test_a_delete_of_ones_own_says_nothing_of_who_did_it(world):
    arn = world.table()
    world.put("a")
    world.delete("a")
    assert "userIdentity" not in world.records(arn)[-1]


def test_time_to_live_follows_the_item_and_can_be_switched_off(world):
    world.table()
    at_s = int(world.kernel.clock.now_s)

    def act():
        world.put("here already", expires={"N": str(at_s + 10)})
        world.put("prolonged", expires={"N": str(at_s + 10)})
        _time_to_live(world)
        world.put("prolonged", expires={"N": str(at_s + 100)})
        world.kernel.sleep(50)
        assert world.tables.scan(TableName="t")["Count"] == 1
        _time_to_live(world, enabled=False)
        world.kernel.sleep(100)
        assert world.tables.scan(TableName="t")["Count"] == 1

    world.run(act)


def test_time_to_live_keeps_no_time_running(world):
    world.table()
    _time_to_live(world)
    at_s = int(world.kernel.clock.now_s)

    def act():
        world.put("a", expires={"N": str(at_s + 10)})
        world.kernel.quiet()

    world.run(act)
    assert world.kernel.clock.elapsed_us == 0
