"""The contract between our conditions of a copy and moto's S3."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.s3.responses import S3Response

from harness.kernel.clock import DEFAULT_START
from harness.kernel.scheduler import Kernel
from harness.vendor import s3_copy_conditions
from harness.world.cloud import Cloud

BEFORE, AFTER = DEFAULT_START - timedelta(hours=1), DEFAULT_START + timedelta(hours=1)


def filled(cloud: Cloud) -> Any:
    """A bucket with the objects "source" and "taken"."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="source", Body=b"new")
    s3.put_object(Bucket="bucket", Key="taken", Body=b"old")
    return s3


@pytest.fixture
def s3() -> Iterator[Any]:
    with Cloud(Kernel()) as cloud:
        s3_copy_conditions.apply(cloud.patches)
        yield filled(cloud)


def copy(s3: Any, key: str, **conditions: Any) -> bytes:
    s3.copy_object(Bucket="bucket", Key=key, CopySource={"Bucket": "bucket", "Key": "source"}, **conditions)
    content: bytes = s3.get_object(Bucket="bucket", Key=key)["Body"].read()
    return content


def etag(s3: Any, key: str) -> str:
    found: str = s3.head_object(Bucket="bucket", Key=key)["ETag"]
    return found


def test_what_is_replaced_is_there() -> None:
    assert list(inspect.signature(S3Response.copy_object).parameters) == ["self"]


def test_upstream_overwrites_what_must_not_be_there_and_copies_what_has_changed() -> None:
    with Cloud(Kernel()) as cloud:
        s3 = filled(cloud)
        assert copy(s3, "taken", IfNoneMatch="*") == b"new"
        assert copy(s3, "free", CopySourceIfMatch='"another"') == b"new"


def test_a_copy_whose_conditions_hold_is_made(s3: Any) -> None:
    assert copy(s3, "free", IfNoneMatch="*", CopySourceIfMatch=etag(s3, "source")) == b"new"
    assert copy(s3, "taken", IfMatch=etag(s3, "taken"), CopySourceIfUnmodifiedSince=AFTER) == b"new"
    assert copy(s3, "other", CopySourceIfNoneMatch='"another"', CopySourceIfModifiedSince=AFTER) == b"new"


@pytest.mark.parametrize(
    "conditions",
    [
        {"IfNoneMatch": "*"},
        {"IfMatch": '"another"'},
        {"CopySourceIfMatch": '"another"'},
        {"CopySourceIfMatch": "another", "CopySourceIfUnmodifiedSince": AFTER},
        {"CopySourceIfUnmodifiedSince": BEFORE},
        {"CopySourceIfModifiedSince": AFTER},
    ],
    ids=lambda conditions: " and ".join(conditions),
)
def test_s3_01_a_copy_whose_condition_fails_changes_nothing(s3: Any, conditions: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        copy(s3, "taken", **conditions)
    assert refused.value.response["Error"]["Code"] == "PreconditionFailed"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert s3.get_object(Bucket="bucket", Key="taken")["Body"].read() == b"old"


def test_the_source_must_differ_from_an_etag_if_that_is_asked(s3: Any) -> None:
    with pytest.raises(ClientError, match="PreconditionFailed"):
        copy(s3, "free", CopySourceIfNoneMatch=etag(s3, "source"), CopySourceIfModifiedSince=BEFORE)


def test_what_is_to_match_must_be_there(s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchKey"):
        copy(s3, "free", IfMatch='"any"')


def test_undo_restores_the_very_same_object() -> None:
    before = vars(S3Response)["copy_object"]
    with Cloud(Kernel()) as cloud:
        s3_copy_conditions.apply(cloud.patches)
        assert vars(S3Response)["copy_object"] is not before
    assert vars(S3Response)["copy_object"] is before
