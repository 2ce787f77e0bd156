"""This file decides whether an alarm is in the state in which it must be, and went off as often as it must.

The state is read through CloudWatch; how often it changed only the trace knows.
"""

from __future__ import annotations

from typing import Any

from harness.act.stage import ALARM, COMPOSITE_ALARM, Stage
from harness.expect import explain
from harness.expect.looked import Looked
from harness.scenario.model import AlarmCheck


def look_at_alarm(stage: Stage, check: AlarmCheck) -> Looked:
    """The alarm's state, and why."""
    resource = stage.resource(check, check.name, ALARM, COMPOSITE_ALARM)
    found = _described(stage, resource.physical_id)
    changes = stage.kernel.trace.select("alarm", "changed", resource.logical_id)
    times = sum(event.detail["state"] == "ALARM" for event in changes)
    problems = []
    if check.is_ not in (None, found["StateValue"]):
        said = found["StateReason"].removesuffix(".")
        problems.append(f"it is {found['StateValue']}{_before(times, found['StateValue'])}: {said}")
    if check.reason is not None and (problem := check.reason.check(found["StateReason"])):
        problems.append(f"the reason: {problem}")
    if check.went_off is not None and check.went_off.check(times) is not None:
        problems.append(f"it went off {explain.count(times, 'time')}")
    return Looked(_sentence(check), problems, (check.name, *_watched(stage, resource.properties)))


def _described(stage: Stage, name: str) -> dict[str, Any]:
    kinds = ["MetricAlarm", "CompositeAlarm"]
    answer = stage.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=kinds)
    (found,) = answer["MetricAlarms"] + answer["CompositeAlarms"]
    return dict(found)


def _before(times: int, state: str) -> str:
    if not times or state == "ALARM":
        return ""
    return f" after it went off {explain.count(times, 'time')}"


def _watched(stage: Stage, properties: Any) -> list[str]:
    """What an alarm's dimensions name, so that the story has what happened there."""
    metrics = [(query.get("MetricStat") or {}).get("Metric") or {} for query in properties.get("Metrics", ())]
    named = [d["Value"] for metric in [properties, *metrics] for d in metric.get("Dimensions", ())]
    return [
        resource.logical_id
        for resource in stage.stack.resources.values()
        if any(value in (resource.physical_id, *resource.attributes.values()) for value in named)
    ]


def _sentence(check: AlarmCheck) -> str:
    said = [f"is {check.is_}"] if check.is_ is not None else []
    said += [f"says why with text that {check.reason.explain()}"] if check.reason is not None else []
    said += [f"went off {explain.amount(check.went_off, 'time')}"] if check.went_off is not None else []
    return f"{check.name} {explain.join(said) or 'has been deployed'}"
