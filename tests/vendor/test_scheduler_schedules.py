"""The contract between our schedules and moto's Scheduler."""

from __future__ import annotations

import inspect

import pytest
from botocore.exceptions import ClientError
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule

from harness.deliver import schedules, universal_targets
from harness.kernel.scheduler import Kernel
from harness.vendor import scheduler_schedules
from harness.world.cloud import Cloud

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
ROLE = "arn:aws:iam::123456789012:role/r"
METHODS = ("create_schedule", "update_schedule", "delete_schedule")
GOOD = {
    "Name": "tick",
    "ScheduleExpression": "rate(5 minutes)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": QUEUE, "RoleArn": ROLE},
}


def apply(cloud, changed):
    scheduler_schedules.apply(
        cloud.patches,
        operation_problem=universal_targets.problem,
        expression_problem=schedules.problem,
        on_schedule_changed=changed.append,
    )


@pytest.fixture
def changed():
    return []


@pytest.fixture
def scheduler(changed):
    with Cloud(Kernel()) as cloud:
        apply(cloud, changed)
        yield cloud.client("scheduler")


def test_the_joints_exist():
    wanted = {"schedule_expression", "schedule_expression_timezone", "flexible_time_window", "target"}
    for name in METHODS[:2]:
        assert wanted <= set(inspect.signature(getattr(EventBridgeSchedulerBackend, name)).parameters)
    assert list(inspect.signature(EventBridgeSchedulerBackend.delete_schedule).parameters) == [
        *("self", "group_name", "name")
    ]
    assert {"state", "start_date", "end_date", "action_after_completion"} <= set(
        inspect.signature(Schedule.__init__).parameters
    )


def test_upstream_takes_any_expression():
    with Cloud(Kernel()) as cloud:
        cloud.client("scheduler").create_schedule(**GOOD | {"ScheduleExpression": "sometimes"})


def test_undo_restores_the_same_objects():
    before = {name: vars(EventBridgeSchedulerBackend)[name] for name in METHODS}
    with Cloud(Kernel()) as cloud:
        apply(cloud, [])
        assert all(vars(EventBridgeSchedulerBackend)[name] is not before[name] for name in METHODS)
    assert {name: vars(EventBridgeSchedulerBackend)[name] for name in METHODS} == before


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ScheduleExpression": "sometimes"}, "Invalid Schedule Expression sometimes."),
        ({"ScheduleExpressionTimezone": "Mars/Olympus"}, "Invalid Schedule Expression"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "A maximum window length must be specified"),
        ({"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}}, "and for no other"),
        ({"Target": {"Arn": QUEUE + ".fifo", "RoleArn": ROLE}}, "SqsParameters must be specified"),
    ],
)
def test_evb_06_what_aws_refuses_is_refused(scheduler, changes, says):
    with pytest.raises(ClientError, match="ValidationException") as caught:
        scheduler.create_schedule(**GOOD | changes)
    assert says in caught.value.response["Error"]["Message"]


def test_whoever_watches_is_told_of_every_change(scheduler, changed):
    scheduler.create_schedule_group(Name="jobs")
    arn = scheduler.create_schedule(**GOOD, GroupName="jobs")["ScheduleArn"]
    window = {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}}
    scheduler.update_schedule(**GOOD | window, GroupName="jobs")
    schedule = scheduler_schedules.find(arn)
    assert schedule is not None
    assert (schedule.group, schedule.window_minutes, schedule.enabled) == ("jobs", 15, True)
    scheduler.delete_schedule(Name="tick", GroupName="jobs")
    assert changed == [arn] * 3
    assert scheduler_schedules.find(arn) is None
