"""This file decides which schedules the Scheduler accepts, and tells when one has changed. EVB-06

Upstream: moto 5.2.5 keeps a schedule with any text as its expression and never fires it. Why that can't stay: the
Scheduler's targets would never be called. What we do: check the expression (judged by whoever calls ``apply``), the
window and the target's ARN first, let moto keep the schedule, then tell.
Since: moto 4.1. Not needed any more when: moto fires schedules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, scheduler_backends
from moto.scheduler.models import Schedule as MotoSchedule

from harness.vendor.patches import Patches

_US = 1_000_000

# Given an expression and its time zone: what is wrong with it, or None.
Judge = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule as it stands: times in microseconds since 1970, ``target`` in the API's form."""

    arn: str
    name: str
    group: str
    enabled: bool
    expression: str
    zone: str
    target: Mapping[str, Any]
    window_minutes: int
    created_us: int
    begins_us: int | None
    ends_us: int | None
    deleted_after: bool


def find(schedule_arn: str) -> Schedule | None:
    """The schedule as it stands now; None if it is gone."""
    backend, group, name = _place(schedule_arn)
    found = group.schedules.get(name) if (group := backend.schedule_groups.get(group)) is not None else None
    return None if found is None else _view(found)


def delete(schedule_arn: str) -> None:
    """Remove a schedule that has done its work."""
    backend, group, name = _place(schedule_arn)
    backend.schedule_groups[group].schedules.pop(name, None)


def _place(schedule_arn: str) -> tuple[EventBridgeSchedulerBackend, Any, str]:
    _, _, _, region, account_id, rest = schedule_arn.split(":", 5)
    _, group, name = rest.split("/")
    return scheduler_backends[account_id][region], group, name


def _view(found: MotoSchedule) -> Schedule:
    window = found.flexible_time_window
    return Schedule(
        arn=found.arn,
        name=found.name,
        group=found.group_name,
        enabled=found.state == "ENABLED",
        expression=found.schedule_expression,
        zone=found.schedule_expression_timezone,
        target=found.target,
        window_minutes=int(window.get("MaximumWindowInMinutes") or 0) if window.get("Mode") == "FLEXIBLE" else 0,
        created_us=round(found.creation_date * _US),
        begins_us=_moment_us(found.start_date),
        ends_us=_moment_us(found.end_date),
        deleted_after=found.action_after_completion == "DELETE",
    )


def _moment_us(value: Any) -> int | None:
    return None if value in (None, "") else round(float(value) * _US)


def apply(
    patches: Patches,
    *,
    expression_problem: Judge,
    operation_problem: Callable[[str, str | None], str | None],
    on_schedule_changed: Callable[[str], None],
) -> None:
    """Check schedules as AWS does; ``on_schedule_changed`` is given the ARN of each that was made, changed or went.

    ``operation_problem`` is given the ARN and Input of a target that is an operation of AWS's.
    """

    def check(options: Mapping[str, Any]) -> None:
        zone = options.get("schedule_expression_timezone") or "UTC"
        expression = options["schedule_expression"]
        if expression_problem(expression, zone):
            raise ValidationException(f"Invalid Schedule Expression {expression}.")
        window = options["flexible_time_window"] or {}
        if (window.get("Mode") == "FLEXIBLE") != bool(window.get("MaximumWindowInMinutes")):
            raise ValidationException(
                "A maximum window length must be specified for a flexible time window, and for no other."
            )
        target = options["target"]
        if not target.get("RoleArn"):
            raise ValidationException(
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            )
        problem = operation_problem(target["Arn"], target.get("Input")) if ":aws-sdk:" in target["Arn"] else None
        if problem is not None:
            raise ValidationException(problem)
        if target["Arn"].split(":")[2] == "sqs" and target["Arn"].endswith(".fifo") and not target.get("SqsParameters"):
            raise ValidationException("SqsParameters must be specified for a FIFO queue.")

    def create_schedule(self: EventBridgeSchedulerBackend, **options: Any) -> MotoSchedule:
        check(options)
        schedule: MotoSchedule = original_create(self, **options)
        on_schedule_changed(schedule.arn)
        return schedule

    def update_schedule(self: EventBridgeSchedulerBackend, **options: Any) -> MotoSchedule:
        check(options)
        schedule: MotoSchedule = original_update(self, **options)
        schedule.state = schedule.state or "ENABLED"
        on_schedule_changed(schedule.arn)
        return schedule

    def delete_schedule(self: EventBridgeSchedulerBackend, group_name: str | None, name: str) -> None:
        arn = self.get_schedule(group_name, name).arn
        original_delete(self, group_name, name)
        on_schedule_changed(arn)

    original_create = patches.put(EventBridgeSchedulerBackend, "create_schedule", create_schedule)
    original_update = patches.put(EventBridgeSchedulerBackend, "update_schedule", update_schedule)
    original_delete = patches.put(EventBridgeSchedulerBackend, "delete_schedule", delete_schedule)
