"""This file decides which alarms CloudWatch accepts and shows, and tells when one was put, changed or taken away.

Upstream: moto 5.2.5 makes an alarm that is OK from the start, forgets its state when it is put again, never looks at a
metric, and tells nobody on ``SetAlarmState``; there is no call for composite alarms, and little is validated. Why that
can't stay: what an alarm is for is to tell somebody (CW-05, CW-06). What we do: check, let moto keep the alarm, begin
it as AWS does, then tell. Judging is not done here: whoever calls ``apply`` does.
Since: moto 1.x. Not needed any more when: moto evaluates alarms and runs their actions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.exceptions import ResourceNotFound, ValidationError
from moto.cloudwatch.models import Alarm as MotoAlarm
from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from harness.vendor.patches import Patches

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
INITIAL_REASON = "Unchecked: Initial alarm creation"

# Given an alarm's settings in the API's form: what is wrong with them in words, or None.
Judge = Callable[[Mapping[str, Any]], str | None]


@dataclass(frozen=True, slots=True)
class AlarmEvents:
    """Who is told: of an alarm that was put (again) or taken away, by ARN, and of a state that somebody set."""

    on_put: Callable[[str], None]
    on_deleted: Callable[[str], None]
    on_state_set: Callable[[str, str, str, str], None]


class Alarm:
    """One alarm as it stands: its settings in the API's form, its state, and a way to change that."""

    def __init__(self, alarm: MotoAlarm) -> None:
        self._alarm = alarm
        self.arn: str = alarm.alarm_arn
        self.name: str = alarm.name
        self.settings: Mapping[str, Any] = vars(alarm)["settings"]

    @property
    def composite(self) -> bool:
        """Whether a rule over other alarms decides, not a metric."""
        return self._alarm.rule is not None

    @property
    def state(self) -> str:
        """OK, ALARM or INSUFFICIENT_DATA."""
        return self._alarm.state_value

    @property
    def reason(self) -> str:
        """Why it is in that state, in CloudWatch's words."""
        return self._alarm.state_reason

    @property
    def reason_data(self) -> str:
        """The same as JSON."""
        return self._alarm.state_reason_data

    @property
    def since(self) -> str:
        """When its state was last decided, as CloudWatch writes times."""
        return cloudwatch_time(self._alarm.state_updated_timestamp)

    @property
    def configured(self) -> str:
        """When it was last put, as CloudWatch writes times."""
        return cloudwatch_time(self._alarm.configuration_updated_timestamp)

    @property
    def acts(self) -> bool:
        """Whether its actions are switched on."""
        return self._alarm.actions_enabled

    def actions(self, state: str) -> Sequence[str]:
        """The ARNs that are told of this new state."""
        name = {"OK": "ok_actions", "ALARM": "alarm_actions"}.get(state, "insufficient_data_actions")
        return getattr(self._alarm, name) or ()

    def become(self, state: str, reason: str, reason_data: str) -> None:
        """Change the state, now."""
        self._alarm.update_state(reason, reason_data, state)
        vars(self._alarm)["state_transitioned_timestamp"] = self._alarm.state_updated_timestamp

    def suppress(self, by: str | None) -> None:
        """Show that a composite alarm's actions are held back, or no more."""
        shown = vars(self._alarm)
        shown["actions_suppressed_by"] = by
        shown["actions_suppressed_reason"] = f"Actions suppressed by {by}" if by else None


def cloudwatch_time(time: Any) -> str:
    """``2018-05-16T04:32:46.932+0000``."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}+0000"


def find(arn: str) -> Alarm | None:
    """The alarm as it stands now; None if it is gone."""
    _, _, _, region, account_id, _, name = arn.split(":", 6)
    alarm = cloudwatch_backends[account_id][region].alarms.get(name)
    return None if alarm is None else Alarm(alarm)


def apply(patches: Patches, *, problem: Judge, events: AlarmEvents) -> None:
    """Refuse alarms in which ``problem`` finds something; tell ``events`` what becomes of the others."""

    def put_alarm(self: CloudWatchResponse) -> ActionResult:
        backend, settings = self.cloudwatch_backend, {k: v for k, v in self._get_params().items() if v is not None}
        wrong = problem(settings)
        if wrong is not None:
            raise ValidationError(wrong)
        before = backend.alarms.get(settings["AlarmName"])
        original_put(self)
        _begin(backend.alarms[settings["AlarmName"]], before, settings)
        events.on_put(backend.alarms[settings["AlarmName"]].alarm_arn)
        return EmptyResult()

    def delete_alarms(self: CloudWatchBackend, alarm_names: list[str]) -> None:
        gone = [self.alarms[name].alarm_arn for name in alarm_names if name in self.alarms]
        original_delete(self, alarm_names)
        for arn in gone:
            events.on_deleted(arn)

    def set_alarm_state(
        self: CloudWatchBackend, alarm_name: str, reason: str, reason_data: str | None, state_value: str
    ) -> None:
        if alarm_name not in self.alarms:
            raise ResourceNotFound
        if state_value not in STATES:
            raise ValidationError(
                f"1 validation error detected: Value '{state_value}' at 'stateValue' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"
            )
        if reason_data and not _is_json(reason_data):
            raise ValidationError("TEXT(stateReasonData) is not valid JSON.")
        events.on_state_set(self.alarms[alarm_name].alarm_arn, state_value, reason, reason_data or "")

    original_put = patches.put(CloudWatchResponse, "put_metric_alarm", put_alarm)
    patches.add(CloudWatchResponse, "put_composite_alarm", put_alarm)
    original_delete = patches.put(CloudWatchBackend, "delete_alarms", delete_alarms)
    patches.put(CloudWatchBackend, "set_alarm_state", set_alarm_state)


def _begin(alarm: MotoAlarm, before: MotoAlarm | None, settings: Mapping[str, Any]) -> None:
    """CW-05: a new alarm knows nothing yet; CW-06: one that is put again keeps its state."""
    shown = vars(alarm)
    shown["settings"] = dict(settings)
    shown["state_value"] = before.state_value if before is not None else "INSUFFICIENT_DATA"
    if before is None:
        shown["state_reason"], shown["state_reason_data"] = INITIAL_REASON, None
        shown["state_transitioned_timestamp"] = utcnow()
    else:
        for name in ("state_reason", "state_reason_data", "state_updated_timestamp", "state_transitioned_timestamp"):
            shown[name] = vars(before)[name]
        alarm.history = before.history
    for name in ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
        shown[_snake(name)] = settings.get(name)
    shown["alarm_rule"] = settings.get("AlarmRule")


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
