"""This file decides what a schedule of the Scheduler sends when it is due, and what becomes of it then. EVB-06

It does not decide when that is (``timetable.py``). Its target is reached in the schedule's role, whose policies are
asked; failures are retried and buried as a rule's are (``persistence.py``). A run waits for a one-time schedule that a
step led to, as it waits for anything else that is due because of a step; not for one that the template brought.
"""

from __future__ import annotations

from datetime import UTC, datetime

from harness.deliver.event_inputs import compact, fill
from harness.deliver.event_targets import Delivery, EventTargets
from harness.deliver.persistence import bury, persist
from harness.deliver.schedule_expressions import NoExpression, read
from harness.deliver.targets import Targets
from harness.deliver.timetable import Entry, Timetable
from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.vendor import scheduler_schedules
from harness.vendor.scheduler_schedules import Schedule


def problem(text: str, zone: str) -> str | None:
    """What is wrong with the expression of a schedule, or None."""
    try:
        read(text, zone=zone, one_time=True)
    except NoExpression as error:
        return str(error)
    return None


class Schedules:
    """The schedules of the Scheduler."""

    def __init__(self, kernel: Kernel, targets: Targets, event_targets: EventTargets, timetable: Timetable) -> None:
        self._kernel = kernel
        self._targets = targets
        self._event_targets = event_targets
        self._timetable = timetable

    def on_schedule_changed(self, arn: str) -> None:
        """Have the schedule fire as it says now, or no more."""
        schedule = scheduler_schedules.find(arn)
        if schedule is None or not schedule.enabled:
            self._timetable.remove(arn)
            return
        current = self._kernel.current
        cause = current.cause if current is not None else None
        expression = read(schedule.expression, zone=schedule.zone, one_time=True)
        self._timetable.put(
            arn,
            Entry(
                expression,
                lambda due_us: self._fire(arn, due_us, cause),
                begins_us=schedule.begins_us or schedule.created_us,
                ends_us=schedule.ends_us,
                at_once=True,
                awaited=not expression.recurs and cause is not None,
            ),
        )

    def _fire(self, arn: str, due_us: int, cause: int | None) -> None:
        schedule = scheduler_schedules.find(arn)
        if schedule is None:
            return
        event = self._kernel.emit("deliver", "came due", arn, cause=cause, schedule=schedule.expression)
        name = self._kernel.trace.name
        title = f"schedule {name(arn)}→{name(schedule.target['Arn'])}"
        self._kernel.spawn(lambda: self._run(schedule, due_us), name=title, cause=event)
        if schedule.deleted_after and not read(schedule.expression, one_time=True).recurs:
            scheduler_schedules.delete(arn)

    def _run(self, schedule: Schedule, due_us: int) -> None:
        kernel, target = self._kernel, schedule.target
        window_s = schedule.window_minutes * 60
        if window_s:
            kernel.sleep(kernel.decisions.choose("flexible time window", (0, window_s // 2, window_s)))
        execution_id = kernel.decisions.uuid("schedule execution id")
        text = _text(schedule, due_us, execution_id)
        delivery = Delivery(target["Arn"], text, target, role_arn=target["RoleArn"])
        failure = persist(
            kernel,
            target.get("RetryPolicy"),
            lambda: self._event_targets.deliver(delivery, lambda: self._sent(schedule)),
        )
        if failure is not None:
            bury(
                kernel,
                self._targets,
                failure,
                target_arn=target["Arn"],
                queue_arn=(target.get("DeadLetterConfig") or {}).get("Arn"),
                body=text,
                sender=None,
                attributes={
                    "EXECUTION_ID": execution_id,
                    "IS_PAYLOAD_TRUNCATED": "false",
                    "SCHEDULED_TIME": _iso(due_us),
                    "SCHEDULE_ARN": schedule.arn,
                    "TARGET_ARN": target["Arn"],
                },
                schedule=schedule.arn,
            )

    def _sent(self, schedule: Schedule) -> None:
        self._kernel.require_current().cause = self._kernel.emit(
            "deliver", "routed", schedule.target["Arn"], schedule=schedule.arn
        )


def _text(schedule: Schedule, due_us: int, execution_id: str) -> str:
    """What the target is sent: the schedule's Input with what it asks for filled in, else AWS's own event."""
    given = schedule.target.get("Input")
    if given:
        return fill(
            given,
            {
                "aws.scheduler.schedule-arn": schedule.arn,
                "aws.scheduler.scheduled-time": _iso(due_us),
                "aws.scheduler.execution-id": execution_id,
                "aws.scheduler.attempt-number": "1",
            },
        )
    _, _, _, region, account, _ = schedule.arn.split(":", 5)
    return compact(
        {
            "version": "0",
            "id": execution_id,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": account,
            "time": _iso(due_us),
            "region": region,
            "resources": [schedule.arn],
            "detail": "{}",
        }
    )


def _iso(moment_us: int) -> str:
    return f"{datetime.fromtimestamp(moment_us // US_PER_S, UTC):%Y-%m-%dT%H:%M:%SZ}"
