"""This file decides how event buses, their policies, their rules and their archives come to stand."""

from __future__ import annotations

import json
from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.providers.event_destinations import HTTP_PARAMETERS
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Items, Json, Place, Record, Table, Text, Whole, honoured, inert

RETRY_POLICY = Record(
    {"MaximumEventAgeInSeconds": honoured(Whole(60, 86_400)), "MaximumRetryAttempts": honoured(Whole(0, 185))}  # EVB-02
)
DEAD_LETTERS = Record({"Arn": honoured(Text())})
SQS_PARAMETERS = Record({"MessageGroupId": honoured(Text(), required=True)})

_TARGET = Record(
    {
        "Arn": honoured(Text(), required=True),
        "DeadLetterConfig": honoured(DEAD_LETTERS),
        "HttpParameters": honoured(HTTP_PARAMETERS),  # EVB-09
        "Id": honoured(Text(longest=64), required=True),
        "Input": honoured(Text()),
        "InputPath": honoured(Text()),
        "InputTransformer": honoured(
            Record(
                {
                    "InputPathsMap": honoured(Table(Text())),
                    "InputTemplate": honoured(Text(), required=True),
                }
            )
        ),
        "KinesisParameters": honoured(Record({"PartitionKeyPath": honoured(Text(), required=True)})),
        "RetryPolicy": honoured(RETRY_POLICY),
        "RoleArn": honoured(Text()),
        "SqsParameters": honoured(SQS_PARAMETERS),
    },
    not_yet=(
        "AppSyncParameters",
        "BatchParameters",
        "EcsParameters",
        "RedshiftDataParameters",
        "RunCommandParameters",
        "SageMakerPipelineParameters",
    ),
)
_DEFAULT = "default"
_REACHED = ("events", "kinesis", "lambda", "logs", "sns", "sqs", "states")


def _create_bus(request: Request) -> Created:
    properties = request.properties
    name = properties["Name"]
    optional = {"Tags": properties["Tags"]} if properties.get("Tags") else {}
    events = request.client("events")
    arn = events.create_event_bus(Name=name, **optional)["EventBusArn"]
    if "Policy" in properties:
        events.put_permission(EventBusName=name, Policy=json.dumps(_with_ids(properties["Policy"])))
    return Created(name, {"Arn": arn, "Name": name})


def _with_ids(policy: Any) -> dict[str, Any]:
    """The policy with a Sid for each statement, by which the API keeps them."""
    statements = policy.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    return {**policy, "Statement": [{"Sid": f"statement{n}", **s} for n, s in enumerate(statements, start=1)]}


def _create_bus_policy(request: Request) -> Created:
    properties = request.properties
    bus, sid = properties.get("EventBusName", _DEFAULT), properties["StatementId"]
    statement = {"Sid": sid, **properties["Statement"]}
    request.client("events").put_permission(
        EventBusName=bus, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    return Created(f"{bus}|{sid}")


def _check_rule(request: Request) -> None:
    properties = request.properties
    ids: dict[Any, int] = {}
    for number, target in enumerate(properties.get("Targets", [])):
        identity = target["Id"] if target is not PENDING else PENDING
        if identity is not PENDING and identity in ids:
            raise (
                request.place.down("Targets")
                .down(number)
                .down("Id")
                .refuse(
                    f'{request.place.of} has two targets with the Id "{identity}".',
                    "Each target needs an Id of its own.",
                )
            )
        ids[identity] = number


def refuse_unreachable(place: Place, arn: str) -> None:
    """Make sure that something here delivers to the target with this ARN.

    Raises:
        ScenarioError: nothing does; ``place`` is the ARN's.
    """
    service = arn.split(":")[2] if arn.count(":") > 4 else ""
    if service not in _REACHED:
        raise place.refuse(
            f'{place.name} of {place.of} is "{arn}"; nothing is delivered there here.',
            "Targets can be functions, queues, topics, state machines, streams, log groups, buses, API destinations.",
        )


def _create_rule(request: Request) -> Created:
    properties = request.properties
    for number, target in enumerate(properties.get("Targets", [])):
        refuse_unreachable(request.place.down("Targets").down(number).down("Arn"), target["Arn"])
    name, bus = request.name("Name", 64), properties.get("EventBusName", _DEFAULT)
    optional = {
        key: properties[key]
        for key in ("Description", "RoleArn", "ScheduleExpression", "State", "Tags")
        if properties.get(key)
    }
    if "EventPattern" in properties:
        optional["EventPattern"] = json.dumps(properties["EventPattern"])
    events = request.client("events")
    arn = events.put_rule(Name=name, EventBusName=bus, **optional)["RuleArn"]
    if properties.get("Targets"):
        events.put_targets(Rule=name, EventBusName=bus, Targets=properties["Targets"])
    bus_name = bus.rpartition("/")[2]
    return Created(name if bus_name == _DEFAULT else f"{bus_name}|{name}", {"Arn": arn})


def _create_archive(request: Request) -> Created:
    properties = request.properties
    name = request.name("ArchiveName", 48)
    optional = {key: properties[key] for key in ("Description", "RetentionDays") if properties.get(key)}
    if "EventPattern" in properties:
        optional["EventPattern"] = json.dumps(properties["EventPattern"])
    answer = request.client("events").create_archive(
        ArchiveName=name, EventSourceArn=properties["SourceArn"], **optional
    )
    return Created(name, {"ArchiveName": name, "Arn": answer["ArchiveArn"]})


ARCHIVE = Provider(
    type="AWS::Events::Archive",
    properties=Record(
        {
            "ArchiveName": honoured(Text(longest=48)),
            "Description": inert(Text(longest=512), "kept and shown by the API"),
            "EventPattern": honoured(Json()),  # EVB-07
            "KmsKeyIdentifier": inert(Text(), "nothing is encrypted here"),
            "RetentionDays": honoured(Whole(0)),  # EVB-07
            "SourceArn": honoured(Text(), required=True),
        },
    ),
    attributes=("ArchiveName", "Arn"),
    create=_create_archive,
)

EVENT_BUS = Provider(
    type="AWS::Events::EventBus",
    properties=Record(
        {
            "Description": inert(Text(longest=512), "kept nowhere; it says nothing to the pipeline"),
            "KmsKeyIdentifier": inert(Text(), "nothing is encrypted here"),
            "Name": honoured(Text(longest=256), required=True),
            "Policy": honoured(Json()),
            "Tags": inert(TAGS, "kept and shown by the API"),
        },
        not_yet=("DeadLetterConfig", "EventSourceName", "LogConfig"),
    ),
    attributes=("Arn", "Name"),
    create=_create_bus,
)

EVENT_BUS_POLICY = Provider(
    type="AWS::Events::EventBusPolicy",
    properties=Record(
        {
            "EventBusName": honoured(Text()),
            "Statement": honoured(Json(), required=True),
            "StatementId": honoured(Text(longest=64), required=True),
        },
        not_yet=("Action", "Condition", "Principal"),
    ),
    attributes=(),
    create=_create_bus_policy,
    lets_in=True,
)

RULE = Provider(
    type="AWS::Events::Rule",
    properties=Record(
        {
            "Description": inert(Text(longest=512), "kept and shown by the API"),
            "EventBusName": honoured(Text()),
            "EventPattern": honoured(Json()),  # EVB-04
            "Name": honoured(Text(longest=64)),
            "RoleArn": honoured(Text()),
            "ScheduleExpression": honoured(Text()),  # EVB-06
            "State": honoured(Text(choices=("DISABLED", "ENABLED"))),  # EVB-03
            "Tags": inert(TAGS, "kept and shown by the API"),
            "Targets": honoured(Items(_TARGET)),
        },
    ),
    attributes=("Arn",),
    create=_create_rule,
    check=_check_rule,
)
