"""The contract between our buses and moto's EventBridge: what is accepted, and what rules there are."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from moto.events.models import EventsBackend
from moto.events.models import Rule as MotoRule

from harness.kernel.scheduler import Kernel
from harness.vendor import events_bus
from harness.world.cloud import Cloud

DEFAULT = "arn:aws:events:us-east-1:123456789012:event-bus/default"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


class Bus:
    def __init__(self, cloud):
        self.client = cloud.client("events")
        self.accepted = []
        events_bus.apply(cloud.patches, cloud.kernel, on_event=self.accepted.append)

    def put(self, *entries):
        return self.client.put_events(Entries=list(entries))


@pytest.fixture
def bus():
    with Cloud(Kernel()) as cloud:
        yield Bus(cloud)


def entry(**changes):
    return {"Source": "shop", "DetailType": "OrderPlaced", "Detail": "{}"} | changes


def test_the_joint_exists():
    assert list(inspect.signature(EventsBackend.put_events).parameters) == ["self", "events"]
    assert list(inspect.signature(MotoRule.__init__).parameters)[1:5] == [
        *("name", "account_id", "region_name", "description")
    ]


def test_upstream_raises_for_a_function_as_a_target():
    with Cloud(Kernel()) as cloud:
        events = cloud.client("events")
        events.put_rule(Name="r", EventPattern='{"source": ["shop"]}', State="DISABLED")
        events.put_targets(Rule="r", Targets=[{"Id": "f", "Arn": FUNCTION}])
        with pytest.raises(NotImplementedError):
            events.put_events(Entries=[entry()])


def test_undo_restores_the_same_object():
    before = vars(EventsBackend)["put_events"]
    with Cloud(Kernel()) as cloud:
        Bus(cloud)
        assert vars(EventsBackend)["put_events"] is not before
    assert vars(EventsBackend)["put_events"] is before


def test_evb_01_an_accepted_event_has_the_bus_the_time_and_what_was_given(bus):
    given = {"Time": datetime(2029, 12, 31, tzinfo=UTC), "Resources": ["arn:x"], "Detail": '{"n": 1}'}
    answer = bus.put(entry(**given))
    (event,) = bus.accepted
    assert answer["Entries"] == [{"EventId": event.id}]
    assert (event.bus_arn, event.time, event.ingestion_time) == (
        DEFAULT,
        "2029-12-31T00:00:00Z",
        "2030-01-15T09:00:00Z",
    )
    assert (event.resources, event.detail) == (("arn:x",), {"n": 1})


@pytest.mark.parametrize("name", ["shop", "arn:aws:events:us-east-1:123456789012:event-bus/shop"])
def test_a_bus_is_named_by_name_or_arn(bus, name):
    bus.put(entry(EventBusName=name))
    assert bus.accepted[0].bus_arn == "arn:aws:events:us-east-1:123456789012:event-bus/shop"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Source": ""}, "InvalidArgument"),
        ({"DetailType": ""}, "InvalidArgument"),
        ({"Detail": ""}, "InvalidArgument"),
        ({"Detail": "not json"}, "MalformedDetail"),
        ({"Detail": "[1]"}, "MalformedDetail"),
        ({"Source": "aws.s3"}, "NotAuthorizedForSourceException"),
    ],
)
def test_evb_01_a_bad_entry_fails_alone(bus, changes, code):
    answer = bus.put(entry(**changes), entry())
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code
    assert len(bus.accepted) == 1


def test_evb_01_eleven_entries_are_refused_as_a_whole(bus):
    with pytest.raises(ClientError, match="less than or equal to 10"):
        bus.put(*[entry()] * 11)
    assert bus.accepted == []


def test_evb_01_a_mebibyte_in_all_is_too_much(bus):
    half = json.dumps({"x": "y" * 524_000})
    bus.put(entry(Detail=half), entry(Detail=half))
    with pytest.raises(ClientError, match="Total size of the entries in the request is over the limit"):
        bus.put(entry(Detail=half), entry(Detail=half), entry(Detail=json.dumps({"x": "y" * 2000})))


def test_rules_are_those_of_their_bus_as_they_stand(bus):
    bus.client.create_event_bus(Name="shop")
    for bus_name, state in (("default", "ENABLED"), ("shop", "DISABLED")):
        bus.client.put_rule(Name="r", EventBusName=bus_name, EventPattern='{"source": ["shop"]}', State=state)
        bus.client.put_targets(Rule="r", EventBusName=bus_name, Targets=[{"Id": "f", "Arn": FUNCTION}])
    (rule,) = events_bus.rules("arn:aws:events:us-east-1:123456789012:event-bus/shop")
    assert (rule.enabled, rule.pattern, [t["Arn"] for t in rule.targets]) == (False, {"source": ["shop"]}, [FUNCTION])
    assert events_bus.find_rule(rule.arn) == rule
    assert events_bus.find_rule("arn:aws:events:us-east-1:123456789012:rule/r").enabled
    assert events_bus.find_rule(rule.arn + "x") is None
    assert events_bus.rules(DEFAULT + "x") is None
