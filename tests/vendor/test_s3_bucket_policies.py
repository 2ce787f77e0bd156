"""The contract between bucket policies' conditions and moto's."""

from __future__ import annotations

import inspect
import json

import pytest
from botocore.exceptions import ClientError
from moto.s3.models import FakeBucket

from harness.guard.conditions import unmet_condition
from harness.kernel.scheduler import Kernel
from harness.vendor import s3_bucket_policies
from harness.world.cloud import Cloud


def policy(condition):
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::bbb/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **condition}]})


TLS_ONLY = policy({"Condition": {"Bool": {"aws:SecureTransport": "false"}}})


def bucket(cloud, document):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="bbb")
    s3.put_bucket_policy(Bucket="bbb", Policy=document)
    return s3


def test_the_joint_exists():
    assert list(inspect.signature(FakeBucket.get_permission).parameters) == ["self", "action", "resource"]


def test_upstream_passes_over_conditions():
    with Cloud(Kernel()) as cloud, pytest.raises(ClientError, match="Forbidden"):
        bucket(cloud, TLS_ONLY).put_object(Bucket="bbb", Key="k", Body=b"")


def test_what_is_denied_without_tls_is_let_in():
    with Cloud(Kernel()) as cloud:
        s3_bucket_policies.apply(cloud.patches, unmet=unmet_condition)
        bucket(cloud, TLS_ONLY).put_object(Bucket="bbb", Key="k", Body=b"")


@pytest.mark.parametrize("condition", [{}, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}])
def test_what_is_denied_stays_denied(condition):
    with Cloud(Kernel()) as cloud:
        s3_bucket_policies.apply(cloud.patches, unmet=unmet_condition)
        with pytest.raises(ClientError, match="Forbidden"):
            bucket(cloud, policy(condition)).put_object(Bucket="bbb", Key="k", Body=b"")


def test_undo_restores_the_same_object():
    before = vars(FakeBucket)["get_permission"]
    with Cloud(Kernel()) as cloud:
        s3_bucket_policies.apply(cloud.patches, unmet=unmet_condition)
        assert vars(FakeBucket)["get_permission"] is not before
    assert vars(FakeBucket)["get_permission"] is before
