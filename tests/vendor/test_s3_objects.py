"""An object in a bucket says what upstream's says, in less memory."""

from __future__ import annotations

import copy
import inspect
import io
import pickle
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from moto.s3 import models
from moto.s3.models import FakeKey, s3_backends
from moto.utilities.tagging_service import TaggingService

from harness.vendor import model_instances, s3_objects
from harness.vendor.patches import Patches
from harness.vendor.s3_objects import Buffer, Key

OTHERS = {"_time_progressed", "_value_buffer", "acl", "last_modified", "lock"}


UPSTREAMS: list[FakeKey] = []


@pytest.fixture(autouse=True)
def _nothing_is_left_open() -> Iterator[None]:
    """Upstream's objects warn if they go without having been closed."""
    yield
    while UPSTREAMS:
        UPSTREAMS.pop().dispose()


def made(kind: type[FakeKey] = FakeKey, **given: Any) -> FakeKey:
    key = kind("a", b"content", "123456789012", "us-east-1", bucket_name="files", **given)
    if kind is FakeKey:
        UPSTREAMS.append(key)
    return key


def said(key: FakeKey) -> dict[str, Any]:
    """All that can be asked of it, but for what is another object each time."""
    return {name: getattr(key, name) for name in Key.__slots__ if name not in OTHERS}


def test_the_targets_exist_with_these_signatures() -> None:
    assert list(inspect.signature(FakeKey.__init__).parameters)[:4] == ["self", "name", "value", "account_id"]
    assert list(inspect.signature(TaggingService.tag_resource).parameters) == ["self", "arn", "tags"]
    assert list(inspect.signature(FakeKey.dispose).parameters) == ["self", "garbage"]
    assert models.tempfile is tempfile


def test_upstream_still_keeps_a_record_of_all_and_our_slots_are_as_many() -> None:
    first, second = made(), made()
    assert set(vars(first)) == set(Key.__slots__)
    assert first._transitions == s3_objects._TRANSITIONS
    assert first.lock is not second.lock
    assert "_TemporaryFileArgs" in vars(first._value_buffer)


def test_upstream_still_warns_of_an_object_that_goes() -> None:
    with pytest.warns(ResourceWarning, match="not disposed of in time"):
        made().__del__()


def test_upstream_still_writes_down_that_there_are_no_tags() -> None:
    tagger = TaggingService()
    tagger.tag_resource("arn:aws:s3:::files/a/null", [])
    assert tagger.tags == {"arn:aws:s3:::files/a/null": {}}


def test_an_object_says_what_upstreams_says_without_a_dictionary() -> None:
    others = {"encryption": "aws:kms", "is_versioned": True, "version_id": "v1", "storage": "GLACIER"}
    upstream, upstreams_other = made(), made(**others)
    with Patches() as patches:
        s3_objects.apply(patches)
        ours, ours_other = made(Key), made(Key, **others)
        assert said(ours) == said(upstream)
        assert said(ours_other) == said(upstreams_other)
        assert ours.value == upstream.value == b"content"
        assert (ours.etag, ours.size) == (upstream.etag, upstream.size)
        assert vars(ours) == {}
        assert ours.lock is ours_other.lock
        # What is said later counts.
        ours.lock_mode = "GOVERNANCE"
        ours.value = b"another"
        assert (ours.lock_mode, ours.value, ours.size) == ("GOVERNANCE", b"another", 7)
        assert (ours_other.lock_mode, ours_other.value) == (None, b"content")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda key: pickle.loads(pickle.dumps(key))])
def test_a_copy_of_an_object_is_whole(copied: Any) -> None:
    with Patches() as patches:
        s3_objects.apply(patches)
        key = made(Key, version_id="v1")
        key.etag  # noqa: B018 - worked out when it is asked for
        key.mark = "more"  # type: ignore[attr-defined]
        again = copied(key)
        assert said(again) == said(key)
        assert (again.value, again.mark) == (b"content", "more")
        key.dispose()
        assert copied(key).value == b""


def test_an_object_that_goes_closes_its_file_without_a_word() -> None:
    with warnings.catch_warnings(), model_instances.forgotten(), Patches() as patches:
        warnings.simplefilter("error")
        s3_objects.apply(patches)
        key = made(Key, max_buffer_size=3)
        buffer: Any = key._value_buffer
        assert (key.value, buffer.file.closed) == (b"content", False)
        del key
        assert buffer.file.closed


def test_an_object_that_outlives_its_world_goes_without_a_word_too() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with model_instances.forgotten(), mock_aws(), Patches() as patches:
            s3_objects.apply(patches)
            key = models.FakeKey("a", b"content", "123456789012", "us-east-1")
        key.__del__()


@given(
    max_size=st.integers(0, 6),
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("seek"), st.integers(0, 8)),
            st.tuples(st.just("write"), st.binary(max_size=5)),
            st.tuples(st.just("read"), st.integers(-1, 4)),
            st.tuples(st.just("truncate")),
        )
    ),
)
def test_a_buffer_holds_what_a_file_holds(max_size: int, steps: list[tuple[Any, ...]]) -> None:
    buffer, file = Buffer(max_size), io.BytesIO()
    for name, *given_ in steps:
        if name == "seek" and given_[0] > len(file.getvalue()):
            continue
        ours, theirs = getattr(buffer, name)(*given_), getattr(file, name)(*given_)
        assert name not in ("read", "write") or ours == theirs
    buffer.seek(0)
    assert buffer.read() == file.getvalue()
    buffer.close()
    assert buffer.closed
    with pytest.raises(ValueError, match="closed file"):
        buffer.read()


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
        assert s3.get_object(Bucket="files", Key="b", Range="bytes=0-0")["Body"].read() == b"1"


def test_objects_share_what_their_requests_have_said_alike() -> None:
    with Patches() as patches, mock_aws():
        s3_objects.apply(patches)
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="files")
        for name in ("a", "b"):
            s3.put_object(Bucket="files", Key=name, Body=b"1", ContentType="text/csv", Metadata={"by": name})
        one, other = (s3_backends["123456789012"]["aws"].buckets["files"].keys[name] for name in ("a", "b"))
        assert one.bucket_name is other.bucket_name
        assert one.metadata["content-type"] is other.metadata["content-type"]
        assert s3.get_object(Bucket="files", Key="b")["Metadata"] == {"by": "b"}


def test_parts_become_one_object() -> None:
    with Patches() as patches, mock_aws():
        s3_objects.apply(patches)
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="files")
        named: dict[str, Any] = {"Bucket": "files", "Key": "a"}
        upload = s3.create_multipart_upload(**named)["UploadId"]
        parts = [
            {"PartNumber": n, "ETag": s3.upload_part(**named, UploadId=upload, PartNumber=n, Body=body)["ETag"]}
            for n, body in ((1, b"x" * 6_000_000), (2, b"y"))
        ]
        s3.complete_multipart_upload(**named, UploadId=upload, MultipartUpload={"Parts": parts})
        assert s3.get_object(**named)["Body"].read() == b"x" * 6_000_000 + b"y"
        assert s3.get_object(**named, Range="bytes=5999999-")["Body"].read() == b"xy"


def test_tags_are_written_down_if_there_are_any() -> None:
    with Patches() as patches, mock_aws():
        s3_objects.apply(patches)
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="files")
        s3.put_object(Bucket="files", Key="a", Body=b"1", Tagging="by=me")
        s3.put_object(Bucket="files", Key="b", Body=b"1")
        tags = s3_backends["123456789012"]["aws"].tagger.tags
        assert tags == {"arn:aws:s3:::files/a/null": {"by": "me"}}
        assert s3.get_object_tagging(Bucket="files", Key="b")["TagSet"] == []
        s3.delete_object_tagging(Bucket="files", Key="a")
        assert s3.get_object_tagging(Bucket="files", Key="a")["TagSet"] == []
        assert tags == {}


def test_undo_restores_the_very_objects() -> None:
    before = (models.FakeKey, models.tempfile, vars(TaggingService)["tag_resource"])
    with Patches() as patches:
        s3_objects.apply(patches)
        assert models.FakeKey is not before[0]
        assert models.tempfile is not before[1]
        assert vars(TaggingService)["tag_resource"] is not before[2]
    assert (models.FakeKey, models.tempfile, vars(TaggingService)["tag_resource"]) == before
