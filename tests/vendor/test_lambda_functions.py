"""The contract between function configurations and moto's Lambda."""

from __future__ import annotations

import inspect
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction

from harness.kernel.scheduler import Kernel
from harness.vendor import lambda_functions
from harness.world.cloud import Cloud

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
CALLS = {
    "create_function": ["self", "spec"],
    "update_function_configuration": ["self", "function_name", "qualifier", "body"],
    "put_function_concurrency": ["self", "function_name", "reserved_concurrency"],
    "delete_function_concurrency": ["self", "function_name"],
    "delete_function": ["self", "function_name", "qualifier"],
}


class World:
    def __init__(self, cloud: Cloud) -> None:
        self.heard: list[Any] = []
        self.client = cloud.client("lambda")
        self.role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("app.py", "")
        self.code = {"ZipFile": file.getvalue()}

    def hear(self, *what: Any) -> None:
        self.heard.append(what)

    def create(self, name: str = "f", **options: Any) -> Any:
        return self.client.create_function(
            FunctionName=name, Runtime="python3.12", Role=self.role, Handler="a.b", Code=self.code, **options
        )

    def refused(self, call: str, **options: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as refusal:
            self.create(**{"name": "g", **options}) if call == "create" else getattr(self.client, call)(
                FunctionName="f", **options
            )
        error = refusal.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture
def world() -> Iterator[World]:
    with Cloud(Kernel()) as cloud:
        world = World(cloud)
        lambda_functions.apply(cloud.patches, on_changed=world.hear, on_reserved=world.hear, on_deleted=world.hear)
        yield world


def test_the_joints_exist() -> None:
    for name, parameters in CALLS.items():
        assert list(inspect.signature(getattr(LambdaBackend, name)).parameters) == parameters
    assert list(inspect.signature(LambdaFunction.get_code).parameters) == ["self"]


def test_upstream_accepts_what_aws_refuses() -> None:
    with Cloud(Kernel()) as cloud:
        world = World(cloud)
        world.create(Timeout=5000, MemorySize=20_000, Environment={"Variables": {"AWS_REGION": "x" * 5000}})
        world.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=5000)


def test_undo_restores_the_same_objects() -> None:
    before = [vars(LambdaBackend)[n] for n in CALLS] + [vars(LambdaFunction)["get_code"]]
    with Cloud(Kernel()) as cloud:
        world = World(cloud)
        lambda_functions.apply(cloud.patches, on_changed=world.hear, on_reserved=world.hear, on_deleted=world.hear)
        assert vars(LambdaBackend)["create_function"] is not before[0]
    after = [vars(LambdaBackend)[n] for n in CALLS] + [vars(LambdaFunction)["get_code"]]
    assert all(a is b for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("call", ["create", "update_function_configuration"])
@pytest.mark.parametrize(("name", "shown", "most"), [("Timeout", "timeout", 900), ("MemorySize", "memorySize", 10_240)])
def test_lam_08_a_value_above_awss_most_is_refused(world: World, call: str, name: str, shown: str, most: int) -> None:
    world.create(**{name: most})
    assert world.refused(call, **{name: most + 1}) == (
        "ValidationException",
        f"1 validation error detected: Value '{most + 1}' at '{shown}' failed to satisfy constraint: "
        f"Member must have value less than or equal to {most}",
    )


def test_lam_08_temporary_storage_has_a_most(world: World) -> None:
    world.create(EphemeralStorage={"Size": 10_240})
    assert world.refused("create", name="g", EphemeralStorage={"Size": 10_241})[0] == "ValidationException"


@pytest.mark.parametrize("call", ["create", "update_function_configuration"])
def test_lam_09_environment_variables_are_of_4096_bytes_at_most(world: World, call: str) -> None:
    world.create()
    just = {"KEY": "x" * (4096 - len('{"KEY":""}'))}
    world.client.update_function_configuration(FunctionName="f", Environment={"Variables": just})
    more = {"KEY": just["KEY"] + "x"}
    measured = json.dumps(more, separators=(",", ":"))
    assert len(measured) == 4097
    assert world.refused(call, Environment={"Variables": more}) == (
        "InvalidParameterValueException",
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        f"exceeded the 4KB limit. String measured: {measured}",
    )


def test_lam_09_the_limit_counts_bytes_not_characters(world: World) -> None:
    world.create(Environment={"Variables": {"KEY": "é" * 2043}})
    code, text = world.refused("create", Environment={"Variables": {"KEY": "é" * 2044}})
    assert (code, text[-4:]) == ("InvalidParameterValueException", 'éé"}')


@pytest.mark.parametrize("call", ["create", "update_function_configuration"])
def test_lam_09_lambdas_own_names_are_refused(world: World, call: str) -> None:
    world.create()
    variables = {"OK": "1", "AWS_REGION": "eu-west-1", "AWS_LAMBDA_FUNCTION_NAME": "me"}
    assert world.refused(call, Environment={"Variables": variables}) == (
        "InvalidParameterValueException",
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "contains reserved keys that are currently not supported for modification. "
        "Reserved keys used in this request: AWS_REGION, AWS_LAMBDA_FUNCTION_NAME",
    )


@pytest.mark.parametrize("name", ["AWS_LAMBDA_EXEC_WRAPPER", "AWS_XRAY_CONTEXT_MISSING", "TZ", "PATH"])
def test_lam_09_names_that_only_look_reserved_are_accepted(world: World, name: str) -> None:
    world.create(Environment={"Variables": {name: "x"}})


def test_lam_18_a_reservation_must_leave_100_to_the_others(world: World) -> None:
    for name in ("f", "g"):
        world.create(name)
    put = world.client.put_function_concurrency
    put(FunctionName="g", ReservedConcurrentExecutions=500)
    put(FunctionName="f", ReservedConcurrentExecutions=400)
    assert world.refused("put_function_concurrency", ReservedConcurrentExecutions=401) == (
        "InvalidParameterValueException",
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        "its minimum value of [100].",
    )
    put(FunctionName="f", ReservedConcurrentExecutions=0)
    assert world.client.get_function(FunctionName="f")["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    world.client.delete_function_concurrency(FunctionName="f")
    assert world.heard == [
        (ARN[:-1] + "g", 500),
        (ARN, 400),
        (ARN, 0),
        (ARN, None),
    ]


def test_what_changes_is_heard_of_by_our_names(world: World) -> None:
    world.create()
    world.client.update_function_configuration(
        FunctionName="f", Timeout=9, Handler="c.d", Environment={}, Description="not ours"
    )
    assert world.heard == [(ARN, {"handler": "c.d", "timeout_s": 9, "environment": {}})]


def test_what_goes_is_heard_of(world: World) -> None:
    world.create(Publish=True)
    world.client.delete_function(FunctionName="f", Qualifier="1")
    world.client.delete_function(FunctionName="f")
    assert world.heard == [(ARN, "1"), (ARN, None)]
