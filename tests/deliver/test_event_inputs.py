from __future__ import annotations

import json

import pytest

from harness.deliver.event_inputs import at_path, fill, target_input
from harness.vendor.events_bus import BusEvent, Rule

EVENT = BusEvent(
    bus_arn="arn:aws:events:us-east-1:123456789012:event-bus/default",
    id="7bf73129",
    source="shop",
    detail_type="OrderPlaced",
    detail={"instance-id": "i-0123", "state": "RUNNING", "items": [{"id": 1}, {"id": 2}], "note": 'say "hi"'},
    account="123456789012",
    region="us-east-1",
    time="2030-01-15T09:00:00Z",
    ingestion_time="2030-01-15T09:00:01Z",
)
RULE = Rule(
    "arn:aws:events:us-east-1:123456789012:rule/example",
    "example",
    EVENT.bus_arn,
    enabled=True,
    pattern={},
    schedule=None,
)
PATHS = {
    "instance": "$.detail.instance-id",
    "state": "$.detail.state",
    "items": "$.detail.items",
    "detail": "$.detail",
    "missing": "$.detail.nothing.here",
}


def sent(template):
    transformer = {"InputPathsMap": PATHS, "InputTemplate": template}
    return target_input(EVENT, RULE, {"InputTransformer": transformer})


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        # AWS's own table of examples.
        ('"instance <instance> is in <state>"', '"instance i-0123 is in RUNNING"'),
        (r'"instance \"<instance>\" is in <state>"', r'"instance \"i-0123\" is in RUNNING"'),
        ('{\n "instance" : <instance>,\n "state": <state>\n}', '{"instance":"i-0123","state":"RUNNING"}'),
        ('{"instance": <instance>, "state": "<state>"}', '{"instance":"i-0123","state":"RUNNING"}'),
        ('{"state": [ 9, <state>, true ], "Transformed": "Yes"}', '{"state":[9,"RUNNING",true],"Transformed":"Yes"}'),
        ('{"arn": <aws.events.rule-arn>}', '{"arn":"arn:aws:events:us-east-1:123456789012:rule/example"}'),
        ('"<aws.events.rule-name> triggered"', '"example triggered"'),
        ('{"at": <aws.events.event.ingestion-time>}', '{"at":"2030-01-15T09:00:01Z"}'),
        # A list, an object, and either inside of a string.
        ('{"items": <items>}', '{"items":[{"id":1},{"id":2}]}'),
        ('"items: <items>"', '"items: [{id:1},{id:2}]"'),
        # What is not there is left out.
        ('"it is <missing>."', '"it is ."'),
        ('{"it": <missing>}', '{"it":""}'),
        # What is no variable is text.
        ('"<b>bold</b>"', '"<b>bold</b>"'),
    ],
)
def test_templates_are_filled_as_aws_fills_them(template, expected):
    assert sent(template) == expected


def test_a_template_can_hold_the_event_with_and_without_its_detail():
    whole = json.loads(sent('{"event": <aws.events.event.json>}'))
    assert whole["event"] == EVENT.envelope()
    without = json.loads(sent('{"event": <aws.events.event>}'))
    assert without["event"] == {k: v for k, v in EVENT.envelope().items() if k != "detail"}


def test_what_comes_from_the_event_is_not_escaped():
    assert fill('"<note>"', {"note": 'say "hi"'}) == '"say "hi""'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", {"a": [{"b": 1}, {"b": 2}], "c-d": "x"}),
        ("$.a[1].b", 2),
        ("$.a[*].b", [1, 2]),
        ("$.c-d", "x"),
        ("$['c-d']", "x"),
    ],
)
def test_paths_find_what_they_name(path, expected):
    assert at_path({"a": [{"b": 1}, {"b": 2}], "c-d": "x"}, path) == expected
