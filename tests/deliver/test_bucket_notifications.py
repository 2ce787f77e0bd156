from __future__ import annotations

import json

import pytest

from harness.kernel.decisions import Decision, Replayed
from harness.kernel.scheduler import Kernel


def configure(world, *, queue=None, function=None, topic=None, events=("s3:ObjectCreated:*",), prefix=""):
    chosen = {"Events": list(events), "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}}
    configuration = {}
    if queue is not None:
        configuration["QueueConfigurations"] = [{"Id": "to-queue", "QueueArn": queue.arn, **chosen}]
    if function is not None:
        configuration["LambdaFunctionConfigurations"] = [{"LambdaFunctionArn": function, **chosen}]
    if topic is not None:
        configuration["TopicConfigurations"] = [{"TopicArn": topic, **chosen}]
    world.s3.put_bucket_notification_configuration(Bucket="raw", NotificationConfiguration=configuration)


@pytest.fixture
def raw(world):
    world.s3.create_bucket(Bucket="raw")
    return world


def without_test_event(queue):
    return [m for m in queue.contents() if "s3:TestEvent" not in m.body]


def put(world, key, body=b"hello"):
    return lambda: world.s3.put_object(Bucket="raw", Key=key, Body=body)


def record(queue):
    (message,) = without_test_event(queue)
    (found,) = json.loads(message.body)["Records"]
    return found


def test_s3e_03_the_whole_record(raw):
    queue = raw.queue("jobs")
    configure(raw, queue=queue)
    answer = []
    raw.run(lambda: answer.append(put(raw, "uploads/a.csv")()))
    headers = answer[0]["ResponseMetadata"]["HTTPHeaders"]
    found = record(queue)
    sequencer = found["s3"]["object"].pop("sequencer")
    assert len(sequencer) == 18
    int(sequencer, 16)
    assert found == {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2030-01-15T09:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:123456789012"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {
            "x-amz-request-id": headers["x-amz-request-id"],
            "x-amz-id-2": headers["x-amz-id-2"],
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "to-queue",
            "bucket": {
                "name": "raw",
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": "arn:aws:s3:::raw",
            },
            "object": {"key": "uploads/a.csv", "size": 5, "eTag": "5d41402abc4b2a76b9719d911017c592"},
        },
    }


def test_s3e_01_the_put_returns_before_the_notification_is_delivered(raw):
    raw.function("f")
    configure(raw, function=raw.function("f2"))
    seen = []

    def act():
        put(raw, "a")()
        seen.append(len(raw.invoker.calls))

    raw.run(act)
    assert seen == [0]
    assert raw.invoker.times("f2") == [0.02]


def test_s3e_01_a_delivery_may_take_a_minute(new_world):
    with new_world(Kernel(decisions=Replayed([Decision("s3 notification delay", 4, 3)]))) as world:
        world.s3.create_bucket(Bucket="raw")
        configure(world, function=world.function("f"))
        assert world.run(put(world, "a")) == 60


@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        ("a b.csv", "a+b.csv"),
        ("a+b%.csv", "a%2Bb%25.csv"),
        ("dir/x@y.csv", "dir/x%40y.csv"),
        ("ก🎉.csv", "%E0%B8%81%F0%9F%8E%89.csv"),
    ],
)
def test_s3e_05_keys_are_form_encoded_but_for_the_slash(raw, key, encoded):
    queue = raw.queue("jobs")
    configure(raw, queue=queue)
    raw.run(put(raw, key))
    assert record(queue)["s3"]["object"]["key"] == encoded


def test_s3e_04_a_removal_has_neither_size_nor_etag(raw):
    queue = raw.queue("jobs")
    configure(raw, queue=queue, events=["s3:ObjectRemoved:*"])

    def act():
        put(raw, "a")()
        raw.s3.delete_object(Bucket="raw", Key="a")

    raw.run(act)
    found = record(queue)
    assert found["eventName"] == "ObjectRemoved:Delete"
    assert sorted(found["s3"]["object"]) == ["key", "sequencer"]


def test_s3e_06_a_version_id_in_a_versioned_bucket(raw):
    queue = raw.queue("jobs")
    raw.s3.put_bucket_versioning(Bucket="raw", VersioningConfiguration={"Status": "Enabled"})
    configure(raw, queue=queue)
    answer = []
    raw.run(lambda: answer.append(put(raw, "a")()))
    assert record(queue)["s3"]["object"]["versionId"] == answer[0]["VersionId"]


def test_s3e_02_sequencers_grow_and_tagging_has_none(raw):
    queue = raw.queue("jobs")
    configure(raw, queue=queue, events=["s3:ObjectCreated:*", "s3:ObjectTagging:*"])

    def act():
        for _ in range(3):
            put(raw, "a")()
        raw.s3.put_object_tagging(Bucket="raw", Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})

    raw.run(act)
    objects = [json.loads(m.body)["Records"][0] for m in without_test_event(queue)]
    sequencers = [o["s3"]["object"].get("sequencer") for o in objects]
    assert sequencers[3] is None
    assert sequencers[:3] == sorted(set(sequencers[:3]))
    assert [o["eventVersion"] for o in objects] == ["2.1", "2.1", "2.1", "2.3"]


def test_s3e_07_queues_get_a_test_event_without_records(raw):
    queue = raw.queue("jobs")
    configure(raw, queue=queue, function=None)
    (message,) = queue.contents()
    test = json.loads(message.body)
    assert sorted(test) == ["Bucket", "Event", "HostId", "RequestId", "Service", "Time"]
    assert (test["Service"], test["Event"], test["Bucket"]) == ("Amazon S3", "s3:TestEvent", "raw")


def test_s3e_22_a_topic_gets_the_subject(raw):
    topic, queue = raw.topic("news"), raw.queue("readers")
    configure(raw, topic=topic)
    raw.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    raw.run(put(raw, "a"))
    (message,) = queue.contents()
    envelope = json.loads(message.body)
    assert envelope["Subject"] == "Amazon S3 Notification"
    assert json.loads(envelope["Message"])["Records"][0]["s3"]["object"]["key"] == "a"


def test_s3e_23_a_function_gets_it_asynchronously_with_retries(raw):
    configure(raw, function=raw.function("f", raw.FAILS))
    raw.run(put(raw, "a"))
    assert raw.invoker.times("f") == [0.02, 60.02, 180.02]


def test_s3e_01_a_target_that_is_gone_never_reaches_the_put(raw):
    queue = raw.queue("jobs")
    configure(raw, queue=queue)
    raw.sqs.delete_queue(QueueUrl=raw.sqs.get_queue_url(QueueName="jobs")["QueueUrl"])
    raw.run(put(raw, "a"))
    (dropped,) = raw.events("deliver", "dropped")
    assert dropped.detail == {"from": "raw", "key": "a", "reason": "the queue does not exist"}
    assert raw.events("deliver", "notified") == []


def test_only_matching_rules_are_notified(raw):
    queue = raw.queue("jobs")
    configure(raw, queue=queue, prefix="uploads/")
    raw.run(put(raw, "elsewhere/a"))
    assert without_test_event(queue) == []


def test_the_trace_leads_from_the_object_to_the_message(raw):
    queue = raw.queue("jobs")
    configure(raw, queue=queue)
    raw.run(put(raw, "a"))
    created, notified = raw.events("s3", "object created")[0], raw.events("deliver", "notified")[0]
    sent = raw.events("queue", "sent")[-1]
    assert (notified.cause, sent.cause) == (created.number, notified.number)
    assert created.detail["event_name"] == "s3:ObjectCreated:Put"


def test_s3e_01_an_event_can_be_delivered_again_byte_for_byte(raw):
    queue = raw.queue("jobs")
    configure(raw, queue=queue)
    answers = []

    def act():
        put(raw, "a", b"1")()
        put(raw, "a", b"22")()
        raw.kernel.sleep(1)
        answers.append(raw.engines.bucket_notifications.redeliver("raw", "a"))
        answers.append(raw.engines.bucket_notifications.redeliver("raw", "never"))

    raw.run(act)
    messages = without_test_event(queue)
    assert len(messages) == 3
    assert messages[1].body == messages[2].body != messages[0].body
    assert answers == [True, False]


def test_s3e_01_a_notification_may_be_delivered_twice(new_world):
    with new_world(repeats=lambda kind, source: 2 if (kind, source) == ("bucket", "raw") else 1) as world:
        world.s3.create_bucket(Bucket="raw")
        configure(world, function=world.function("f"))
        world.run(put(world, "a"))
        assert [c.event for c in world.invoker.calls] == [world.invoker.calls[0].event] * 2


def test_a_burst_of_1000_uploads_is_delivered_in_full(raw):
    configure(raw, function=raw.function("f"))
    raw.run(lambda: [put(raw, f"{n}.csv")() for n in range(1000)])
    assert len({c.event["Records"][0]["s3"]["object"]["key"] for c in raw.invoker.calls}) == 1000


def test_s3e_01_a_notification_may_be_delivered_late(new_world):
    lateness = [60.0, 0.0]
    with new_world(late=lambda kind, source: lateness.pop(0)) as world:
        world.s3.create_bucket(Bucket="raw")
        configure(world, function=world.function("f"))
        world.run(lambda: [put(world, "a")(), put(world, "b")()])
        keys = [c.event["Records"][0]["s3"]["object"]["key"] for c in world.invoker.calls]
        assert keys == ["b", "a"]  # S3E-02
        assert world.invoker.times("f") == [0.02, 60.02]
