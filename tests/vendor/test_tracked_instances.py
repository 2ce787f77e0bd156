"""What is deleted is gone, in a world that never ends."""

from __future__ import annotations

import gc
import weakref

from moto.core.common_models import BaseModel
from moto.s3.models import FakeKey

from harness.kernel.scheduler import Kernel
from harness.vendor import tracked_instances
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud


def make() -> FakeKey:
    return FakeKey(name="k", value=b"x", account_id="123456789012", region_name="us-east-1")


def test_upstream_still_keeps_every_instance() -> None:
    before = len(FakeKey.instances_tracked)  # type: ignore[attr-defined]
    key = make()
    assert len(FakeKey.instances_tracked) == before + 1  # type: ignore[attr-defined]
    FakeKey.instances_tracked.remove(key)  # type: ignore[attr-defined]
    key.dispose()


def test_nothing_is_kept_and_nobody_is_warned() -> None:
    with Patches() as patches:
        tracked_instances.apply(patches)
        gone = weakref.ref(make())
        gc.collect()
        assert gone() is None


def test_an_object_lives_as_long_as_it_stands_in_a_served_world() -> None:
    with Cloud(Kernel(), public_url="http://localhost:1") as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="bucket")
        for key in ("a", "b"):
            s3.put_object(Bucket="bucket", Key=key, Body=key.encode())
            s3.copy_object(Bucket="bucket", Key=f"{key}2", CopySource={"Bucket": "bucket", "Key": key})
        s3.delete_object(Bucket="bucket", Key="a")
        gc.collect()
        assert [s3.get_object(Bucket="bucket", Key=k)["Body"].read() for k in ("a2", "b", "b2")] == [b"a", b"b", b"b"]


def test_undo_restores_the_very_same_objects() -> None:
    before = (vars(BaseModel)["__new__"], vars(FakeKey)["__del__"])
    with Patches() as patches:
        tracked_instances.apply(patches)
        assert vars(BaseModel)["__new__"] is not before[0]
    assert (vars(BaseModel)["__new__"], vars(FakeKey)["__del__"]) == before
