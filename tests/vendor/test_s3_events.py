"""The contract between our object events and moto's S3."""

from __future__ import annotations

import inspect
import io

import pytest
from moto.s3 import notifications
from moto.s3.models import FakeMultipart, S3Backend
from moto.s3.responses import S3Response

from harness.kernel.scheduler import Kernel
from harness.vendor import s3_events
from harness.vendor.s3_events import ObjectEvent, Rule
from harness.world.cloud import Cloud


@pytest.fixture
def world():
    kernel = Kernel()
    seen: list[ObjectEvent] = []
    with Cloud(kernel) as cloud:
        s3_events.apply(cloud.patches, kernel, on_object_event=seen.append)
        cloud.client("s3").create_bucket(Bucket="raw")
        yield cloud.client("s3"), seen


def names(seen):
    return [e.event_name.removeprefix("s3:") for e in seen]


def versioned(s3):
    s3.put_bucket_versioning(Bucket="raw", VersioningConfiguration={"Status": "Enabled"})


def test_the_joints_exist():
    assert list(inspect.signature(notifications.send_event).parameters) == ["account_id", "event_name", "bucket", "key"]
    assert list(inspect.signature(S3Response.key_response).parameters) == ["self", "request", "full_url", "headers"]
    assert list(inspect.signature(S3Response.bucket_response).parameters) == ["self", "request", "full_url", "headers"]
    assert "bypass" in inspect.signature(S3Backend.delete_object).parameters
    assert hasattr(FakeMultipart, "complete")


def test_upstream_reports_a_put_before_its_metadata_is_there_and_twice(monkeypatch):
    seen = []
    with Cloud(Kernel()) as cloud:
        monkeypatch.setattr(
            notifications, "send_event", lambda _a, name, _b, key: seen.append((name.value, dict(key.metadata)))
        )
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="raw")
        s3.put_object(Bucket="raw", Key="a", Metadata={"x": "1"})
    assert [name for name, _ in seen] == ["s3:ObjectCreated:Put", "s3:ObjectTagging:Put"]
    assert "x-amz-meta-x" not in str(seen[0][1])


def test_undo_restores_the_same_objects():
    before = [
        notifications.send_event,
        vars(S3Response)["key_response"],
        vars(S3Response)["bucket_response"],
        vars(S3Backend)["delete_object"],
        vars(FakeMultipart)["__init__"],
    ]
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        s3_events.apply(cloud.patches, kernel, on_object_event=lambda _: None)
        assert notifications.send_event is not before[0]
    after = [
        notifications.send_event,
        vars(S3Response)["key_response"],
        vars(S3Response)["bucket_response"],
        vars(S3Backend)["delete_object"],
        vars(FakeMultipart)["__init__"],
    ]
    assert all(a is b for a, b in zip(before, after, strict=True))


def test_s3e_18_a_put_is_exactly_one_event(world):
    s3, seen = world
    s3.put_object(Bucket="raw", Key="a b+ก.csv", Body=b"hello", Tagging="k=v", ACL="public-read")
    assert names(seen) == ["ObjectCreated:Put"]
    assert (seen[0].bucket, seen[0].key, seen[0].size) == ("raw", "a b+ก.csv", 5)
    assert seen[0].etag == "5d41402abc4b2a76b9719d911017c592"


def test_s3e_18_tagging_and_acl_calls_report_themselves(world):
    s3, seen = world
    s3.put_object(Bucket="raw", Key="a")
    s3.put_object_tagging(Bucket="raw", Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.delete_object_tagging(Bucket="raw", Key="a")
    s3.put_object_acl(Bucket="raw", Key="a", ACL="public-read")
    assert names(seen)[1:] == ["ObjectTagging:Put", "ObjectTagging:Delete", "ObjectAcl:Put"]


def test_s3e_21_the_object_is_complete_when_the_event_is_seen():
    kernel = Kernel()
    found = {}
    with Cloud(kernel) as cloud:
        s3 = cloud.client("s3")

        def look(event):
            head = s3.head_object(Bucket=event.bucket, Key=event.key)
            tags = s3.get_object_tagging(Bucket=event.bucket, Key=event.key)["TagSet"]
            found.update(metadata=head["Metadata"], tags=tags)

        s3_events.apply(cloud.patches, kernel, on_object_event=look)
        s3.create_bucket(Bucket="raw")
        s3.put_object(Bucket="raw", Key="a", Metadata={"reason": "x"}, Tagging="k=v")
    assert found == {"metadata": {"reason": "x"}, "tags": [{"Key": "k", "Value": "v"}]}


def test_s3e_17_a_multipart_upload_is_one_complete_event(world):
    s3, seen = world
    s3.upload_fileobj(io.BytesIO(b"x" * 9 * 1024 * 1024), "raw", "big", Config=_one_thread())
    assert names(seen) == ["ObjectCreated:CompleteMultipartUpload"]
    assert seen[0].size == 9 * 1024 * 1024


def _one_thread():
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(use_threads=False)


def test_upload_ids_come_from_the_seed():
    ids = []
    for _ in range(2):
        kernel = Kernel()
        with Cloud(kernel) as cloud:
            s3_events.apply(cloud.patches, kernel, on_object_event=lambda _: None)
            cloud.client("s3").create_bucket(Bucket="raw")
            ids.append(cloud.client("s3").create_multipart_upload(Bucket="raw", Key="a")["UploadId"])
    assert ids[0] == ids[1]


def test_s3e_19_a_copy_is_a_copy(world):
    s3, seen = world
    s3.put_object(Bucket="raw", Key="a", Body=b"x")
    s3.copy_object(Bucket="raw", Key="b", CopySource={"Bucket": "raw", "Key": "a"}, ACL="public-read")
    assert names(seen) == ["ObjectCreated:Put", "ObjectCreated:Copy"]
    assert seen[1].key == "b"


def test_s3e_20_a_delete_without_versions_and_s3e_04_its_fields(world):
    s3, seen = world
    s3.put_object(Bucket="raw", Key="a", Body=b"x")
    s3.delete_object(Bucket="raw", Key="a")
    s3.delete_object(Bucket="raw", Key="never")
    assert names(seen) == ["ObjectCreated:Put", "ObjectRemoved:Delete"]
    assert (seen[1].key, seen[1].size, seen[1].etag, seen[1].version_id) == ("a", None, None, None)


def test_s3e_20_a_versioned_delete_creates_a_marker(world):
    s3, seen = world
    versioned(s3)
    version = s3.put_object(Bucket="raw", Key="a", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket="raw", Key="a")["VersionId"]
    s3.delete_object(Bucket="raw", Key="a", VersionId=version)
    s3.delete_object(Bucket="raw", Key="a", VersionId="no-such-version")
    assert names(seen) == ["ObjectCreated:Put", "ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete"]
    assert [e.version_id for e in seen] == [version, marker, version]


def test_s3e_20_deleting_a_missing_key_in_a_versioned_bucket_creates_a_marker(world):
    s3, seen = world
    versioned(s3)
    answer = s3.delete_object(Bucket="raw", Key="never")
    assert names(seen) == ["ObjectRemoved:DeleteMarkerCreated"]
    listed = s3.list_object_versions(Bucket="raw")
    assert "Versions" not in listed
    assert [m["VersionId"] for m in listed["DeleteMarkers"]] == [answer["VersionId"]] == [seen[0].version_id]


def test_s3e_20_delete_objects_reports_each(world):
    s3, seen = world
    for key in ("a", "b"):
        s3.put_object(Bucket="raw", Key=key)
    s3.delete_objects(Bucket="raw", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "never"}]})
    assert names(seen)[2:] == ["ObjectRemoved:Delete", "ObjectRemoved:Delete"]


def test_s3e_06_version_ids_only_in_a_versioned_bucket(world):
    s3, seen = world
    s3.put_object(Bucket="raw", Key="a")
    versioned(s3)
    version = s3.put_object(Bucket="raw", Key="a")["VersionId"]
    assert [e.version_id for e in seen] == [None, version]


def test_s3e_03_the_ids_are_those_of_the_answer(world):
    s3, seen = world
    headers = s3.put_object(Bucket="raw", Key="a")["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-request-id"] == seen[0].request_id
    assert headers["x-amz-id-2"] == seen[0].host_id


def test_a_refused_put_reports_nothing(world):
    s3, seen = world
    with pytest.raises(s3.exceptions.ClientError):
        s3.put_object(Bucket="raw", Key="a", Tagging="&".join(f"k{i}=v" for i in range(11)))
    assert seen == []


def test_a_rule_matches_event_families_and_raw_keys():
    rule = Rule("1", "arn", ("s3:ObjectCreated:*",), "uploads/", ".csv")
    assert rule.matches("s3:ObjectCreated:Put", "uploads/a b.csv")
    assert not rule.matches("s3:ObjectRemoved:Delete", "uploads/a.csv")
    assert not rule.matches("s3:ObjectCreated:Put", "other/a.csv")
    assert not rule.matches("s3:ObjectCreated:Put", "uploads/a.txt")
