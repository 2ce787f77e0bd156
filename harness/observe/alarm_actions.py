"""This file decides who is told of an alarm's new state: its actions, and the event bus. CW-05, CW-14, CW-15

It does not decide what is said (``alarm_messages.py``) nor how something is reached (``deliver/targets.py``). A topic
or function that is not there or does not let CloudWatch in is not told, and nobody hears of that: AWS neither checks
an alarm's actions nor reports that they failed. Here the trace says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial

from harness.deliver.targets import Targets, Undeliverable
from harness.guard.service_doors import alarm_sender
from harness.kernel.scheduler import Kernel
from harness.observe import alarm_messages
from harness.vendor import cloudwatch_alarms
from harness.vendor.cloudwatch_alarms import Alarm
from harness.vendor.events_bus import BusEvent


class AlarmActions:
    """CloudWatch's side of topics, functions and the default event bus."""

    def __init__(self, kernel: Kernel, targets: Targets, on_bus: Callable[[BusEvent], None]) -> None:
        self._kernel = kernel
        self._targets = targets
        self._on_bus = on_bus

    def act(self, alarm: Alarm, before: Mapping[str, str], cause: int) -> None:
        """Run the actions for the alarm's state, if they are switched on; each is a task of its own."""
        if not alarm.acts:
            return
        at, name = cloudwatch_alarms.cloudwatch_time(self._kernel.clock.now()), self._kernel.trace.name
        for arn in alarm.actions(alarm.state):
            text = self._text(alarm, before, at, arn)
            task = partial(self._deliver, alarm, arn, alarm_messages.subject(alarm), text)
            self._kernel.spawn(task, name=f"alarm {alarm.name}→{name(arn)}", cause=cause)

    def tell(self, alarm: Alarm, before: Mapping[str, str]) -> None:
        """Put the event "CloudWatch Alarm State Change" on the default bus."""
        _, _, _, region, account, *_ = alarm.arn.split(":")
        at = f"{self._kernel.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        self._on_bus(
            BusEvent(
                bus_arn=f"arn:aws:events:{region}:{account}:event-bus/default",
                id=self._kernel.decisions.uuid("event id"),
                source="aws.cloudwatch",
                detail_type="CloudWatch Alarm State Change",
                detail=alarm_messages.state_change(alarm, before, self._metric_id()),
                account=account,
                region=region,
                time=at,
                ingestion_time=at,
                resources=(alarm.arn,),
            )
        )

    def _text(self, alarm: Alarm, before: Mapping[str, str], at: str, arn: str) -> str:
        if arn.split(":")[2] != "lambda":
            return alarm_messages.topic_message(alarm, before["value"], at)
        event = alarm_messages.function_event(alarm, before, self._metric_id(), at)
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"))

    def _deliver(self, alarm: Alarm, arn: str, subject: str, text: str) -> None:
        sender = alarm_sender(alarm.arn, to_function=arn.split(":")[2] == "lambda")
        task = self._kernel.require_current()

        def started() -> None:
            task.cause = self._kernel.emit("deliver", "alarm told", arn, alarm=alarm.arn, state=alarm.state)

        try:
            self._targets.deliver(arn, text, subject=subject, sender=sender, on_accepted=started)
        except Undeliverable as problem:
            self._kernel.emit("deliver", "dropped", arn, reason=problem.reason, alarm=alarm.arn)

    def _metric_id(self) -> str:
        # AWS makes up an id for the query of an alarm that has none.
        return self._kernel.decisions.uuid("metric id")
