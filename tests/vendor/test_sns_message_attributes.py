"""The contract between our message attributes and moto's SNS."""

from __future__ import annotations

import inspect

import pytest
from botocore.exceptions import ClientError
from moto.sns.responses import SNSResponse

from harness.kernel.scheduler import Kernel
from harness.vendor import sns_message_attributes, sns_publish
from harness.world.cloud import Cloud


class World:
    def __init__(self, cloud):
        self.published = []
        sns_message_attributes.apply(cloud.patches)
        sns_publish.apply(cloud.patches, cloud.kernel, on_publish=self.published.append)
        self.client = cloud.client("sns")
        self.topic = self.client.create_topic(Name="news")["TopicArn"]

    def publish(self, name="a", **attribute):
        self.client.publish(TopicArn=self.topic, Message="x", MessageAttributes={name: attribute})
        return self.published[-1].attributes[name]

    def refused(self, *args, **attribute):
        with pytest.raises(ClientError) as caught:
            self.publish(*args, **attribute)
        assert self.published == []
        error = caught.value.response["Error"]
        assert error["Code"] == "ParameterValueInvalid"
        return error["Message"]


@pytest.fixture
def world():
    with Cloud(Kernel()) as cloud:
        yield World(cloud)


def test_the_joint_exists():
    names = ["self", "message_attributes"]
    assert list(inspect.signature(SNSResponse._transform_message_attributes).parameters) == names


def test_upstream_takes_a_name_with_a_space():
    with Cloud(Kernel()) as cloud:
        sns = cloud.client("sns")
        topic = sns.create_topic(Name="news")["TopicArn"]
        attributes = {"a b": {"DataType": "String", "StringValue": "x"}}
        sns.publish(TopicArn=topic, Message="x", MessageAttributes=attributes)


def test_undo_restores_the_same_object():
    before = vars(SNSResponse)["_transform_message_attributes"]
    with Cloud(Kernel()) as cloud:
        World(cloud)
        assert vars(SNSResponse)["_transform_message_attributes"] is not before
    assert vars(SNSResponse)["_transform_message_attributes"] is before


@pytest.mark.parametrize(
    ("kind", "value"),
    [("String", "x"), ("String.Array", '["a"]'), ("Number", "-1.5e3"), ("Number.int", "1"), ("String.custom", "x")],
)
def test_sns_18_attributes_that_are_accepted(world, kind, value):
    assert world.publish("a.b-c_D9", DataType=kind, StringValue=value) == {"Type": kind, "Value": value}


def test_sns_18_binary_values_are_kept_in_base_64(world):
    assert world.publish(DataType="Binary", BinaryValue=b"\x01") == {"Type": "Binary", "Value": "AQ=="}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x" * 257, "Length of message attribute name must be less than 256 bytes."),
        (".a", "Invalid message attribute name starting with character '.' was found."),
        ("a.", "Invalid message attribute name ending with character '.' was found."),
        ("a..b", "Message attribute name can not have successive '.' character."),
        (
            "a b",
            "Invalid non-alphanumeric character '#x20' was found in the message attribute name. Can only include "
            "alphanumeric characters, hyphens, underscores, or dots.",
        ),
    ],
)
def test_sns_18_names_that_are_refused(world, name, text):
    assert world.refused(name, DataType="String", StringValue="x") == text


@pytest.mark.parametrize("kind", ["", "string", "Boolean", "Strings"])
def test_sns_18_types_that_are_refused(world, kind):
    assert world.refused(DataType=kind, StringValue="x") == (
        "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is "
        "Binary, Number, and String."
    )


@pytest.mark.parametrize("attribute", [{"DataType": "String", "StringValue": ""}, {"DataType": "String"}])
def test_sns_18_a_value_must_be_there(world, attribute):
    assert world.refused(**attribute) == (
        "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'."
    )


def test_sns_18_a_value_must_be_in_its_field(world):
    text = "The message attribute 'a' with type 'Binary' must use field 'Binary'."
    assert world.refused(DataType="Binary", StringValue="x") == text
    text = "The message attribute 'a' with type 'String' must use field 'String'."
    assert world.refused(DataType="String", BinaryValue=b"x") == text


@pytest.mark.parametrize("value", ["x", "1_000", "nan", "1,5"])
def test_sns_18_a_number_must_be_one(world, value):
    assert (
        world.refused(DataType="Number", StringValue=value) == "Could not cast message attribute 'a' value to number."
    )


def test_sns_18_a_batch_is_checked_before_anything_is_sent(world):
    entries = [
        {"Id": "a", "Message": "x"},
        {"Id": "b", "Message": "x", "MessageAttributes": {"a": {"DataType": "Boolean", "StringValue": "x"}}},
    ]
    with pytest.raises(ClientError, match="ParameterValueInvalid"):
        world.client.publish_batch(TopicArn=world.topic, PublishBatchRequestEntries=entries)
    assert world.published == []
