"""The contract between versions, aliases and moto's Lambda."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaBackend

from harness.kernel.scheduler import Kernel
from harness.vendor import lambda_versions
from harness.world.cloud import Cloud
from tests.vendor.test_lambda_functions import ARN, World

ALIAS = ["self", "name", "function_name", "function_version", "description", "routing_config"]
CALLS = {
    "publish_version": ["self", "function_name", "description"],
    "create_alias": ALIAS,
    "update_alias": ALIAS,
    "delete_alias": ["self", "name", "function_name"],
}


@pytest.fixture
def world() -> Iterator[World]:
    with Cloud(Kernel()) as cloud:
        world = World(cloud)
        lambda_versions.apply(cloud.patches, on_version=world.hear, on_alias=world.hear)
        world.create()
        for timeout_s in (4, 5):
            world.client.publish_version(FunctionName="f")
            world.client.update_function_configuration(FunctionName="f", Timeout=timeout_s)
        world.client.publish_version(FunctionName="f")
        world.heard.clear()
        yield world


def refused(call: Any, **options: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(FunctionName="f", **options)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_joints_exist() -> None:
    for name, parameters in CALLS.items():
        assert list(inspect.signature(getattr(LambdaBackend, name)).parameters) == parameters


def test_upstream_answers_a_second_alias_in_its_own_way() -> None:
    with Cloud(Kernel()) as cloud:
        world = World(cloud)
        world.create(Publish=True)
        world.client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
        assert refused(world.client.create_alias, Name="live", FunctionVersion="1")[0] == "ConflictException"


def test_undo_restores_the_same_objects() -> None:
    before = [vars(LambdaBackend)[n] for n in CALLS]
    with Cloud(Kernel()) as cloud:
        lambda_versions.apply(cloud.patches, on_version=lambda *_: None, on_alias=lambda *_: None)
        assert vars(LambdaBackend)["create_alias"] is not before[1]
    assert all(a is vars(LambdaBackend)[n] for a, n in zip(before, CALLS, strict=True))


def test_lam_28_versions_are_numbered_and_heard_of(world: World) -> None:
    world.client.update_function_configuration(FunctionName="f", Timeout=8)
    answer = world.client.publish_version(FunctionName="f")
    assert (answer["Version"], answer["FunctionArn"], answer["Timeout"]) == ("4", f"{ARN}:4", 8)
    assert world.heard == [(ARN, "4")]


def test_lam_28_publishing_what_has_not_changed_gives_the_version_that_is_there(world: World) -> None:
    assert world.client.publish_version(FunctionName="f")["Version"] == "3"


def test_lam_28_an_alias_is_heard_of_from_birth_to_end(world: World) -> None:
    client = world.client
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    shares = {"AdditionalVersionWeights": {"2": 0.25}}
    client.update_alias(FunctionName="f", Name="live", RoutingConfig=shares)
    client.update_alias(FunctionName="f", Name="live", FunctionVersion="2", RoutingConfig={})
    client.delete_alias(FunctionName="f", Name="live")
    assert world.heard == [
        (ARN, "live", "1", {}),
        (ARN, "live", "1", {"2": 0.25}),
        (ARN, "live", "2", {}),
        (ARN, "live", None, {}),
    ]


def test_lam_28_what_an_alias_cannot_be(world: World) -> None:
    create = world.client.create_alias
    create(FunctionName="f", Name="live", FunctionVersion="1")
    taken = ("ResourceConflictException", f"Alias already exists: {ARN}:live")
    assert refused(create, Name="live", FunctionVersion="1") == taken
    missing = ("ResourceNotFoundException", f"Function not found: {ARN}:9")
    assert refused(create, Name="x", FunctionVersion="9") == missing
    shared = {"AdditionalVersionWeights": {"9": 0.5}}
    assert refused(create, Name="x", FunctionVersion="1", RoutingConfig=shared) == missing


@pytest.mark.parametrize(
    ("version", "weights", "text"),
    [
        ("$LATEST", {"1": 0.5}, "$LATEST is not supported for an alias pointing to more than 1 version"),
        ("1", {"2": 0.1, "3": 0.1}, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
        (
            "1",
            {"1": 0.5},
            "Invalid function version 1. Function version 1 is already included in routing configuration.",
        ),
    ],
)
def test_lam_28_what_weights_cannot_be(world: World, version: str, weights: dict[str, float], text: str) -> None:
    routing = {"AdditionalVersionWeights": weights}
    answer = refused(world.client.create_alias, Name="live", FunctionVersion=version, RoutingConfig=routing)
    assert answer == ("InvalidParameterValueException", text)
