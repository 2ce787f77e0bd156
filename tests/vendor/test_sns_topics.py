"""The contract between our topics and moto's SNS."""

from __future__ import annotations

import inspect
import json

import pytest
from botocore.exceptions import ClientError
from moto.sns.models import SNSBackend

from harness.kernel.scheduler import Kernel
from harness.vendor import sns_topics
from harness.world.cloud import Cloud


@pytest.fixture
def sns():
    with Cloud(Kernel()) as cloud:
        sns_topics.apply(cloud.patches)
        yield cloud.client("sns")


def refused(sns, name="news", **options):
    with pytest.raises(ClientError) as caught:
        sns.create_topic(Name=name, **options)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_joint_exists():
    assert list(inspect.signature(SNSBackend.create_topic).parameters) == ["self", "name", "attributes", "tags"]


def test_upstream_answers_with_the_topic_that_is_there():
    with Cloud(Kernel()) as cloud:
        for display_name in ("one", "two"):
            cloud.client("sns").create_topic(Name="news", Attributes={"DisplayName": display_name})


def test_undo_restores_the_same_object():
    before = vars(SNSBackend)["create_topic"]
    with Cloud(Kernel()) as cloud:
        sns_topics.apply(cloud.patches)
        assert vars(SNSBackend)["create_topic"] is not before
    assert vars(SNSBackend)["create_topic"] is before


@pytest.mark.parametrize("name", ["", "a b", "news.fifo", "x" * 257, "a:b"])
def test_sns_21_names_that_are_refused(sns, name):
    assert refused(sns, name) == ("InvalidParameter", "Invalid parameter: Topic Name")


def test_sns_21_creating_again_gives_the_same_topic(sns):
    policy = {"Version": "2012-10-17", "Statement": []}
    attributes = {"DisplayName": "News", "SignatureVersion": "1", "Policy": json.dumps(policy)}
    tags = [{"Key": "a", "Value": "b"}]
    arn = sns.create_topic(Name="news", Attributes=attributes, Tags=tags)["TopicArn"]
    again = attributes | {"Policy": json.dumps(policy, indent=1)}
    assert sns.create_topic(Name="news", Attributes=again, Tags=tags)["TopicArn"] == arn
    assert sns.create_topic(Name="news")["TopicArn"] == arn
    assert len(sns.list_topics()["Topics"]) == 1


@pytest.mark.parametrize(
    "attributes", [{"DisplayName": "Olds"}, {"KmsMasterKeyId": "k"}, {"Policy": '{"Statement": []}'}]
)
def test_sns_21_creating_again_with_other_attributes_is_refused(sns, attributes):
    sns.create_topic(Name="news", Attributes={"DisplayName": "News"})
    text = "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
    assert refused(sns, Attributes=attributes) == ("InvalidParameter", text)


def test_sns_21_a_fifo_topic_again(sns):
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    arn = sns.create_topic(Name="news.fifo", Attributes=attributes)["TopicArn"]
    assert sns.create_topic(Name="news.fifo", Attributes=attributes)["TopicArn"] == arn
    other = {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
    assert "different attributes" in refused(sns, "news.fifo", Attributes=other)[1]


def test_sns_21_creating_again_with_other_tags_is_refused(sns):
    sns.create_topic(Name="news", Tags=[{"Key": "a", "Value": "b"}])
    text = "Invalid parameter: Tags Reason: Topic already exists with different tags"
    assert refused(sns, Tags=[{"Key": "a", "Value": "c"}]) == ("InvalidParameter", text)
