"""The contract between the states of functions and moto's Lambda."""

from __future__ import annotations

import inspect
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse

from harness.kernel.clock import to_us
from harness.kernel.scheduler import Kernel
from harness.vendor import lambda_states
from harness.world.cloud import Cloud

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
CALLS = {
    "create_function": ["self", "spec"],
    "publish_version": ["self", "function_name", "description"],
    "update_function_code": ["self", "function_name", "qualifier", "body"],
    "update_function_configuration": ["self", "function_name", "qualifier", "body"],
}
CREATING = "The operation cannot be performed at this time. The function is currently in the following state: Pending"
CHANGING = f"The operation cannot be performed at this time. An update is in progress for resource: {ARN}"


class World:
    def __init__(self, cloud: Cloud) -> None:
        self.deployed: list[str] = []
        self.clock = cloud.kernel.clock
        self.client = cloud.client("lambda")
        self.role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("app.py", "")
        self.zip = file.getvalue()

    def apply(self, cloud: Cloud) -> None:
        cloud.patches.put(LambdaResponse, "invoke", lambda self: (200, {}, "null"))
        lambda_states.apply(cloud.patches, self.clock, deployed=self.deployed.__contains__)

    def create(self) -> Any:
        return self.client.create_function(
            FunctionName="f", Runtime="python3.12", Role=self.role, Handler="a.b", Code={"ZipFile": self.zip}
        )

    def change(self, **options: Any) -> Any:
        return self.client.update_function_configuration(FunctionName="f", **options)

    def shown(self) -> tuple[str, str | None]:
        found = self.client.get_function_configuration(FunctionName="f")
        return found["State"], found.get("LastUpdateStatus")

    def wait(self, seconds: float) -> None:
        self.clock.move_to(self.clock.now_us + to_us(seconds))

    def calls(self) -> list[Any]:
        """Everything that may have to wait, each as a call without arguments."""
        named = {"FunctionName": "f"}
        return [
            lambda: self.client.update_function_configuration(Timeout=7, **named),
            lambda: self.client.update_function_code(ZipFile=self.zip, **named),
            lambda: self.client.publish_version(**named),
        ]


def refusal(call: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    said = caught.value.response
    return said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Code"], said["Error"]["Message"]


@pytest.fixture
def world() -> Iterator[World]:
    with Cloud(Kernel()) as cloud:
        world = World(cloud)
        world.apply(cloud)
        yield world


def test_the_joints_exist() -> None:
    for name, parameters in CALLS.items():
        assert list(inspect.signature(getattr(LambdaBackend, name)).parameters) == parameters
    assert list(inspect.signature(LambdaFunction.get_configuration).parameters) == ["self", "on_create"]
    assert list(inspect.signature(LambdaResponse.invoke).parameters) == ["self"]


def test_upstream_is_ready_at_once() -> None:
    with Cloud(Kernel()) as cloud:
        world = World(cloud)
        assert world.create()["State"] == "Active"
        assert world.change(Timeout=5)["LastUpdateStatus"] == "Successful"
        world.change(Timeout=6)


def test_undo_restores_the_same_objects() -> None:
    places = [(LambdaBackend, n) for n in CALLS] + [(LambdaFunction, "get_configuration"), (LambdaResponse, "invoke")]
    before = [vars(owner)[name] for owner, name in places]
    with Cloud(Kernel()) as cloud:
        World(cloud).apply(cloud)
    assert all(vars(owner)[name] is was for (owner, name), was in zip(places, before, strict=True))


def test_lam_26_a_new_function_is_pending_for_a_second(world: World) -> None:
    made = world.create()
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    world.wait(0.999)
    assert world.shown() == ("Pending", None)
    world.wait(0.001)
    assert world.shown() == ("Active", "Successful")


def test_lam_26_nothing_can_be_done_with_a_pending_function(world: World) -> None:
    world.create()
    conflict = (409, "ResourceConflictException", CREATING)
    for call in [lambda: world.client.invoke(FunctionName="f"), *world.calls()]:
        assert refusal(call) == conflict
    world.wait(1)
    assert world.client.invoke(FunctionName="f")["StatusCode"] == 200


def test_lam_26_a_change_is_in_progress_for_a_second_and_no_other_can_begin(world: World) -> None:
    world.create()
    world.wait(1)
    assert world.change(Timeout=5)["LastUpdateStatus"] == "InProgress"
    assert world.shown() == ("Active", "InProgress")
    for call in world.calls():
        assert refusal(call) == (409, "ResourceConflictException", CHANGING)
    assert world.client.invoke(FunctionName="f")["StatusCode"] == 200
    world.wait(1)
    assert world.shown() == ("Active", "Successful")
    for call in world.calls():
        call()
        world.wait(1)


def test_lam_26_new_code_can_be_published_in_the_same_call(world: World) -> None:
    world.create()
    world.wait(1)
    assert world.client.update_function_code(FunctionName="f", ZipFile=world.zip, Publish=True)["Version"] == "1"


def test_lam_26_what_a_template_creates_is_ready_since_cloudformation_waits(world: World) -> None:
    world.deployed.append(ARN)
    world.create()
    assert world.shown() == ("Active", "Successful")
    world.client.publish_version(FunctionName="f")


def test_lam_26_a_refused_change_is_none(world: World) -> None:
    world.create()
    world.wait(1)
    refusal(lambda: world.client.update_function_configuration(FunctionName="nobody", Timeout=5))
    world.change(Timeout=5)
