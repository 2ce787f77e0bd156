"""The contract between WebSocket connections and moto's management API."""

from __future__ import annotations

import inspect

import pytest
from moto.apigatewaymanagementapi.models import ApiGatewayManagementApiBackend

from harness.kernel.scheduler import Kernel
from harness.vendor import api_connections
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud

ID = "AbCdEf-_012345="
JOINTS = ("post_to_connection", "get_connection", "delete_connection")


@pytest.fixture
def cloud():
    with Cloud(Kernel()) as cloud:
        yield cloud


def management(cloud):
    return cloud.client("apigatewaymanagementapi")


def test_upstream_makes_up_a_connection_for_every_id(cloud):
    assert management(cloud).get_connection(ConnectionId="nobody")["Identity"]["UserAgent"] == "Moto Mocks"


def test_upstream_has_the_joints():
    assert [*inspect.signature(ApiGatewayManagementApiBackend.post_to_connection).parameters] == [
        "self",
        "data",
        "connection_id",
    ]
    for name in JOINTS:
        assert name in vars(ApiGatewayManagementApiBackend)


def test_what_is_asked_reaches_the_connections(cloud):
    asked = []
    api_connections.apply(
        cloud.patches,
        on_post=lambda connection, data: asked.append((connection, data)) or True,
        on_get=lambda connection: {
            "connectedAt": "2030-01-15T09:00:00Z",
            "identity": {"sourceIp": "1.2.3.4", "userAgent": "a"},
            "lastActiveAt": "2030-01-15T09:00:00Z",
        },
        on_delete=lambda connection: asked.append((connection, None)) or True,
    )
    client = management(cloud)
    client.post_to_connection(ConnectionId=ID, Data=b"hello")
    client.delete_connection(ConnectionId=ID)
    assert asked == [(ID, b"hello"), (ID, None)]
    assert client.get_connection(ConnectionId=ID)["Identity"]["SourceIp"] == "1.2.3.4"


def test_a_connection_that_is_not_there_is_gone(cloud):
    api_connections.apply(cloud.patches, on_post=lambda *_: False, on_get=lambda _: None, on_delete=lambda _: False)
    client = management(cloud)
    for call in (
        lambda: client.post_to_connection(ConnectionId=ID, Data=b"x"),
        lambda: client.get_connection(ConnectionId=ID),
        lambda: client.delete_connection(ConnectionId=ID),
    ):
        with pytest.raises(client.exceptions.GoneException) as caught:
            call()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410


def test_leaving_puts_everything_back():
    before = [vars(ApiGatewayManagementApiBackend)[name] for name in JOINTS]
    with Patches() as patches:
        api_connections.apply(patches, on_post=lambda *_: True, on_get=lambda _: None, on_delete=lambda _: True)
    assert [vars(ApiGatewayManagementApiBackend)[name] for name in JOINTS] == before
