"""The contract between our publications and moto's SNS."""

from __future__ import annotations

import hashlib
import inspect
import json

import pytest
from botocore.exceptions import ClientError
from moto.sns.models import SNSBackend
from moto.sns.responses import SNSResponse

from harness.kernel.scheduler import Kernel
from harness.vendor import sns_publish, sns_subscriptions
from harness.vendor.sns_publish import Publication, PublishRefused
from harness.world.cloud import Cloud


class World:
    def __init__(self, cloud, kernel):
        self.kernel = kernel
        self.published: list[Publication] = []
        self.client = cloud.client("sns")
        sns_subscriptions.apply(cloud.patches, kernel, on_subscribe=lambda s, token: True)
        sns_publish.apply(cloud.patches, kernel, on_publish=self.published.append)
        self.topic = self.client.create_topic(Name="news")["TopicArn"]

    def publish(self, message="hello", **options):
        return self.client.publish(TopicArn=self.topic, Message=message, **options)

    def refused(self, *args, **options):
        with pytest.raises(ClientError) as caught:
            self.publish(*args, **options)
        assert self.published == []
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture
def world():
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        yield World(cloud, kernel)


def test_the_joints_exist():
    names = ["message", "arn", "phone_number", "subject", "message_attributes"]
    assert list(inspect.signature(SNSBackend.publish).parameters)[1:6] == names
    assert list(inspect.signature(SNSResponse.publish).parameters) == ["self"]
    assert "publish_batch_request_entries" in inspect.signature(SNSBackend.publish_batch).parameters


def test_upstream_raises_a_subscribers_error_to_the_publisher():
    with Cloud(Kernel()) as cloud:
        sns = cloud.client("sns")
        topic = sns.create_topic(Name="news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:gone")
        with pytest.raises(ClientError, match=r"NonExistentQueue|does not exist"):
            sns.publish(TopicArn=topic, Message="hello")


def test_undo_restores_the_same_objects():
    places = [(SNSBackend, "publish"), (SNSBackend, "publish_batch"), (SNSResponse, "publish")]
    before = [vars(c)[n] for c, n in places]
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        World(cloud, kernel)
        assert vars(SNSBackend)["publish"] is not before[0]
    assert all(a is vars(c)[n] for a, (c, n) in zip(before, places, strict=True))


def test_a_publication_carries_the_subscriptions_of_that_moment(world):
    arn = world.client.subscribe(
        TopicArn=world.topic,
        Protocol="sqs",
        Endpoint="arn:aws:sqs:us-east-1:123456789012:q",
        Attributes={
            "RawMessageDelivery": "true",
            "FilterPolicyScope": "MessageBody",
            "FilterPolicy": '{"a": ["b"]}',
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}),
        },
    )["SubscriptionArn"]
    answer = world.publish(Subject="Hi", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
    (publication,) = world.published
    assert publication.message_id == answer["MessageId"]
    assert publication.attributes == {"n": {"Type": "Number", "Value": "1"}}
    (subscription,) = publication.subscriptions
    assert (subscription.arn, subscription.raw, subscription.confirmed) == (arn, True, True)
    assert (subscription.filter_policy, subscription.filter_scope) == ({"a": ["b"]}, "MessageBody")
    assert subscription.dead_letter_arn.endswith(":dead")


def test_sns_14_sizes_are_bytes_and_count_attributes(world):
    world.publish("é" * 131_072)
    world.published.clear()
    assert world.refused("é" * 131_072 + "x") == ("InvalidParameter", "Invalid parameter: Message too long")
    attribute = {"a": {"DataType": "String", "StringValue": "x"}}
    assert world.refused("x" * 262_140, MessageAttributes=attribute)[1] == "Invalid parameter: Message too long"


def test_sns_14_a_topic_may_allow_more_or_less(world):
    world.topic = world.client.create_topic(Name="small", Attributes={"MaximumMessageSize": "1024"})["TopicArn"]
    world.publish("x" * 1024)
    world.published.clear()
    assert world.refused("x" * 1025)[1] == "Invalid parameter: Message too long"


def test_sns_14_a_batch_counts_as_one(world):
    entries = [{"Id": str(n), "Message": "x" * 200_000} for n in range(2)]
    with pytest.raises(ClientError) as caught:
        world.client.publish_batch(TopicArn=world.topic, PublishBatchRequestEntries=entries)
    assert caught.value.response["Error"]["Code"] == "BatchRequestTooLong"


def test_sns_24_one_bad_entry_of_a_batch_fails_alone(world):
    entries = [{"Id": "a", "Message": "x"}, {"Id": "b", "Message": "x", "Subject": "two\nlines"}]
    answer = world.client.publish_batch(TopicArn=world.topic, PublishBatchRequestEntries=entries)
    assert [s["Id"] for s in answer["Successful"]] == ["a"]
    assert [(f["Id"], f["Message"]) for f in answer["Failed"]] == [("b", "Invalid parameter: Subject")]


def batch_refused(world, entries):
    with pytest.raises(ClientError) as caught:
        world.client.publish_batch(TopicArn=world.topic, PublishBatchRequestEntries=entries)
    assert world.published == []
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("ids", "code", "text"),
    [
        ([], "EmptyBatchRequest", "The batch request doesn't contain any entries."),
        (
            [str(n) for n in range(11)],
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        ),
        (["a", "a"], "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."),
        (
            ["a", ""],
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        ),
        (
            ["a b"],
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        ),
        (
            ["x" * 81],
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        ),
    ],
)
def test_sns_24_a_batch_that_is_wrong_itself_is_refused_as_a_whole(world, ids, code, text):
    assert batch_refused(world, [{"Id": i, "Message": "x"} for i in ids]) == (code, text)


def test_sns_24_ten_entries_with_ids_of_eighty_characters(world):
    entries = [{"Id": f"{n}-_Z".ljust(80, "x"), "Message": "x"} for n in range(10)]
    answer = world.client.publish_batch(TopicArn=world.topic, PublishBatchRequestEntries=entries)
    assert [s["Id"] for s in answer["Successful"]] == [e["Id"] for e in entries]
    assert [s["MessageId"] for s in answer["Successful"]] == [p.message_id for p in world.published]


def test_sns_24_every_kind_of_refusal_is_told(world):
    entries = [
        {"Id": "empty", "Message": ""},
        {"Id": "structure", "Message": "{", "MessageStructure": "json"},
        {"Id": "ids", "Message": "x", "MessageDeduplicationId": "d"},
    ]
    answer = world.client.publish_batch(TopicArn=world.topic, PublishBatchRequestEntries=entries)
    assert answer["Successful"] == []
    assert [(f["Id"], f["Code"], f["SenderFault"]) for f in answer["Failed"]] == [
        (i, "InvalidParameter", True) for i in ("empty", "structure", "ids")
    ]


def test_sns_24_a_fifo_topics_batch_needs_ids_for_each(world):
    world.topic = world.client.create_topic(Name="news.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    entry = {"Id": "a", "Message": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    text = "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    assert batch_refused(world, [entry, {"Id": "b", "Message": "x"}]) == ("InvalidParameter", text)
    answer = world.client.publish_batch(TopicArn=world.topic, PublishBatchRequestEntries=[entry, {**entry, "Id": "b"}])
    one, other = answer["Successful"]
    assert one["MessageId"] == other["MessageId"]
    assert one["SequenceNumber"] == other["SequenceNumber"] == world.published[0].sequence_number


@pytest.mark.parametrize("subject", ["", "x" * 100, "two\nlines", "bell\x07", "sep\u2028arated"])
def test_sns_15_subjects_that_are_refused(world, subject):
    assert world.refused(Subject=subject) == ("InvalidParameter", "Invalid parameter: Subject")


@pytest.mark.parametrize("subject", ["x" * 99, "รายงาน 🎉"])
def test_sns_15_subjects_that_are_accepted(world, subject):
    world.publish(Subject=subject)
    assert world.published[0].subject == subject


def test_sns_16_an_empty_message(world):
    assert world.refused("") == ("InvalidParameter", "Invalid parameter: Empty message")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("{", "Invalid parameter: Message Structure - JSON message body failed to parse"),
        ('{"sqs": "x"}', "Invalid parameter: Message Structure - No default entry in JSON message body"),
        ('{"default": 1}', "Invalid parameter: Message Structure - No default entry in JSON message body"),
    ],
)
def test_sns_17_structures_are_checked_before_any_delivery(world, message, text):
    assert world.refused(message, MessageStructure="json") == ("InvalidParameter", text)


def test_sns_17_each_protocol_gets_its_text(world):
    world.publish(json.dumps({"default": "d", "sqs": "q"}), MessageStructure="json")
    assert [world.published[0].text_for(p) for p in ("sqs", "email")] == ["q", "d"]


def test_sns_19_fifo_topics_want_ids(world):
    world.topic = world.client.create_topic(Name="news.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    assert "MessageGroupId parameter is required" in world.refused()[1]
    assert "ContentBasedDeduplication" in world.refused(MessageGroupId="g")[1]
    world.publish(MessageGroupId="g", MessageDeduplicationId="d")
    world.publish(MessageGroupId="g", MessageDeduplicationId="d")
    assert len(world.published) == 1


def fifo(world, name="news.fifo", **attributes):
    world.topic = world.client.create_topic(Name=name, Attributes={"FifoTopic": "true", **attributes})["TopicArn"]


def test_sns_19_a_fifo_topic_answers_with_the_sequence_number(world):
    fifo(world)
    answers = [world.publish(MessageGroupId="g", MessageDeduplicationId=d) for d in ("one", "two", "one")]
    numbers = [a["SequenceNumber"] for a in answers]
    assert numbers[0] == numbers[2] < numbers[1]
    assert [p.sequence_number for p in world.published] == numbers[:2]


def test_sns_19_the_id_of_the_content_is_its_sha_256(world):
    fifo(world, ContentBasedDeduplication="true")
    world.publish("hello", MessageGroupId="g")
    world.publish("hello", MessageGroupId="other", MessageAttributes={"a": {"DataType": "String", "StringValue": "x"}})
    (publication,) = world.published
    assert publication.deduplication_id == hashlib.sha256(b"hello").hexdigest()


def test_sns_19_duplicates_are_known_for_five_minutes(world):
    fifo(world)

    def main():
        for wait_s in (0, 299.999, 0.001):
            world.kernel.sleep(wait_s)
            world.publish(MessageGroupId="g", MessageDeduplicationId="d")

    world.kernel.run(main)
    assert len(world.published) == 2


@pytest.mark.parametrize(("scope", "published"), [("Topic", 1), ("MessageGroup", 2)])
def test_sns_19_duplicates_are_looked_for_in_the_topic_or_in_the_group(world, scope, published):
    fifo(world, FifoThroughputScope=scope)
    for group in ("a", "b"):
        world.publish(MessageGroupId=group, MessageDeduplicationId="d")
    assert len(world.published) == published


def test_sns_19_a_standard_topic_takes_no_deduplication_id(world):
    assert "MessageDeduplicationId" in world.refused(MessageDeduplicationId="d")[1]


def test_a_missing_topic(world):
    world.topic += "-gone"
    assert world.refused() == ("NotFound", "Topic does not exist")
    with pytest.raises(PublishRefused, match=r"^NotFound: Topic does not exist$"):
        sns_publish.publish(world.topic, "hello")


def test_a_service_publishes_without_a_request(world):
    message_id = sns_publish.publish(world.topic, "hello", subject="Hi")
    assert world.published[0].message_id == message_id
    assert sns_publish.topic_exists(world.topic)


def test_message_ids_come_from_the_seed():
    ids = []
    for _ in range(2):
        kernel = Kernel()
        with Cloud(kernel) as cloud:
            ids.append(World(cloud, kernel).publish()["MessageId"])
    assert ids[0] == ids[1]
