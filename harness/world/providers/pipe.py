"""This file decides how a pipe comes to stand.

Sources other than queues are refused by name: nothing here reads them for a pipe yet.
"""

from __future__ import annotations

import json
from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Items, Record, Table, Text, Whole, honoured, inert

_TARGETS = ("events", "kinesis", "lambda", "logs", "sns", "sqs", "states")
_TEMPLATE = honoured(Text(longest=8192))


def _check(request: Request) -> None:
    criteria = request.properties.get("SourceParameters", {})
    filters = criteria.get("FilterCriteria", {}).get("Filters", []) if criteria is not PENDING else []
    place = request.place.down("SourceParameters").down("FilterCriteria").down("Filters")
    for number, one in enumerate(filters if isinstance(filters, list) else []):
        pattern = one.get("Pattern")
        if not isinstance(pattern, str):
            continue
        here = place.down(number).down("Pattern")
        try:
            read = json.loads(pattern)
        except ValueError as error:
            raise here.refuse(f"{here.name} of {request.place.of} is not JSON: {error}.") from None
        other = [key for key in read if key != "body"] if isinstance(read, dict) else ["no object"]
        if other:
            raise here.refuse(
                f"{here.name} of {request.place.of} asks for {other[0]}; only a message's body is filtered by here."
            )


def _create(request: Request) -> Created:
    properties: dict[str, Any] = dict(request.properties)
    _refuse_unreachable(request, "Source", ("sqs",), "only queues are read by pipes here yet")
    _refuse_unreachable(request, "Target", _TARGETS, "nothing is delivered there here")
    if "Enrichment" in properties:
        _refuse_unreachable(request, "Enrichment", ("lambda",), "only functions enrich here yet")
    name = request.name("Name", 64)
    arn = request.client("pipes").create_pipe(**{**properties, "Name": name})["Arn"]
    return Created(name, {"Arn": arn, "CurrentState": "RUNNING"})


def _refuse_unreachable(request: Request, name: str, services: tuple[str, ...], why: str) -> None:
    arn = str(request.properties[name])
    if arn.count(":") < 5 or arn.split(":")[2] not in services:
        raise request.place.down(name).refuse(f'{name} of {request.place.of} is "{arn}"; {why}.')


PIPE = Provider(
    type="AWS::Pipes::Pipe",
    properties=Record(
        {
            "Description": inert(Text(longest=512), "kept and shown by the API"),
            "DesiredState": honoured(Text(choices=("RUNNING", "STOPPED"))),
            "Enrichment": honoured(Text()),
            "EnrichmentParameters": honoured(Record({"InputTemplate": _TEMPLATE}, not_yet=("HttpParameters",))),
            "Name": honoured(Text(longest=64)),
            "RoleArn": honoured(Text(), required=True),
            "Source": honoured(Text(), required=True),
            "SourceParameters": honoured(
                Record(
                    {
                        "FilterCriteria": honoured(
                            Record({"Filters": honoured(Items(Record({"Pattern": honoured(Text(), required=True)})))})
                        ),
                        "SqsQueueParameters": honoured(
                            Record(
                                {
                                    "BatchSize": honoured(Whole(1, 10_000)),
                                    "MaximumBatchingWindowInSeconds": honoured(Whole(0, 300)),
                                }
                            )
                        ),
                    },
                    not_yet=(
                        "ActiveMQBrokerParameters",
                        "DynamoDBStreamParameters",
                        "KinesisStreamParameters",
                        "ManagedStreamingKafkaParameters",
                        "RabbitMQBrokerParameters",
                        "SelfManagedKafkaParameters",
                    ),
                )
            ),
            "Tags": inert(Table(Text()), "kept and shown by the API"),
            "Target": honoured(Text(), required=True),
            "TargetParameters": honoured(
                Record(
                    {
                        "EventBridgeEventBusParameters": honoured(
                            Record(
                                {"DetailType": honoured(Text(longest=128)), "Source": honoured(Text(longest=256))},
                                not_yet=("EndpointId", "Resources", "Time"),
                            )
                        ),
                        "InputTemplate": _TEMPLATE,
                        "KinesisStreamParameters": honoured(
                            Record({"PartitionKey": honoured(Text(longest=256), required=True)})
                        ),
                        "LambdaFunctionParameters": honoured(
                            Record({"InvocationType": honoured(Text(choices=("FIRE_AND_FORGET", "REQUEST_RESPONSE")))})
                        ),
                        "SqsQueueParameters": honoured(
                            Record({"MessageGroupId": honoured(Text(longest=100))}, not_yet=("MessageDeduplicationId",))
                        ),
                        # An Express state machine would be waited for otherwise.
                        "StepFunctionStateMachineParameters": honoured(
                            Record({"InvocationType": honoured(Text(choices=("FIRE_AND_FORGET",)))})
                        ),
                    },
                    not_yet=(
                        "BatchJobParameters",
                        "CloudWatchLogsParameters",
                        "EcsTaskParameters",
                        "HttpParameters",
                        "RedshiftDataParameters",
                        "SageMakerPipelineParameters",
                        "TimestreamParameters",
                    ),
                )
            ),
        },
        not_yet=("KmsKeyIdentifier", "LogConfiguration"),
    ),
    attributes=("Arn", "CurrentState"),
    create=_create,
    check=_check,
)
