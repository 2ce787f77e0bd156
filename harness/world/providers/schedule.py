"""This file decides how a schedule of the Scheduler and a group of them come to stand."""

from __future__ import annotations

from typing import Any

from harness.world.providers.events import DEAD_LETTERS, RETRY_POLICY, SQS_PARAMETERS, refuse_unreachable
from harness.world.providers.moments import moment
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Record, Text, Whole, honoured, inert

_DATES = ("EndDate", "StartDate")


def _create_schedule(request: Request) -> Created:
    properties: dict[str, Any] = dict(request.properties)
    name = request.name("Name", 64)
    arn = properties["Target"]["Arn"]
    if ":aws-sdk:" not in arn:
        refuse_unreachable(request.place.down("Target").down("Arn"), arn)
    for date in _DATES:
        if date in properties:
            properties[date] = moment(properties[date], request.place.down(date))
    arn = request.client("scheduler").create_schedule(**{**properties, "Name": name})["ScheduleArn"]
    return Created(name, {"Arn": arn})


def _create_group(request: Request) -> Created:
    name = request.name("Name", 64)
    optional = {"Tags": request.properties["Tags"]} if request.properties.get("Tags") else {}
    arn = request.client("scheduler").create_schedule_group(Name=name, **optional)["ScheduleGroupArn"]
    return Created(name, {"Arn": arn})


SCHEDULE = Provider(
    type="AWS::Scheduler::Schedule",
    properties=Record(
        {
            "Description": inert(Text(longest=512), "kept and shown by the API"),
            "EndDate": honoured(Text()),
            "FlexibleTimeWindow": honoured(
                Record(
                    {
                        "MaximumWindowInMinutes": honoured(Whole(1, 1440)),
                        "Mode": honoured(Text(choices=("FLEXIBLE", "OFF")), required=True),
                    }
                ),
                required=True,
            ),
            "GroupName": honoured(Text(longest=64)),
            "KmsKeyArn": inert(Text(), "nothing is encrypted here"),
            "Name": honoured(Text(longest=64)),
            "ScheduleExpression": honoured(Text(longest=256), required=True),  # EVB-06
            "ScheduleExpressionTimezone": honoured(Text(longest=50)),
            "StartDate": honoured(Text()),
            "State": honoured(Text(choices=("DISABLED", "ENABLED"))),
            "Target": honoured(
                Record(
                    {
                        "Arn": honoured(Text(), required=True),
                        "DeadLetterConfig": honoured(DEAD_LETTERS),
                        "EventBridgeParameters": honoured(
                            Record(
                                {
                                    "DetailType": honoured(Text(longest=128), required=True),
                                    "Source": honoured(Text(longest=256), required=True),
                                }
                            )
                        ),
                        "Input": honoured(Text()),
                        "KinesisParameters": honoured(Record({"PartitionKey": honoured(Text(), required=True)})),
                        "RetryPolicy": honoured(RETRY_POLICY),
                        "RoleArn": honoured(Text(), required=True),
                        "SqsParameters": honoured(SQS_PARAMETERS),
                    },
                    not_yet=("EcsParameters", "SageMakerPipelineParameters"),
                ),
                required=True,
            ),
        },
    ),
    attributes=("Arn",),
    create=_create_schedule,
)

SCHEDULE_GROUP = Provider(
    type="AWS::Scheduler::ScheduleGroup",
    properties=Record({"Name": honoured(Text(longest=64)), "Tags": inert(TAGS, "kept and shown by the API")}),
    attributes=("Arn",),
    create=_create_group,
)
