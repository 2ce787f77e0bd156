"""The contract between our notification configurations and moto's S3."""

from __future__ import annotations

import inspect

import pytest
from botocore.exceptions import ClientError
from moto.s3 import notifications
from moto.s3.responses import S3Response

from harness.kernel.scheduler import Kernel
from harness.vendor import s3_events, s3_notification_config
from harness.world.cloud import Cloud

QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"
TOPIC = "arn:aws:sns:us-east-1:123456789012:news"
SHUT = (QUEUE + "-shut", TOPIC + "-shut")


@pytest.fixture
def cloud():
    with Cloud(Kernel()) as cloud:
        yield cloud


@pytest.fixture
def world(cloud):
    kernel = cloud.kernel
    tested: list[tuple[str, str]] = []
    s3_notification_config.apply(
        cloud.patches,
        kernel,
        on_test_event=lambda bucket, account_id, arn: tested.append((bucket, arn)),
        may_notify=lambda bucket, account_id, arn: (bucket, account_id) == ("raw", "123456789012") and arn not in SHUT,
    )
    cloud.client("s3").create_bucket(Bucket="raw")
    cloud.client("sqs").create_queue(QueueName="jobs")
    cloud.client("sns").create_topic(Name="news")
    yield cloud.client("s3"), tested


def put(s3, *queues, topics=(), functions=(), **kwargs):
    configuration = {
        "QueueConfigurations": list(queues),
        "TopicConfigurations": list(topics),
        "LambdaFunctionConfigurations": list(functions),
    }
    s3.put_bucket_notification_configuration(Bucket="raw", NotificationConfiguration=configuration, **kwargs)


def queue(arn=QUEUE, events=("s3:ObjectCreated:*",), **rules):
    found = {"QueueArn": arn, "Events": list(events)}
    if rules:
        found["Filter"] = {"Key": {"FilterRules": [{"Name": n, "Value": v} for n, v in rules.items()]}}
    return found


def refused(s3, *args, **kwargs):
    with pytest.raises(ClientError) as caught:
        put(s3, *args, **kwargs)
    return caught.value.response["Error"]


def test_the_joints_exist():
    assert list(inspect.signature(S3Response._notification_config_from_body).parameters) == ["self"]
    assert list(inspect.signature(S3Response.get_bucket_notification).parameters) == ["self"]
    assert list(inspect.signature(notifications.send_test_event).parameters) == ["account_id", "bucket"]


def test_upstream_accepts_a_missing_queue():
    with Cloud(Kernel()) as cloud:
        cloud.client("s3").create_bucket(Bucket="raw")
        put(cloud.client("s3"), queue())


def test_upstream_keeps_eventbridge_and_does_not_show_it():
    with Cloud(Kernel()) as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="raw")
        s3.put_bucket_notification_configuration(
            Bucket="raw", NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="raw")


def test_what_was_put_is_shown_with_eventbridge(world):
    s3, _ = world
    put(s3, queue())
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="raw")
    shown = {"QueueConfigurations": [{"Id": "a", **queue()}], "EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket="raw", NotificationConfiguration=shown)
    answer = s3.get_bucket_notification_configuration(Bucket="raw")
    assert {name: answer[name] for name in shown} == shown


REPLACED = ("_notification_config_from_body", "bucket_response", "get_bucket_notification")


def test_undo_restores_the_same_objects():
    before = [*(vars(S3Response)[name] for name in REPLACED), notifications.send_test_event]
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        s3_notification_config.apply(cloud.patches, kernel, on_test_event=lambda *_: None, may_notify=lambda *_: True)
    after = [*(vars(S3Response)[name] for name in REPLACED), notifications.send_test_event]
    assert all(a is b for a, b in zip(before, after, strict=True))


def test_s3e_07_a_test_event_for_each_queue_and_topic_and_none_for_functions(world):
    s3, tested = world
    topic = {"TopicArn": TOPIC, "Events": ["s3:ObjectRemoved:*"]}
    put(s3, queue(prefix="a"), queue(prefix="b"), topics=[topic])
    assert tested == [("raw", QUEUE), ("raw", TOPIC)]


def test_s3e_09_missing_destinations_are_listed(world):
    s3, _ = world
    error = refused(s3, queue(QUEUE + "-1", prefix="a"), queue(QUEUE + "-2", prefix="b"))
    assert error["Code"] == "InvalidArgument"
    assert error["Message"] == "Unable to validate the following destination configurations"
    assert (error["ArgumentName1"], error["ArgumentName2"]) == (QUEUE + "-1", QUEUE + "-2")
    assert error["ArgumentValue1"] == error["ArgumentValue2"] == "The destination queue does not exist"


def test_s3e_09_a_missing_function(world):
    s3, _ = world
    arn = "arn:aws:lambda:us-east-1:123456789012:function:nobody"
    error = refused(s3, functions=[{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}])
    assert error["ArgumentName1"] == f"{arn}, null"
    assert error["ArgumentValue1"] == f"Not authorized to invoke function [{arn}]"


def test_s3e_09_the_check_can_be_skipped(world):
    s3, _ = world
    put(s3, queue(QUEUE + "-1"), SkipDestinationValidation=True)


def test_s3e_10_destinations_that_do_not_let_s3_in_are_listed(world, cloud):
    s3, tested = world
    cloud.client("sqs").create_queue(QueueName="jobs-shut")
    cloud.client("sns").create_topic(Name="news-shut")
    topic = {"TopicArn": SHUT[1], "Events": ["s3:ObjectRemoved:*"]}
    error = refused(s3, queue(SHUT[0], prefix="a"), queue(prefix="b"), topics=[topic])
    assert (error["Code"], error["Message"]) == (
        "InvalidArgument",
        "Unable to validate the following destination configurations",
    )
    text = "Permissions on the destination {} do not allow S3 to publish notifications from this bucket"
    assert {k: v for k, v in error.items() if k.startswith("Argument")} == {
        "ArgumentName1": SHUT[0],
        "ArgumentValue1": text.format("queue"),
        "ArgumentName2": SHUT[1],
        "ArgumentValue2": text.format("topic"),
    }
    assert s3_events.rules("123456789012", "raw") == []
    assert tested == []
    put(s3, queue(SHUT[0]), SkipDestinationValidation=True)


@pytest.mark.parametrize("arn", ["jobs", "arn:aws:sns:us-east-1:123456789012:jobs", "arn:aws:sqs:us-east-1::jobs"])
def test_s3e_12_a_malformed_arn(world, arn):
    s3, _ = world
    error = refused(s3, queue(arn), SkipDestinationValidation=True)
    assert error["Message"] == "The ARN could not be parsed"


def test_s3e_13_fifo_targets_are_refused(world):
    s3, _ = world
    assert refused(s3, queue(QUEUE + ".fifo"))["Code"] == "InvalidArgument"
    topic = {"TopicArn": TOPIC + ".fifo", "Events": ["s3:ObjectCreated:*"]}
    assert refused(s3, topics=[topic])["Code"] == "InvalidArgument"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({"prefix": "images"}, {}),
        ({"prefix": "images/"}, {"prefix": "images/raw"}),
        ({"suffix": "jpg"}, {"suffix": "pg"}),
        ({"events": ("s3:ObjectCreated:Put",)}, {"events": ("s3:ObjectCreated:*",)}),
    ],
)
def test_s3e_14_overlapping_rules_are_refused(world, one, other):
    s3, _ = world
    assert refused(s3, queue(**one), queue(**other))["Message"].startswith("Configuration is ambiguously defined.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"prefix": "a/"}, {"prefix": "b/"}),
        ({"suffix": ".jpg"}, {"suffix": ".png"}),
        ({"events": ("s3:ObjectCreated:Put",)}, {"events": ("s3:ObjectCreated:Copy",)}),
    ],
)
def test_s3e_14_rules_that_cannot_meet_are_accepted(world, one, other):
    s3, _ = world
    put(s3, queue(**one), queue(**other))


def test_s3e_15_filter_names_in_any_case_and_empty_values(world):
    s3, _ = world
    put(s3, queue(PREFIX="", suffix=".csv"))
    found = s3.get_bucket_notification_configuration(Bucket="raw")["QueueConfigurations"][0]
    rules = found["Filter"]["Key"]["FilterRules"]
    assert rules == [{"Name": "Prefix", "Value": ""}, {"Name": "Suffix", "Value": ".csv"}]
    stored = s3_events.rules("123456789012", "raw")
    assert [(r.prefix, r.suffix, r.target_arn) for r in stored] == [("", ".csv", QUEUE)]


def test_s3e_15_a_filter_name_twice_is_refused(world):
    s3, _ = world
    assert refused(s3, queue(prefix="a", Prefix="b"))["Code"] == "InvalidArgument"


def test_s3e_08_a_put_replaces_and_an_empty_one_disables(world):
    s3, _ = world
    put(s3, queue(prefix="a"))
    put(s3, queue(prefix="b"))
    assert [r.prefix for r in s3_events.rules("123456789012", "raw")] == ["b"]
    put(s3)
    assert s3_events.rules("123456789012", "raw") == []
