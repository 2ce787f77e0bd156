"""Calls that name a stream reach moto."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import backend_index, mock_aws
from moto.dynamodbstreams import urls

from harness.kernel.scheduler import Kernel
from harness.vendor import dynamodb_streams_urls
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud


def stream_of_a_table(tables):
    made = tables.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    return made["TableDescription"]["LatestStreamArn"]


def test_the_targets_are_lists():
    assert isinstance(backend_index.backend_url_patterns, list)
    assert isinstance(urls.url_bases, list)


def test_upstream_does_not_know_the_address():
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    with mock_aws():
        arn = stream_of_a_table(boto3.client("dynamodb", **keys))
        with pytest.raises(ClientError, match="Not yet implemented"):
            boto3.client("dynamodbstreams", **keys).describe_stream(StreamArn=arn)


def test_a_stream_is_described_wherever_the_call_is_sent():
    with Cloud(Kernel()) as cloud:
        arn = stream_of_a_table(cloud.client("dynamodb"))
        described = cloud.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]
        assert described["TableName"] == "t"


def test_undo_restores_the_same_objects():
    before = backend_index.backend_url_patterns, urls.url_bases
    with Patches() as patches:
        dynamodb_streams_urls.apply(patches)
        assert urls.url_bases is not before[1]
    assert backend_index.backend_url_patterns is before[0]
    assert urls.url_bases is before[1]
