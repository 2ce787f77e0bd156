"""This file decides when a composite alarm changes its state, and when its actions are held back. CW-23

Its rule is looked at when one of the alarms in it has changed, and once when it is put. It knows no INSUFFICIENT_DATA
but before that. A suppressor (AWS: "Composite alarm action suppression"): while that alarm is in ALARM, the composite
changes its state and does nothing. It also waits up to WaitPeriod seconds for the suppressor to go into ALARM, and
ExtensionPeriod seconds after it left; if it is still in its new state then, the actions follow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial

from harness.kernel.scheduler import Kernel
from harness.kernel.timers import Timer
from harness.observe.alarms import Alarms
from harness.observe.composite_rules import Rule, alarm_name, parse
from harness.vendor import cloudwatch_alarms
from harness.vendor.cloudwatch_alarms import Alarm


class CompositeAlarms:
    """Every composite alarm, by its ARN."""

    def __init__(self, kernel: Kernel, alarms: Alarms) -> None:
        self._kernel = kernel
        self._alarms = alarms
        self._rules: dict[str, Rule] = {}
        self._waiting: dict[str, _HeldBack] = {}

    def put(self, arn: str) -> None:
        """Look at this one from now on; what it reads may come later."""
        alarm = cloudwatch_alarms.find(arn)
        assert alarm is not None
        self._rules[arn] = parse(alarm.settings["AlarmRule"])
        self._kernel.call_at(self._kernel.clock.now_us, partial(self._begin, arn))

    def _begin(self, arn: str) -> None:
        alarm = cloudwatch_alarms.find(arn)
        if alarm is not None and arn in self._rules:
            state = self._state(arn)
            reason = f"{arn} was created and its alarm rule evaluates to {state}"
            self._alarms.change(alarm, state, reason, self._data(arn, None), None)

    def remove(self, arn: str) -> None:
        """Look at it no more."""
        self._rules.pop(arn, None)
        held = self._waiting.pop(arn, None)
        if held is not None:
            held.timer.cancel()

    def on_change(self, arn: str, cause: int) -> None:
        """An alarm has changed: look at the rules that name it, and at the actions that waited for it."""
        changed = cloudwatch_alarms.find(arn)
        assert changed is not None
        self._suppressor_changed(changed)
        for composite_arn, rule in list(self._rules.items()):
            if changed.name not in rule.names():
                continue
            state, alarm = self._state(composite_arn), cloudwatch_alarms.find(composite_arn)
            if alarm is not None and state != alarm.state:
                at = f"{self._kernel.clock.now():%A %d %B, %Y %H:%M:%S} UTC"
                reason = f"{arn} transitioned to {changed.state} at {at}"
                self._alarms.change(alarm, state, reason, self._data(composite_arn, changed), cause)

    def _state(self, arn: str) -> str:
        return "ALARM" if self._rules[arn].holds(partial(_state_of, arn)) else "OK"

    def _data(self, arn: str, trigger: Alarm | None) -> str:
        children = [trigger] if trigger is not None else [_named(arn, name) for name in self._rules[arn].names()]
        told = [
            {"arn": child.arn, "state": {"value": child.state, "timestamp": child.since}}
            for child in children
            if child is not None
        ]
        return json.dumps({"triggeringAlarms": told}, separators=(",", ":"))

    # -- suppression ------------------------------------------------------------------------------

    def holds_back(self, alarm: Alarm, before: Mapping[str, str], cause: int) -> bool:
        """Whether the actions of a composite alarm's new state are to wait."""
        given = alarm.settings
        suppressor = given.get("ActionsSuppressor")
        held = self._waiting.pop(alarm.arn, None)
        if held is not None:
            held.timer.cancel()
        alarm.suppress(None)
        if not suppressor:
            return False
        if _state_of(alarm.arn, alarm_name(suppressor)) == "ALARM":
            self._hold(alarm, before, cause, "Alarm", None)
            return True
        wait_s = int(given.get("ActionsSuppressorWaitPeriod") or 0)
        if wait_s:
            self._hold(alarm, before, cause, "WaitPeriod", wait_s)
        return bool(wait_s)

    def _suppressor_changed(self, changed: Alarm) -> None:
        for arn, held in list(self._waiting.items()):
            alarm = cloudwatch_alarms.find(arn)
            if alarm is None or alarm_name(alarm.settings["ActionsSuppressor"]) != changed.name:
                continue
            held.timer.cancel()
            if changed.state == "ALARM":
                self._hold(alarm, held.before, held.cause, "Alarm", None)
            else:
                extension_s = int(alarm.settings.get("ActionsSuppressorExtensionPeriod") or 0)
                self._hold(alarm, held.before, held.cause, "ExtensionPeriod", extension_s)

    def _hold(self, alarm: Alarm, before: Mapping[str, str], cause: int, by: str, seconds: int | None) -> None:
        self._kernel.emit("alarm", "held back", alarm.arn, cause=cause, by=by)
        alarm.suppress(by)

        def release() -> None:
            del self._waiting[alarm.arn]
            alarm.suppress(None)
            self._alarms.act(alarm, before, cause)

        # While the suppressor is in ALARM nothing is due: the timer only stands for it.
        far_s = 10 * 365 * 86_400
        timer = self._kernel.call_later(far_s if seconds is None else seconds, release, background=seconds is None)
        self._waiting[alarm.arn] = _HeldBack(before, cause, timer)


class _HeldBack:
    def __init__(self, before: Mapping[str, str], cause: int, timer: Timer) -> None:
        self.before, self.cause, self.timer = before, cause, timer


def _named(arn: str, name: str) -> Alarm | None:
    return cloudwatch_alarms.find(f"{arn.partition(':alarm:')[0]}:alarm:{name}")


def _state_of(arn: str, name: str) -> str | None:
    alarm = _named(arn, name)
    return None if alarm is None else alarm.state
