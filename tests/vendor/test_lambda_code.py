"""The contract between the sizes of archives and moto's Lambda."""

from __future__ import annotations

import inspect
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaBackend

from harness.kernel.scheduler import Kernel
from harness.vendor import lambda_code
from harness.world.cloud import Cloud

CALLS = {
    "create_function": ["self", "spec"],
    "update_function_code": ["self", "function_name", "qualifier", "body"],
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
