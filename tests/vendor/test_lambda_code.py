"""The contract between the sizes of archives and moto's Lambda."""

from __future__ import annotations

import inspect
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaBackend

from harness.kernel.scheduler import Kernel
from harness.vendor import lambda_code
from harness.vendor.lambda_code import CodeRefused
from harness.world.cloud import Cloud

CALLS = {
    "create_function": ["self", "spec"],
    "update_function_code": ["self", "function_name", "qualifier", "body"],
    "publish_layer_version": ["self", "spec"],
}


def archive(size: int) -> bytes:
    """An archive of one file of so many bytes, which are all zero."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("app.py", bytes(size))
    return file.getvalue()


class World:
    def __init__(self, cloud: Cloud) -> None:
        self.client = cloud.client("lambda")
        self.role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]

    def create(self, code: bytes, name: str = "f") -> Any:
        named = {"FunctionName": name, "Runtime": "python3.12", "Role": self.role, "Handler": "a.b"}
        return self.client.create_function(**named, Code={"ZipFile": code})

    def update(self, code: bytes) -> Any:
        return self.client.update_function_code(FunctionName="f", ZipFile=code)


@pytest.fixture
def world() -> Iterator[World]:
    with Cloud(Kernel()) as cloud:
        lambda_code.apply(cloud.patches)
        world = World(cloud)
        world.create(archive(1))
        yield world


def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_joints_exist() -> None:
    for name, parameters in CALLS.items():
        assert list(inspect.signature(getattr(LambdaBackend, name)).parameters) == parameters


def test_upstream_takes_any_size() -> None:
    with Cloud(Kernel()) as cloud:
        World(cloud).create(archive(lambda_code.MAXIMUM_UNZIPPED_BYTES + 1))


def test_undo_restores_the_same_objects() -> None:
    before = [vars(LambdaBackend)[name] for name in CALLS]
    with Cloud(Kernel()) as cloud:
        lambda_code.apply(cloud.patches)
    assert all(vars(LambdaBackend)[name] is was for name, was in zip(CALLS, before, strict=True))


def test_lam_27_what_unpacks_to_more_than_250_mb_is_refused(world: World) -> None:
    large = archive(lambda_code.MAXIMUM_UNZIPPED_BYTES + 1)
    said = ("InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes")
    assert refusal(lambda: world.create(large, name="g")) == said
    assert refusal(lambda: world.update(large)) == said


def test_lam_27_an_archive_of_more_than_50_mb_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lambda_code.MAXIMUM_ZIPPED_BYTES == 50 * 1024 * 1024
    small = archive(1)
    monkeypatch.setattr(lambda_code, "MAXIMUM_ZIPPED_BYTES", len(small))
    world.update(small)
    monkeypatch.setattr(lambda_code, "MAXIMUM_ZIPPED_BYTES", len(small) - 1)
    said = ("InvalidParameterValueException", f"Zipped size must be smaller than {len(small) - 1} bytes")
    assert refusal(lambda: world.update(small)) == said
    assert refusal(lambda: world.create(small, name="g")) == said


# -- what a taker is asked and told -----------------------------------------------------------------


class Taker:
    """Remembers what it hears; the folder of an archive is its size."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.refuses: str | None = None

    def check(self, spec: dict[str, Any]) -> None:
        if self.refuses is not None:
            raise CodeRefused(self.refuses)

    def take(self, archive: bytes) -> Path:
        return Path(str(len(archive)))

    def created(self, arn: str, spec: dict[str, Any], folder: Path, version: str | None) -> None:
        self.heard.append(("created", arn.rpartition(":")[2], str(folder), version))

    def changed(self, arn: str, folder: Path) -> None:
        self.heard.append(("changed", arn.rpartition(":")[2], str(folder)))

    def layer_published(self, arn: str, folder: Path) -> None:
        self.heard.append(("layer", arn.partition(":layer:")[2], str(folder)))


@pytest.fixture
def taker() -> Taker:
    return Taker()


@pytest.fixture
def taken(taker: Taker) -> Iterator[World]:
    with Cloud(Kernel()) as cloud:
        lambda_code.apply(cloud.patches, taker=taker)
        yield World(cloud)


def test_a_taker_hears_of_functions_their_changes_and_layers(taken: World, taker: Taker) -> None:
    code, other = archive(1), archive(100_000)
    taken.create(code)
    assert taken.update(other)["CodeSize"] == len(other)
    taken.client.publish_layer_version(LayerName="l", Content={"ZipFile": code})
    taken.client.update_function_code(FunctionName="f", ZipFile=code, DryRun=True)
    sizes = str(len(code)), str(len(other))
    assert taker.heard == [("created", "f", sizes[0], None), ("changed", "f", sizes[1]), ("layer", "l:1", sizes[0])]


def test_new_code_is_told_of_before_it_is_published(taken: World, taker: Taker) -> None:
    versions: list[str] = []

    def publish(self: Any, *given: Any) -> Any:
        versions.append(taker.heard[-1][0])
        return original(self, *given)

    original = LambdaBackend.publish_version
    taken.create(archive(1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LambdaBackend, "publish_version", publish)
        answer = taken.client.update_function_code(FunctionName="f", ZipFile=archive(2), Publish=True)
    assert (versions, answer["Version"]) == (["changed"], "1")


def test_what_a_taker_refuses_is_not_kept(taken: World, taker: Taker) -> None:
    taker.refuses = "not here"
    assert refusal(lambda: taken.create(archive(1))) == ("InvalidParameterValueException", "not here")
    assert taken.client.list_functions()["Functions"] == []


@contextmanager
def _versions(cloud: Cloud, *codes: bytes) -> Iterator[list[str]]:
    """The versions of an object; they are gone afterwards, since moto lets go of the newest only."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
    versions = [s3.put_object(Bucket="code", Key="f.zip", Body=code)["VersionId"] for code in codes]
    yield versions
    for version in versions:
        s3.delete_object(Bucket="code", Key="f.zip", VersionId=version)


def test_upstream_takes_the_newest_object_whichever_version_is_asked_for() -> None:
    with Cloud(Kernel()) as cloud:
        code, other = archive(1), archive(100_000)
        named = {"FunctionName": "f", "Runtime": "python3.12", "Role": World(cloud).role, "Handler": "a.b"}
        with _versions(cloud, code, other) as (first, _):
            where = {"S3Bucket": "code", "S3Key": "f.zip", "S3ObjectVersion": first}
            assert cloud.client("lambda").create_function(**named, Code=where)["CodeSize"] == len(other)


def test_code_in_s3_is_that_of_the_version_asked_for(taker: Taker) -> None:
    with Cloud(Kernel()) as cloud:
        lambda_code.apply(cloud.patches, taker=taker)
        world = World(cloud)
        code, other = archive(1), archive(100_000)
        world.create(other)
        with _versions(cloud, code, other) as (first, _):
            where = {"S3Bucket": "code", "S3Key": "f.zip"}
            answer = world.client.update_function_code(FunctionName="f", **where, S3ObjectVersion=first)
            assert answer["CodeSize"] == len(code)
        said = ("InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchKey.")
        missing = refusal(lambda: world.client.update_function_code(FunctionName="f", S3Bucket="code", S3Key="none"))
        assert (missing[0], missing[1][: len(said[1])]) == said
