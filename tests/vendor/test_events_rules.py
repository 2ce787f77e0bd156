"""The contract between our rules and moto's EventBridge: which rules and targets are accepted."""

from __future__ import annotations

import inspect
import json

import pytest
from botocore.exceptions import ClientError
from moto.events.models import EventsBackend

from harness.deliver import event_patterns, schedule_expressions
from harness.kernel.scheduler import Kernel
from harness.vendor import events_rules
from harness.world.cloud import Cloud

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
METHODS = ("put_rule", "put_targets", "enable_rule", "disable_rule", "delete_rule")


def apply(cloud, changed):
    events_rules.apply(
        cloud.patches,
        pattern_problem=event_patterns.problem,
        expression_problem=schedule_expressions.problem,
        on_rule_changed=changed.append,
    )


@pytest.fixture
def changed():
    return []


@pytest.fixture
def events(changed):
    with Cloud(Kernel()) as cloud:
        apply(cloud, changed)
        yield cloud.client("events")


def refused(call, **options):
    with pytest.raises(ClientError) as caught:
        call(**options)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_joints_exist():
    signatures = {name: list(inspect.signature(getattr(EventsBackend, name)).parameters) for name in METHODS}
    assert signatures["put_rule"][:2] == ["self", "name"]
    assert {"event_pattern", "scheduled_expression"} <= set(signatures["put_rule"])
    assert signatures["put_targets"] == ["self", "name", "event_bus_arn", "targets"]
    assert all(signatures[name] == ["self", "name", "event_bus_arn"] for name in METHODS[2:])


def test_upstream_takes_any_operator_any_cron_and_any_number_of_targets():
    with Cloud(Kernel()) as cloud:
        events = cloud.client("events")
        events.put_rule(Name="r", EventPattern='{"source": [{"prefx": "shop"}]}', ScheduleExpression="cron(x)")
        events.put_targets(Rule="r", Targets=[{"Id": str(n), "Arn": MACHINE} for n in range(6)])


def test_undo_restores_the_same_objects():
    before = {name: vars(EventsBackend)[name] for name in METHODS}
    with Cloud(Kernel()) as cloud:
        apply(cloud, [])
        assert all(vars(EventsBackend)[name] is not before[name] for name in METHODS)
    assert {name: vars(EventsBackend)[name] for name in METHODS} == before


def test_evb_04_what_is_no_pattern_is_refused_in_awss_words(events):
    bad = json.dumps({"source": [{"prefx": "shop"}]})
    assert refused(events.put_rule, Name="r", EventPattern=bad) == (
        "InvalidEventPatternException",
        "Event pattern is not valid. Reason: Unrecognized match type prefx",
    )
    assert refused(events.put_rule, Name="r", EventPattern="{")[1].endswith("Reason: Invalid JSON")


@pytest.mark.parametrize("expression", ["cron(x)", "rate(1 minutes)", "at(2030-01-15T10:00:00)"])
def test_evb_06_what_is_no_schedule_is_refused(events, expression):
    said = refused(events.put_rule, Name="r", ScheduleExpression=expression)
    assert said == ("ValidationException", "Parameter ScheduleExpression is not valid.")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ({"Arn": MACHINE}, f"RoleArn is required for target {MACHINE}."),
        ({"Arn": QUEUE, "Input": "{}", "InputPath": "$.detail"}, "Only one of Input, InputPath, or InputTransformer"),
        ({"Arn": QUEUE, "Input": "hello"}, "Invalid Input for target x."),
        ({"Arn": QUEUE + ".fifo"}, "SqsParameters must be specified"),
        ({"Arn": QUEUE, "DeadLetterConfig": {"Arn": QUEUE + ".fifo"}}, "is not a standard queue"),
    ],
)
def test_evb_05_targets_that_aws_refuses_are_refused(events, target, says):
    events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    code, message = refused(events.put_targets, Rule="r", Targets=[{"Id": "x", **target}])
    assert code == "ValidationException"
    assert says in message


def test_a_sixth_target_is_refused_and_the_same_again_is_none(events):
    events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    five = [{"Id": str(n), "Arn": QUEUE} for n in range(5)]
    events.put_targets(Rule="r", Targets=five)
    events.put_targets(Rule="r", Targets=five)
    assert "5 at most" in refused(events.put_targets, Rule="r", Targets=[{"Id": "6", "Arn": QUEUE}])[1]


def test_whoever_watches_is_told_of_every_change(events, changed):
    arn = events.put_rule(Name="r", ScheduleExpression="rate(5 minutes)")["RuleArn"]
    events.disable_rule(Name="r")
    events.enable_rule(Name="r")
    events.delete_rule(Name="r")
    assert changed == [arn] * 4
