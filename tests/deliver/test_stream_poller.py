from __future__ import annotations

import json

import pytest

from harness.invoke.result import InvocationResult

REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
HOUR = 3600
DAY = 24 * HOUR


def fails_on(*poison):
    """The function fails when one of these keys is in its batch."""

    def answer(event):
        if any(key(record) in poison for record in event["Records"]):
            return InvocationResult("failed", b'{"errorMessage": "boom", "errorType": "ValueError"}', "req")
        return None

    return answer


def reports(*poison):
    """The function reports the records of these keys as failed."""

    def answer(event):
        failed = [r["dynamodb"]["SequenceNumber"] for r in event["Records"] if key(r) in poison]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}

    return answer


def key(record):
    return record["dynamodb"]["Keys"]["id"]["S"]


def keys(call):
    return "".join(key(record) for record in call.event["Records"])


@pytest.fixture
def table(world):
    return Table(world)


class Table:
    def __init__(self, world):
        self.world = world
        made = world.dynamodb.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        self.arn = made["TableDescription"]["LatestStreamArn"]

    def put(self, *items, **attributes):
        for item in items:
            self.world.dynamodb.put_item(TableName="orders", Item={"id": {"S": item}, **attributes})

    def mapping(self, *answers, function="f", start="LATEST", **options):
        self.world.function(function, *answers)
        made = self.world.functions_api.create_event_source_mapping(
            EventSourceArn=self.arn, FunctionName=function, StartingPosition=start, **options
        )
        return made["UUID"]

    def on_failure(self, name="failures"):
        queue = self.world.queue(name)
        return queue, {"DestinationConfig": {"OnFailure": {"Destination": queue.arn}}}

    def batches(self, function="f"):
        return [keys(call) for call in self.world.invoker.calls if call.function == function]


def test_a_write_is_not_held_up_by_the_function_and_reaches_it_at_the_same_moment(world, table):
    table.mapping()
    seen = []

    def act():
        table.put("a", "b", "c")
        seen.extend(world.invoker.calls)

    assert world.run(act) == 0
    assert seen == []
    assert table.batches() == ["abc"]


def test_esm_26_the_record_as_a_function_sees_it(world, table):
    table.mapping()
    world.run(lambda: table.put("a", data={"B": b"\x00\xff"}))
    ((record,),) = (call.event["Records"] for call in world.invoker.calls)
    number = record["dynamodb"].pop("SequenceNumber")
    assert number.isdecimal()
    assert len(record.pop("eventID")) == 32
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": world.kernel.clock.now_us // 1_000_000,
            "Keys": {"id": {"S": "a"}},
            "NewImage": {"id": {"S": "a"}, "data": {"B": "AP8="}},
            "SizeBytes": 12,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": table.arn,
    }


def test_esm_22_latest_begins_with_what_comes_and_trim_horizon_with_what_is_there(world, table):
    table.put("a")
    table.mapping(function="latest")
    table.mapping(function="oldest", start="TRIM_HORIZON")
    world.run(lambda: table.put("b"))
    assert table.batches("latest") == ["b"]
    assert "".join(table.batches("oldest")) == "ab"


def test_esm_23_a_batch_holds_no_more_than_its_size(world, table):
    table.mapping(BatchSize=2)
    world.run(lambda: table.put(*"abcde"))
    assert table.batches() == ["ab", "cd", "e"]


def test_esm_23_a_window_counts_from_the_first_record_and_ends_when_the_batch_is_full(world, table):
    table.mapping(BatchSize=3, MaximumBatchingWindowInSeconds=10)

    def act():
        world.kernel.sleep(2)
        table.put("a")
        world.kernel.sleep(4)
        table.put("b")
        world.kernel.sleep(20)
        table.put("c", "d", "e", "f")

    world.run(act)
    assert table.batches() == ["ab", "cde", "f"]
    assert world.invoker.times("f") == [12, 26, 36]


def test_esm_23_a_failing_batch_blocks_its_shard_until_it_succeeds(world, table):
    table.mapping(world.FAILS, world.FAILS, world.FAILS, None, BatchSize=1)
    world.run(lambda: table.put("a", "b"))
    assert table.batches() == ["a", "a", "a", "a", "b"]
    assert world.invoker.times("f") == [0, 1, 3, 7, 7]


def test_esm_23_without_a_limit_a_poison_record_blocks_its_shard_for_a_day(world, table):
    table.mapping(fails_on("a"), BatchSize=1)

    def act():
        table.put("a")
        world.kernel.sleep(HOUR)
        table.put("b")

    world.run(act)
    assert table.batches()[-2:] == ["a", "b"]
    assert world.invoker.times("f")[-1] == DAY
    (expired,) = world.events("deliver", "expired")
    assert (expired.at_us, len(expired.detail["records"])) == (DAY * 1_000_000, 1)


def test_esm_26_what_expires_unread_behind_a_poison_record_is_told_of(world, table):
    table.mapping(fails_on("a"), BatchSize=1)
    world.run(lambda: table.put("a", "b"))
    assert set(table.batches()) == {"a"}
    expired = world.events("deliver", "expired")
    assert [len(e.detail["records"]) for e in expired] == [1, 1]


def test_esm_23_retries_come_after_the_first_attempt(world, table):
    table.mapping(fails_on("a"), BatchSize=1, MaximumRetryAttempts=2)
    world.run(lambda: table.put("a", "b"))
    assert table.batches() == ["a", "a", "a", "b"]


def test_esm_23_without_bisecting_the_whole_batch_is_given_up(world, table):
    queue, options = table.on_failure()
    table.mapping(fails_on("b"), MaximumRetryAttempts=1, **options)
    world.run(lambda: table.put("a", "b", "c"))
    assert table.batches() == ["abc", "abc"]
    (message,) = queue.contents()
    assert json.loads(message.body)["DDBStreamBatchInfo"]["batchSize"] == 3


def test_esm_23_bisecting_isolates_the_poison_record_without_using_up_retries(world, table):
    queue, options = table.on_failure()
    table.mapping(fails_on("c"), MaximumRetryAttempts=1, BisectBatchOnFunctionError=True, **options)
    world.run(lambda: table.put(*"abcd"))
    assert table.batches() == ["abcd", "ab", "cd", "c", "c", "d"]
    (message,) = queue.contents()
    assert json.loads(message.body)["DDBStreamBatchInfo"]["batchSize"] == 1


def test_esm_23_a_record_that_grows_too_old_is_discarded_at_that_moment(world, table):
    queue, options = table.on_failure()
    table.mapping(fails_on("a"), BatchSize=1, MaximumRecordAgeInSeconds=60, **options)
    world.run(lambda: table.put("a", "b"))
    # After 0, 1, 3, 7, 15 and 31 s; the next attempt would be at 63.
    assert table.batches() == ["a"] * 6
    assert world.kernel.clock.elapsed_us == 60_000_000
    conditions = [json.loads(m.body)["requestContext"] for m in queue.contents()]
    assert [c["condition"] for c in conditions] == ["RecordAgeExceeded", "RecordAgeExceeded"]
    assert [c["approximateInvokeCount"] for c in conditions] == [6, 0]


def test_esm_23_throttled_calls_are_tried_again_and_count_for_nothing(world, table):
    table.mapping(world.THROTTLED, world.THROTTLED, world.FAILS, None, MaximumRetryAttempts=1)
    world.run(lambda: table.put("a"))
    assert world.invoker.times("f") == [0, 1, 3, 4]


def test_esm_23_parallel_lanes_keep_the_order_of_each_key(world, table):
    table.mapping(fails_on("a"), BatchSize=1, ParallelizationFactor=10, MaximumRetryAttempts=3)

    def act():
        for number in range(3):
            table.put(*"abcdefgh", n={"N": str(number)})

    world.run(act)
    by_key = {}
    for call in world.invoker.calls:
        (record,) = call.event["Records"]
        by_key.setdefault(key(record), []).append((call.at_s, record["dynamodb"]["NewImage"]["n"]["N"]))
    assert [n for _, n in by_key["h"]] == ["0", "1", "2"]
    assert [n for _, n in by_key["a"]] == ["0"] * 4 + ["1"] * 4 + ["2"] * 4
    # Not everything shares the lane of what fails.
    assert any(at_s == 0 for item in "bcdefgh" for at_s, n in by_key[item] if n == "2")


def test_esm_24_everything_from_the_lowest_reported_record_on_comes_again(world, table):
    table.mapping(reports("b", "d"), {"batchItemFailures": []}, **REPORTS)
    world.run(lambda: table.put(*"abcde"))
    assert table.batches() == ["abcde", "bcde"]


def test_esm_24_a_batch_that_moves_on_begins_to_count_anew(world, table):
    table.mapping(reports("b"), reports("d"), reports("d"), MaximumRetryAttempts=1, **REPORTS)
    world.run(lambda: table.put(*"abcde"))
    assert table.batches() == ["abcde", "bcde", "de"]
    (given_up,) = world.events("deliver", "gave up")
    assert len(given_up.detail["records"]) == 2


def test_esm_24_reported_failures_need_function_response_types(world, table):
    table.mapping(reports("b"))
    world.run(lambda: table.put(*"abc"))
    assert table.batches() == ["abc"]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, ""])
def test_esm_24_nothing_reported_is_success(world, table, answer):
    table.mapping(answer, **REPORTS)
    world.run(lambda: table.put("a"))
    assert table.batches() == ["a"]


@pytest.mark.parametrize(
    "entry", [{"itemIdentifier": ""}, {"itemIdentifier": None}, {"id": "1"}, {"itemIdentifier": "7"}]
)
def test_esm_24_what_makes_no_sense_fails_the_whole_batch(world, table, entry):
    table.mapping({"batchItemFailures": [entry]}, None, **REPORTS)
    world.run(lambda: table.put("a", "b"))
    assert table.batches() == ["ab", "ab"]


def test_esm_24_with_bisecting_a_report_splits_where_it_says(world, table):
    queue, options = table.on_failure()
    table.mapping(reports("c"), MaximumRetryAttempts=0, BisectBatchOnFunctionError=True, **REPORTS, **options)
    world.run(lambda: table.put(*"abcde"))
    assert table.batches() == ["abcde", "cde", "cd", "c", "d", "e"]
    (message,) = queue.contents()
    assert json.loads(message.body)["DDBStreamBatchInfo"]["batchSize"] == 1


def test_esm_25_the_message_about_what_was_given_up_names_records_and_holds_none(world, table):
    queue, options = table.on_failure()
    table.mapping(world.FAILS, MaximumRetryAttempts=0, **options)

    def act():
        table.put("a", "b")

    world.run(act)
    (message,) = queue.contents()
    told = json.loads(message.body)
    (call,) = world.invoker.calls
    numbers = [r["dynamodb"]["SequenceNumber"] for r in call.event["Records"]]
    shard = told["DDBStreamBatchInfo"].pop("shardId")
    assert shard.startswith("shardId-")
    assert told == {
        "requestContext": {
            "requestId": "-",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2030-01-15T09:00:00.000Z",
        "DDBStreamBatchInfo": {
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[1],
            "approximateArrivalOfFirstRecord": "2030-01-15T09:00:00Z",
            "approximateArrivalOfLastRecord": "2030-01-15T09:00:00Z",
            "batchSize": 2,
            "streamArn": table.arn,
        },
    }


def test_esm_25_a_topic_is_told_too(world, table):
    topic = world.topic("failures")
    heard = world.queue("heard")
    world.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=heard.arn, Attributes={"RawMessageDelivery": "true"})
    config = {"DestinationConfig": {"OnFailure": {"Destination": topic}}}
    table.mapping(world.FAILS, MaximumRetryAttempts=0, **config)
    world.run(lambda: table.put("a"))
    (message,) = heard.contents()
    assert "DDBStreamBatchInfo" in json.loads(message.body)


def test_esm_25_a_destination_that_is_gone_loses_the_message_and_says_so(world, table):
    _, options = table.on_failure()
    table.mapping(world.FAILS, MaximumRetryAttempts=0, **options)
    world.sqs.delete_queue(QueueUrl=world.sqs.get_queue_url(QueueName="failures")["QueueUrl"])
    world.run(lambda: table.put("a"))
    (dropped,) = world.events("deliver", "dropped")
    assert dropped.detail["reason"] == "the queue does not exist"


def test_esm_17_filtered_records_are_passed_over(world, table):
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["order"]}}}}
    table.mapping(FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})

    def act():
        table.put("a", kind={"S": "order"})
        table.put("b", kind={"S": "note"})
        table.put("a", kind={"S": "order"}, n={"N": "1"})
        table.put("c", kind={"S": "order"})

    world.run(act)
    assert table.batches() == ["ac"]


def test_esm_20_a_mapping_that_is_switched_off_goes_on_where_it_was(world, table):
    uuid = table.mapping()

    def switch(on):
        world.functions_api.update_event_source_mapping(UUID=uuid, Enabled=on)
        world.kernel.settle()

    def act():
        table.put("a")
        world.kernel.settle()
        switch(on=False)
        table.put("b")
        world.kernel.settle()
        assert table.batches() == ["a"]
        switch(on=True)
        table.put("c")

    world.run(act)
    assert "".join(table.batches()) == "abc"


def test_esm_20_a_mapping_that_is_deleted_is_tried_no_more(world, table):
    uuid = table.mapping(world.FAILS)

    def act():
        table.put("a")
        world.kernel.sleep(2)
        world.functions_api.delete_event_source_mapping(UUID=uuid)
        table.put("b")

    world.run(act)
    assert table.batches() == ["a", "a"]


def test_esm_20_a_call_that_runs_is_finished_before_another_reader_goes_on(world, table):
    running = []

    def slow(event):
        running.append(len(running))
        world.kernel.sleep(10)

    uuid = table.mapping(slow, BatchSize=1)

    def act():
        table.put("a", "b")
        world.kernel.sleep(1)
        for on in (False, True):
            world.functions_api.update_event_source_mapping(UUID=uuid, Enabled=on)

    world.run(act)
    assert table.batches() == ["a", "b"]
    assert world.invoker.times("f") == [0, 10]


def test_other_settings_hold_from_the_next_attempt_on(world, table):
    uuid = table.mapping(world.FAILS)

    def act():
        table.put("a")
        world.kernel.sleep(2)
        world.functions_api.update_event_source_mapping(UUID=uuid, MaximumRetryAttempts=2)

    world.run(act)
    assert world.invoker.times("f") == [0, 1, 3]


def test_two_mappings_read_one_stream_without_disturbing_each_other(world, table):
    table.mapping(world.FAILS, function="bad", MaximumRetryAttempts=1)
    table.mapping(function="good")
    world.run(lambda: table.put("a", "b"))
    assert table.batches("bad") == ["ab", "ab"]
    assert table.batches("good") == ["ab"]


def test_a_batch_weighs_no_more_than_6_mb(world, table):
    table.mapping()
    world.run(lambda: [table.put(item, text={"S": "x" * 350_000}) for item in "abcdefghijklmnopqrstuv"])
    assert len(table.batches()) == 2
    assert "".join(table.batches()) == "abcdefghijklmnopqrstuv"


def test_an_idle_reader_leaves_nothing_to_wait_for(world, table):
    table.mapping()
    assert world.run() == 0


def test_a_function_that_writes_to_its_own_table_is_a_loop_that_the_trace_shows(world, table):
    def once_more(event):
        number = int(event["Records"][-1]["dynamodb"]["NewImage"]["n"]["N"])
        if number < 3:
            table.put("a", n={"N": str(number + 1)})

    table.mapping(once_more)
    world.run(lambda: table.put("a", n={"N": "0"}))
    read = world.events("deliver", "read")
    events = world.kernel.trace.events
    assert [events[e.cause - 1].what for e in read] == ["inserted", "modified", "modified", "modified"]


def test_esm_04_a_mapping_whose_role_may_not_read_the_stream_is_refused(world, table):
    world.function("f")
    iam = world.cloud.client("iam")
    for policy in iam.list_attached_role_policies(RoleName="role")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="role", PolicyArn=policy["PolicyArn"])
    functions = world.functions_api
    with pytest.raises(functions.exceptions.InvalidParameterValueException) as caught:
        functions.create_event_source_mapping(EventSourceArn=table.arn, FunctionName="f", StartingPosition="LATEST")
    assert caught.value.response["Error"]["Message"] == (
        f"Cannot access stream {table.arn}. Please ensure the role can perform the GetRecords, GetShardIterator, "
        "DescribeStream, and ListStreams Actions on your stream in IAM."
    )


def test_esm_25_a_bucket_gets_the_records_too(world, table):
    world.s3.create_bucket(Bucket="failures")
    destination = {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::failures"}}}
    uuid = table.mapping(world.FAILS, MaximumRetryAttempts=0, **destination)
    world.run(lambda: table.put("a", "b"))
    (found,) = world.s3.list_objects_v2(Bucket="failures")["Contents"]
    told = json.loads(world.s3.get_object(Bucket="failures", Key=found["Key"])["Body"].read())
    shard = told["DDBStreamBatchInfo"]["shardId"]
    assert found["Key"].startswith(f"aws/lambda/{uuid}/{shard}/2030/01/15/2030-01-15T09.00.00-")
    assert told["DDBStreamBatchInfo"]["batchSize"] == 2
    assert [key(record) for record in json.loads(told["payload"])["Records"]] == ["a", "b"]


def test_esm_25_a_bucket_that_is_gone_loses_what_it_was_to_get(world, table):
    destination = {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::gone"}}}
    table.mapping(world.FAILS, MaximumRetryAttempts=0, **destination)
    world.run(lambda: table.put("a"))
    (dropped,) = world.events("deliver", "dropped")
    assert dropped.detail["reason"] == "The specified bucket does not exist"


def test_a_batch_may_be_delivered_twice(new_world):
    asked = []
    with new_world(repeats=lambda kind, source: asked.append((kind, source)) or 2) as world:
        table = Table(world)
        table.mapping()
        world.run(lambda: table.put("a", "b"))
        assert table.batches() == ["ab", "ab"]
        assert asked == [("table", "arn:aws:dynamodb:us-east-1:123456789012:table/orders")]
