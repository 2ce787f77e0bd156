"""The contract between our archives and moto's."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from moto.events.models import Archive, EventsBackend, Replay, events_backends

from harness.deliver import event_patterns
from harness.kernel.scheduler import Kernel
from harness.vendor import events_archives, events_bus
from harness.world.cloud import Cloud

BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"
ARCHIVE = "arn:aws:events:us-east-1:123456789012:archive/a"
JOINTS = {
    EventsBackend: ("create_archive", "start_replay", "list_replays", "cancel_replay"),
    Archive: ("describe_short",),
    Replay: ("describe_short", "replay_events"),
}


def apply(cloud, replays):
    events_archives.apply(cloud.patches, cloud.kernel, pattern_problem=event_patterns.problem, on_replay=replays.append)


@pytest.fixture
def replays():
    return []


@pytest.fixture
def events(replays):
    with Cloud(Kernel()) as cloud:
        apply(cloud, replays)
        events_bus.apply(cloud.patches, cloud.kernel, on_event=lambda event: None)
        yield cloud.client("events")


def start(events, **options):
    given = {"EventStartTime": 0, "EventEndTime": 1_900_000_000, "Destination": {"Arn": BUS}, **options}
    return events.start_replay(ReplayName="r", EventSourceArn=ARCHIVE, **given)


def test_the_joints_exist():
    assert all(name in vars(owner) for owner, names in JOINTS.items() for name in names)


def test_upstream_replays_within_the_call_and_counts_a_python_list():
    with Cloud(Kernel()) as cloud:
        events = cloud.client("events")
        events.create_archive(ArchiveName="a", EventSourceArn=BUS)
        assert start(events)["State"] == "STARTING"
        assert events.describe_replay(ReplayName="r")["State"] == "COMPLETED"
        assert events.list_replays(State="COMPLETED")["Replays"] == []
        events_backends["123456789012"]["us-east-1"].archives["a"].events.append({})
        assert events.describe_archive(ArchiveName="a")["SizeBytes"] > len(json.dumps({}))


def test_undo_restores_the_same_objects():
    before = {owner: {name: vars(owner)[name] for name in names} for owner, names in JOINTS.items()}
    with Cloud(Kernel()) as cloud:
        apply(cloud, [])
        assert all(vars(o)[n] is not f for o, found in before.items() for n, f in found.items())
    assert {owner: {name: vars(owner)[name] for name in names} for owner, names in JOINTS.items()} == before


def test_evb_07_a_replay_is_told_of_and_not_done(events, replays):
    events.create_archive(ArchiveName="a", EventSourceArn=BUS)
    assert start(events)["State"] == "STARTING"
    assert events.describe_replay(ReplayName="r")["State"] == "STARTING"
    (replay,) = replays
    assert (replay.name, replay.archive_arn, replay.bus_arn, replay.rule_arns) == ("r", ARCHIVE, BUS, ())
    assert [r["ReplayName"] for r in events.list_replays(State="STARTING")["Replays"]] == ["r"]


def test_evb_07_the_managed_rule_of_an_archive_has_no_target(events):
    events.create_archive(ArchiveName="a", EventSourceArn=BUS)
    (rule,) = events.list_rules()["Rules"]
    assert (rule["Name"], rule["ManagedBy"]) == ("Events-Archive-a", "prod.vhs.events.aws.internal")
    assert events.list_targets_by_rule(Rule=rule["Name"])["Targets"] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"EventSourceArn": BUS, "ArchiveName": "a", "EventPattern": '{"source": "x"}'}, "EventPattern is not valid"),
        ({"EventSourceArn": BUS, "ArchiveName": "a" * 49}, "less than or equal to 48"),
    ],
)
def test_evb_07_an_archive_that_aws_refuses_is_refused(events, change, says):
    with pytest.raises(ClientError, match=says):
        events.create_archive(**change)


def test_evb_07_a_replay_must_begin_before_it_ends(events, replays):
    events.create_archive(ArchiveName="a", EventSourceArn=BUS)
    with pytest.raises(ClientError, match="EventStartTime must be before EventEndTime"):
        start(events, EventStartTime=2, EventEndTime=1)
    assert replays == []
