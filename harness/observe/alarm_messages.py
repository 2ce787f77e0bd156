"""This file decides how an alarm's new state is written down: for a topic, for a function and for the event bus.

The forms are AWS's: CW-12 for the topic, CW-15 for the function; the event is that of its page "Alarm events and
EventBridge". Fields that CloudWatch writes as null are null here too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from botocore.session import get_session

from harness.vendor.cloudwatch_alarms import Alarm

_LONGEST_SUBJECT = 100


def subject(alarm: Alarm) -> str:
    """The subject of the notification."""
    return f'{alarm.state}: "{alarm.name}" in {region_name(alarm.arn)}'[:_LONGEST_SUBJECT]


def topic_message(alarm: Alarm, before: str, at: str) -> str:
    """The notification's text. CW-12"""
    given = alarm.settings
    message: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": given.get("AlarmDescription"),
        "AWSAccountId": alarm.arn.split(":")[4],
        "AlarmConfigurationUpdatedTimestamp": alarm.configured,
        "NewStateValue": alarm.state,
        "NewStateReason": alarm.reason,
        "StateChangeTime": at,
        "Region": region_name(alarm.arn),
        "AlarmArn": alarm.arn,
        "OldStateValue": before,
        "OKActions": list(alarm.actions("OK")),
        "AlarmActions": list(alarm.actions("ALARM")),
        "InsufficientDataActions": list(alarm.actions("INSUFFICIENT_DATA")),
    }
    if alarm.composite:
        children = json.loads(alarm.reason_data or "{}").get("triggeringAlarms", ())
        message["AlarmRule"] = given["AlarmRule"]
        message["TriggeringChildren"] = [
            {"Arn": c["arn"], "State": {"Value": c["state"]["value"], "Timestamp": c["state"]["timestamp"]}}
            for c in children
        ]
    else:
        message["Trigger"] = _trigger(given)
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _trigger(given: Mapping[str, Any]) -> dict[str, Any]:
    trigger: dict[str, Any] = {}
    if given.get("Metrics"):
        trigger["Metrics"] = [_query(query) for query in given["Metrics"]]
    else:
        extended = given.get("ExtendedStatistic")
        trigger |= {
            "MetricName": given["MetricName"],
            "Namespace": given["Namespace"],
            "StatisticType": "ExtendedStatistic" if extended else "Statistic",
            **({"ExtendedStatistic": extended} if extended else {"Statistic": _capital(given["Statistic"])}),
            "Unit": given.get("Unit"),
            "Dimensions": _dimensions(given),
        }
        trigger["Period"] = int(given["Period"])
    trigger["EvaluationPeriods"] = int(given["EvaluationPeriods"])
    if given.get("DatapointsToAlarm"):
        trigger["DatapointsToAlarm"] = int(given["DatapointsToAlarm"])
    return trigger | {
        "ComparisonOperator": given["ComparisonOperator"],
        "Threshold": float(given["Threshold"]),
        "TreatMissingData": given.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": given.get("EvaluateLowSampleCountPercentile") or "",
    }


def _capital(statistic: str) -> str:
    # AVERAGE, but SAMPLE_COUNT
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()


def _dimensions(metric: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"value": d["Value"], "name": d["Name"]} for d in metric.get("Dimensions") or ()]


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: query[name] for name in ("Expression", "Id", "Label", "Period") if name in query}
    if query.get("MetricStat"):
        stat = query["MetricStat"]
        metric = stat["Metric"]
        told["MetricStat"] = {
            "Metric": {
                "Dimensions": _dimensions(metric),
                "MetricName": metric["MetricName"],
                "Namespace": metric["Namespace"],
            },
            "Period": int(stat["Period"]),
            "Stat": stat["Stat"],
        }
    return told | {"ReturnData": query.get("ReturnData") is not False}


def state_change(alarm: Alarm, before: Mapping[str, str], event_id: str) -> dict[str, Any]:
    """The detail of the event "CloudWatch Alarm State Change"."""
    return {
        "alarmName": alarm.name,
        "configuration": _configuration(alarm, event_id),
        "previousState": _without_none(before),
        "state": _without_none(_state(alarm)),
    }


def function_event(alarm: Alarm, before: Mapping[str, str], event_id: str, at: str) -> dict[str, Any]:
    """What a function is invoked with as an action. CW-15"""
    _, _, _, region, account, *_ = alarm.arn.split(":")
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": account,
        "time": at,
        "region": region,
        "alarmData": {
            "alarmName": alarm.name,
            "state": _without_none(_state(alarm)),
            "previousState": _without_none(before),
            "configuration": _configuration(alarm, event_id),
        },
    }


def _state(alarm: Alarm) -> dict[str, str]:
    return {"value": alarm.state, "reason": alarm.reason, "reasonData": alarm.reason_data, "timestamp": alarm.since}


def _without_none(state: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in state.items() if value}


def _configuration(alarm: Alarm, event_id: str) -> dict[str, Any]:
    given = alarm.settings
    told: dict[str, Any] = {"description": given["AlarmDescription"]} if given.get("AlarmDescription") else {}
    if alarm.composite:
        names = ("AlarmRule", "ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
        return told | {name[0].lower() + name[1:]: given[name] for name in names if given.get(name) is not None}
    if given.get("Metrics"):
        return told | {"metrics": [_event_query(query) for query in given["Metrics"]]}
    metric = {"MetricName": given["MetricName"], "Namespace": given["Namespace"], "Dimensions": given.get("Dimensions")}
    stat = {
        "Metric": metric,
        "Period": given["Period"],
        "Stat": given.get("Statistic") or given.get("ExtendedStatistic"),
    }
    return told | {"metrics": [_event_query({"Id": event_id, "MetricStat": stat})]}


def _event_query(query: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": query["Id"]}
    told |= {name.lower(): query[name] for name in ("Expression", "Label") if name in query}
    if query.get("MetricStat"):
        stat = query["MetricStat"]
        metric = stat["Metric"]
        dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions") or ()}
        told["metricStat"] = {
            "metric": {"dimensions": dimensions, "name": metric["MetricName"], "namespace": metric["Namespace"]},
            "period": int(stat["Period"]),
            "stat": stat["Stat"],
        }
    return told | {"returnData": query.get("ReturnData") is not False}


@lru_cache(maxsize=32)
def region_name(arn: str) -> str:
    """What CloudWatch calls the region: "US East (N. Virginia)"."""
    region = arn.split(":")[3]
    for partition in get_session().get_data("endpoints")["partitions"]:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region
