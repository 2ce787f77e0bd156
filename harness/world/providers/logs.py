"""This file decides how a log group, its filters, and a policy that lets services write into groups come to stand.

What a filter does with log events is decided in ``deliver/log_subscriptions.py`` and ``deliver/log_metrics.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.vendor import logs_patterns
from harness.vendor.logs_values import PatternRefused
from harness.world.intrinsics import PENDING
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Items, Json, Number, Record, Text, Whole, honoured, inert, tag_table

_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def _create_log_group(request: Request) -> Created:
    logs = request.client("logs")
    name = request.name("LogGroupName", 512)
    key = {"kmsKeyId": request.properties["KmsKeyId"]} if "KmsKeyId" in request.properties else {}
    logs.create_log_group(logGroupName=name, tags=tag_table(request.properties.get("Tags")), **key)
    if "RetentionInDays" in request.properties:
        logs.put_retention_policy(logGroupName=name, retentionInDays=request.properties["RetentionInDays"])
    return Created(name, {"Arn": request.arn("logs", f"log-group:{name}:*")})


LOG_GROUP = Provider(
    type="AWS::Logs::LogGroup",
    properties=Record(
        {
            "KmsKeyId": inert(Text(), "kept and shown by the API; nothing is encrypted here"),
            "LogGroupClass": inert(Text(choices=("STANDARD",)), "STANDARD is what a log group is anyway"),
            "LogGroupName": honoured(Text(longest=512)),
            "RetentionInDays": honoured(Whole(choices=_RETENTION_DAYS)),
            "Tags": inert(TAGS, "kept and shown by the API"),
        },
        not_yet=(
            "BearerTokenAuthenticationEnabled",
            "DataProtectionPolicy",
            "DeletionProtectionEnabled",
            "FieldIndexPolicies",
            "ResourcePolicyDocument",
        ),
    ),
    attributes=("Arn",),
    create=_create_log_group,
)


def _create_resource_policy(request: Request) -> Created:
    name = request.properties["PolicyName"]
    document = json.dumps(request.properties["PolicyDocument"])
    request.client("logs").put_resource_policy(policyName=name, policyDocument=document)
    return Created(name)


RESOURCE_POLICY = Provider(
    type="AWS::Logs::ResourcePolicy",
    properties=Record(
        {"PolicyDocument": honoured(Json(), required=True), "PolicyName": honoured(Text(longest=255), required=True)}
    ),
    attributes=(),
    create=_create_resource_policy,
    lets_in=True,
)


def _create_subscription_filter(request: Request) -> Created:
    given = request.properties
    name = request.name("FilterName", 512)
    more = {"roleArn": given["RoleArn"]} if "RoleArn" in given else {}
    if "Distribution" in given:
        more["distribution"] = given["Distribution"]
    request.client("logs").put_subscription_filter(
        logGroupName=given["LogGroupName"],
        filterName=name,
        filterPattern=given["FilterPattern"],
        destinationArn=given["DestinationArn"],
        **more,
    )
    return Created(name)


def _check_pattern(request: Request) -> None:
    pattern = request.properties.get("FilterPattern")
    place = request.place.down("FilterPattern")
    if pattern in (None, PENDING):
        return
    try:
        logs_patterns.parse(pattern)
    except PatternRefused as refused:
        raise place.refuse(
            f"{place.name} of {place.of} is a pattern that CloudWatch Logs does not accept: {refused}.",
            'Words stand for themselves, anything with other characters in it goes into quotation marks ("a b:c"); '
            "JSON is asked in braces ({ $.level = ERROR }), fields between spaces in brackets ([ip, ..., size > 10]).",
        ) from None


def _check_subscription(request: Request) -> None:
    _check_pattern(request)
    destination = request.properties.get("DestinationArn")
    kind = str(destination).split(":")[2] if isinstance(destination, str) and destination.count(":") > 4 else None
    if kind is not None and kind not in ("kinesis", "lambda"):
        place = request.place.down("DestinationArn")
        raise place.refuse(
            f'{place.name} of {place.of} is "{destination}": nothing here carries log events to {kind}.',
            "Log events reach functions and Kinesis streams here. Leave the filter out of the rehearsal (a Condition "
            "can do it).",
        )


def _check_metric(request: Request) -> None:
    _check_pattern(request)
    transformations = request.properties.get("MetricTransformations")
    for number, given in enumerate(transformations if isinstance(transformations, list) else []):
        place = request.place.down("MetricTransformations").down(number)
        if given is PENDING or not given.get("Dimensions"):
            continue
        pattern = request.properties.get("FilterPattern")
        if "DefaultValue" in given:
            raise place.down("DefaultValue").refuse(
                f"{place.name} of {place.of} has both Dimensions and a DefaultValue; AWS allows one of them."
            )
        if isinstance(pattern, str) and not logs_patterns.takes_dimensions(pattern):
            raise place.down("Dimensions").refuse(
                f"{place.name} of {place.of} has Dimensions, which only a pattern in braces or brackets can fill; "
                f'it is "{pattern}".'
            )


def _create_metric_filter(request: Request) -> Created:
    given = request.properties
    name = request.name("FilterName", 512)
    request.client("logs").put_metric_filter(
        logGroupName=given["LogGroupName"],
        filterName=name,
        filterPattern=given["FilterPattern"],
        metricTransformations=[_transformation(one) for one in given["MetricTransformations"]],
    )
    return Created(name)


def _transformation(given: Mapping[str, Any]) -> dict[str, Any]:
    names = ("DefaultValue", "MetricName", "MetricNamespace", "MetricValue", "Unit")
    made = {name[0].lower() + name[1:]: given[name] for name in names if name in given}
    if given.get("Dimensions"):
        made["dimensions"] = {one["Key"]: one["Value"] for one in given["Dimensions"]}
    return made


SUBSCRIPTION_FILTER = Provider(
    type="AWS::Logs::SubscriptionFilter",
    properties=Record(
        {
            "DestinationArn": honoured(Text(), required=True),
            "Distribution": honoured(Text(choices=("ByLogStream", "Random"))),
            "FilterName": honoured(Text(longest=512)),
            "FilterPattern": honoured(Text(longest=1024), required=True),
            "LogGroupName": honoured(Text(longest=512), required=True),
            "RoleArn": honoured(Text()),
        },
        not_yet=("ApplyOnTransformedLogs", "EmitSystemFields", "FieldSelectionCriteria"),
    ),
    attributes=(),
    create=_create_subscription_filter,
    check=_check_subscription,
)

_DIMENSION = Record({"Key": honoured(Text(longest=255), required=True), "Value": honoured(Text(), required=True)})
_TRANSFORMATION = Record(
    {
        "DefaultValue": honoured(Number()),
        "Dimensions": honoured(Items(_DIMENSION)),
        "MetricName": honoured(Text(longest=255), required=True),
        "MetricNamespace": honoured(Text(longest=255), required=True),
        "MetricValue": honoured(Text(longest=100), required=True),
        "Unit": honoured(Text()),
    }
)

METRIC_FILTER = Provider(
    type="AWS::Logs::MetricFilter",
    properties=Record(
        {
            "FilterName": honoured(Text(longest=512)),
            "FilterPattern": honoured(Text(longest=1024), required=True),
            "LogGroupName": honoured(Text(longest=512), required=True),
            "MetricTransformations": honoured(Items(_TRANSFORMATION), required=True),
        },
        not_yet=("ApplyOnTransformedLogs", "EmitSystemFieldDimensions", "FieldSelectionCriteria"),
    ),
    attributes=(),
    create=_create_metric_filter,
    check=_check_metric,
)
