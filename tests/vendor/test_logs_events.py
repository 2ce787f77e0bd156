"""A log stream's events are kept packed, and answered as before."""

from __future__ import annotations

import inspect
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.logs.models import LogEvent, LogStream, logs_backends

from harness.kernel.packed import BLOCK, Packed
from harness.vendor import logs_events
from harness.vendor.patches import Patches

MANY = 3 * BLOCK + 7


def logged(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, list[Any]]:
    """What a stream says of itself, and what reading it in all ways gives."""
    monkeypatch.setattr(LogEvent, "_event_id", 0)
    with mock_aws():
        logs = boto3.client("logs", region_name="us-east-1")
        logs.create_log_group(logGroupName="g")
        logs.create_log_stream(logGroupName="g", logStreamName="s")
        now_ms = logs.describe_log_streams(logGroupName="g")["logStreams"][0]["creationTime"]
        for start in range(0, MANY, 100):
            lines = [
                {"timestamp": now_ms - MANY + number, "message": f"line {number} ถัง"}
                for number in range(start, min(MANY, start + 100))
            ]
            logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=lines)
        stream = logs_backends["123456789012"]["us-east-1"].groups["g"].streams["s"]
        first = logs.get_log_events(logGroupName="g", logStreamName="s", startFromHead=True, limit=50)
        answers = [
            first["events"],
            logs.get_log_events(logGroupName="g", logStreamName="s", nextToken=first["nextForwardToken"])["events"],
            logs.filter_log_events(logGroupName="g", filterPattern="77", limit=10_000)["events"],
            [(e.event_id, e.to_filter_dict()["eventId"], e.message) for e in stream.events],
        ]
        return stream, [[_timeless(event, now_ms) for event in a] if a else a for a in answers]


def _timeless(event: Any, now_ms: int) -> Any:
    if not isinstance(event, dict):
        return event
    moment = {"ingestionTime"}
    return {**{k: v for k, v in event.items() if k not in moment}, "timestamp": event["timestamp"] - now_ms}


def test_the_target_exists_with_this_signature() -> None:
    assert list(inspect.signature(LogStream.__init__).parameters) == ["self", "log_group", "name"]
    assert set(vars(LogEvent(1, {"timestamp": 2, "message": "m"}))) == {
        "ingestion_time",
        "timestamp",
        "message",
        "event_id",
    }


def test_upstream_still_keeps_a_list_of_records(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, _ = logged(monkeypatch)
    assert type(stream.events) is list
    assert stream.events[0].__dict__


def test_a_stream_answers_as_upstreams_does(monkeypatch: pytest.MonkeyPatch) -> None:
    _, upstreams = logged(monkeypatch)
    with Patches() as patches:
        logs_events.apply(patches)
        stream, ours = logged(monkeypatch)
    assert isinstance(stream.events, Packed)
    assert ours == upstreams
    assert len(ours[2]) > 10


def test_reading_gives_events_no_new_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    with Patches() as patches:
        logs_events.apply(patches)
        stream, _ = logged(monkeypatch)
        before = LogEvent._event_id
        assert [event.event_id for event in stream.events] == list(range(MANY))
        assert LogEvent._event_id == before


def test_undo_restores_the_very_object() -> None:
    before = vars(LogStream)["__init__"]
    with Patches() as patches:
        logs_events.apply(patches)
        assert vars(LogStream)["__init__"] is not before
    assert vars(LogStream)["__init__"] is before
