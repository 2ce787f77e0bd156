"""This file decides how alarms and dashboards come to stand.

When an alarm goes off, and who is told, is decided in ``harness/observe``.
"""

from __future__ import annotations

import json
from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import (
    TAGS,
    Flag,
    Items,
    Number,
    Property,
    Record,
    Text,
    Whole,
    honoured,
    inert,
)

_SHORT_PERIODS = (10, 20, 30)
_DAY_S = 86_400


_METRIC: dict[str, Property] = {
    "Dimensions": honoured(
        Items(Record({"Name": honoured(Text(), required=True), "Value": honoured(Text(), required=True)}))
    ),
    "MetricName": honoured(Text(longest=255)),
    "Namespace": honoured(Text(longest=255)),
}


def _check(request: Request) -> None:
    """CW-07: a period is one of a few short ones, or whole minutes."""
    for value, place in _periods(request):
        if value is not PENDING and value % 60 and value not in _SHORT_PERIODS:
            raise place.refuse(
                f"{place.name} of {place.of} is {value}; AWS allows 10, 20, 30 and multiples of 60.",
                "A standard metric has one point a minute: 60 is the shortest that makes sense of it.",
            )
        periods = request.properties.get("EvaluationPeriods")
        most_s = _DAY_S if value is PENDING or value < 3600 else 7 * _DAY_S
        if PENDING not in (value, periods) and value * periods > most_s:
            raise place.refuse(
                f"{request.place.of} looks back over {value * periods} s (Period x EvaluationPeriods); AWS allows "
                f"{most_s}.",
                "Take fewer periods, or periods of an hour and more, with which seven days are allowed.",
            )


def _periods(request: Request) -> Any:
    if "Period" in request.properties:
        yield request.properties["Period"], request.place.down("Period")
    queries = request.properties.get("Metrics", ())
    for i, query in enumerate(queries if queries is not PENDING else ()):
        stat = query.get("MetricStat", {}) if query is not PENDING else {}
        if stat is not PENDING and "Period" in stat:
            yield stat["Period"], request.place.down("Metrics").down(i).down("MetricStat").down("Period")


def _create_alarm(request: Request) -> Created:
    name = request.name("AlarmName", 255)
    request.client("cloudwatch").put_metric_alarm(**{**request.properties, "AlarmName": name})
    return Created(name, {"Arn": request.arn("cloudwatch", f"alarm:{name}")})


def _create_composite(request: Request) -> Created:
    name = request.name("AlarmName", 255)
    request.client("cloudwatch").put_composite_alarm(**{**request.properties, "AlarmName": name})
    return Created(name, {"Arn": request.arn("cloudwatch", f"alarm:{name}")})


def _create_dashboard(request: Request) -> Created:
    name = request.name("DashboardName", 255)
    body = request.properties["DashboardBody"]
    request.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=body)
    return Created(name)


def _check_dashboard(request: Request) -> None:
    body = request.properties["DashboardBody"]
    if body is PENDING:
        return
    place = request.place.down("DashboardBody")
    try:
        json.loads(body)
    except ValueError as error:
        raise place.refuse(f"{place.name} of {place.of} is not JSON: {error}.", "Mend the text.") from None


ALARM = Provider(
    type="AWS::CloudWatch::Alarm",
    properties=Record(
        {
            "ActionsEnabled": honoured(Flag()),
            "AlarmActions": honoured(Items(Text())),
            "AlarmDescription": honoured(Text(longest=1024)),
            "AlarmName": honoured(Text(longest=255)),
            "ComparisonOperator": honoured(Text(), required=True),
            "DatapointsToAlarm": honoured(Whole(1)),
            "EvaluateLowSampleCountPercentile": honoured(Text(choices=("evaluate",))),
            "EvaluationPeriods": honoured(Whole(1), required=True),
            "ExtendedStatistic": honoured(Text()),
            "InsufficientDataActions": honoured(Items(Text())),
            "Metrics": honoured(
                Items(
                    Record(
                        {
                            "Expression": honoured(Text(longest=1024)),
                            "Id": honoured(Text(longest=255), required=True),
                            "Label": honoured(Text()),
                            "MetricStat": honoured(
                                Record(
                                    {
                                        "Metric": honoured(Record(_METRIC), required=True),
                                        "Period": honoured(Whole(1), required=True),
                                        "Stat": honoured(Text(), required=True),
                                        "Unit": honoured(Text()),
                                    }
                                )
                            ),
                            "Period": honoured(Whole(1)),
                            "ReturnData": honoured(Flag()),
                        },
                        not_yet=("AccountId",),
                    )
                )
            ),
            "OKActions": honoured(Items(Text())),
            "Period": honoured(Whole(1)),
            "Statistic": honoured(Text()),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "Threshold": honoured(Number()),
            "TreatMissingData": honoured(Text()),
            "Unit": honoured(Text()),
            **_METRIC,
        },
        not_yet=(
            "ActionConfiguration",
            "EvaluationCriteria",
            "EvaluationInterval",
            "EvaluationWindow",
            "ThresholdMetricId",
            "WarmUpConfiguration",
        ),
    ),
    attributes=("Arn",),
    create=_create_alarm,
    check=_check,
)

COMPOSITE_ALARM = Provider(
    type="AWS::CloudWatch::CompositeAlarm",
    properties=Record(
        {
            "ActionsEnabled": honoured(Flag()),
            "ActionsSuppressor": honoured(Text(longest=1600)),
            "ActionsSuppressorExtensionPeriod": honoured(Whole(0)),
            "ActionsSuppressorWaitPeriod": honoured(Whole(0)),
            "AlarmActions": honoured(Items(Text())),
            "AlarmDescription": honoured(Text(longest=1024)),
            "AlarmName": honoured(Text(longest=255)),
            "AlarmRule": honoured(Text(longest=10_240), required=True),
            "InsufficientDataActions": honoured(Items(Text())),
            "OKActions": honoured(Items(Text())),
            "Tags": inert(TAGS, "kept and shown by the API"),
        },
    ),
    attributes=("Arn",),
    create=_create_composite,
)

DASHBOARD = Provider(
    type="AWS::CloudWatch::Dashboard",
    properties=Record(
        {
            "DashboardBody": inert(Text(), "kept and shown by the API; nobody draws it here"),
            "DashboardName": honoured(Text(longest=255)),
        },
        not_yet=("Tags",),
    ),
    attributes=(),
    create=_create_dashboard,
    check=_check_dashboard,
)
