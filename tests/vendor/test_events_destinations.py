"""The contract between our view of API destinations and moto's."""

from __future__ import annotations

import pytest
from moto.events.models import Connection, Destination

from harness.kernel.scheduler import Kernel
from harness.vendor import events_destinations
from harness.world.cloud import Cloud

KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "k1"}}


@pytest.fixture
def events():
    with Cloud(Kernel()) as cloud:
        yield cloud.client("events")


def made(events):
    by = events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=KEY)["ConnectionArn"]
    return events.create_api_destination(
        Name="d", ConnectionArn=by, InvocationEndpoint="https://x.example/", HttpMethod="PUT"
    )["ApiDestinationArn"]


def test_the_joints_exist():
    wanted = {"connection_arn", "invocation_endpoint", "http_method"}
    assert wanted <= set(Destination.__init__.__code__.co_varnames)
    assert {"authorization_type", "auth_parameters"} <= set(Connection.__init__.__code__.co_varnames)


def test_a_destination_is_found_with_its_connections_secrets(events):
    arn = made(events)
    expected = events_destinations.Destination(arn, "PUT", "https://x.example/", "API_KEY", KEY)
    assert events_destinations.find(arn) == expected


def test_without_its_connection_it_is_none(events):
    arn = made(events)
    events.delete_connection(Name="c")
    assert events_destinations.find(arn) is None
    assert events_destinations.find(arn.replace("/d/", "/e/")) is None
