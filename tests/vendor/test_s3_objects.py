"""An object in a bucket says what upstream's says, in less memory."""

from __future__ import annotations

import inspect
import pickle
import sys
import tempfile
from typing import Any

import boto3
from moto import mock_aws
from moto.s3 import models
from moto.s3.models import FakeKey, s3_backends

from harness.vendor import s3_objects
from harness.vendor.patches import Patches

OTHERS = ("_time_progressed", "_value_buffer", "acl", "last_modified", "lock")


def made(**given: Any) -> FakeKey:
    return FakeKey("a", b"content", "123456789012", "us-east-1", bucket_name="files", **given)


def said(key: FakeKey) -> dict[str, Any]:
    """All that can be asked of it, but for what is another object each time."""
    names = [*s3_objects.USUAL, *vars(key)]
    return {n: getattr(key, n) for n in names if n not in OTHERS}


def test_the_targets_exist_with_these_signatures() -> None:
    assert list(inspect.signature(FakeKey.__init__).parameters)[:4] == ["self", "name", "value", "account_id"]
    assert models.tempfile is tempfile
    with tempfile.SpooledTemporaryFile(10) as buffer:
        assert "_TemporaryFileArgs" in vars(buffer)


def test_upstream_still_keeps_a_record_of_what_is_usual() -> None:
    assert {name: vars(made())[name] for name in s3_objects.USUAL} == s3_objects.USUAL
    first, second = made(), made()
    assert first._value_buffer._TemporaryFileArgs is not second._value_buffer._TemporaryFileArgs


def test_an_object_says_what_upstreams_says_in_half_the_memory() -> None:
    others = {"encryption": "aws:kms", "is_versioned": True, "version_id": "v1", "storage": "GLACIER"}
    upstream, upstreams_other = made(), made(**others)
    with Patches() as patches:
        s3_objects.apply(patches)
        ours, ours_other = made(), made(**others)
        assert said(ours) == said(upstream)
        assert said(ours_other) == said(upstreams_other)
        assert ours.value == upstream.value == b"content"
        assert (ours.etag, ours.size) == (upstream.etag, upstream.size)
        assert sys.getsizeof(vars(ours)) < 0.6 * sys.getsizeof(vars(upstream))
        assert ours._value_buffer._TemporaryFileArgs is ours_other._value_buffer._TemporaryFileArgs
        # What is said later counts.
        ours.lock_mode = "GOVERNANCE"
        assert ours.lock_mode == "GOVERNANCE"
        assert ours_other.lock_mode is None


def test_a_copy_of_an_object_is_whole() -> None:
    with Patches() as patches:
        s3_objects.apply(patches)
        copied = pickle.loads(pickle.dumps(made()))
        assert (copied.value, copied.encryption, copied.version_id) == (b"content", None, "null")


def test_content_that_goes_to_a_file_is_read_from_it() -> None:
    with Patches() as patches:
        s3_objects.apply(patches)
        key = made(max_buffer_size=3)
        assert key._value_buffer._rolled
        assert key.value == b"content"


def test_calls_are_answered_as_before() -> None:
    with Patches() as patches, mock_aws():
        s3_objects.apply(patches)
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="files")
        s3.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
        first = s3.put_object(Bucket="files", Key="a", Body=b"1", Metadata={"by": "me"}, StorageClass="STANDARD_IA")
        s3.copy_object(Bucket="files", Key="b", CopySource={"Bucket": "files", "Key": "a"})
        s3.delete_object(Bucket="files", Key="a")
        answer = s3.get_object(Bucket="files", Key="a", VersionId=first["VersionId"])
        assert (answer["Body"].read(), answer["Metadata"], answer["StorageClass"]) == (
            b"1",
            {"by": "me"},
            "STANDARD_IA",
        )
        assert s3.get_object(Bucket="files", Key="b")["Body"].read() == b"1"
        assert "a" in s3_backends["123456789012"]["aws"].buckets["files"].keys


def test_undo_restores_the_very_objects() -> None:
    before = (vars(FakeKey)["__init__"], models.tempfile, set(vars(FakeKey)))
    with Patches() as patches:
        s3_objects.apply(patches)
        assert vars(FakeKey)["__init__"] is not before[0]
        assert models.tempfile is not before[1]
    assert (vars(FakeKey)["__init__"], models.tempfile, set(vars(FakeKey))) == before
