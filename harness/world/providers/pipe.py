"""This file decides how a pipe comes to stand.

Sources other than queues and streams are refused by name: no broker is emulated here.
"""

from __future__ import annotations

import json
from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.providers.event_destinations import HTTP_PARAMETERS
from harness.world.providers.moments import moment
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Items, Json, Record, Table, Text, Whole, honoured, inert

_SOURCES = ("dynamodb", "kinesis", "sqs")
_ENRICHMENTS = ("lambda", "states")
_TARGETS = ("events", "kinesis", "lambda", "logs", "sns", "sqs", "states")
_STREAMS = ("DynamoDBStreamParameters", "KinesisStreamParameters")
_TEMPLATE = honoured(Text(longest=8192))


# ESM-22, ESM-23
_OF_A_STREAM = {
    "BatchSize": honoured(Whole(1, 10_000)),
    "DeadLetterConfig": honoured(Record({"Arn": honoured(Text())})),
    "MaximumBatchingWindowInSeconds": honoured(Whole(0, 300)),
    "MaximumRecordAgeInSeconds": honoured(Whole(-1, 604_800)),
    "MaximumRetryAttempts": honoured(Whole(-1, 10_000)),
    "OnPartialBatchItemFailure": honoured(Text(choices=("AUTOMATIC_BISECT",))),
    "ParallelizationFactor": honoured(Whole(1, 10)),
}
_AT = "StartingPositionTimestamp"
_POSITIONS = ("LATEST", "TRIM_HORIZON")
_CALLED = Record({"InvocationType": honoured(Text(choices=("FIRE_AND_FORGET", "REQUEST_RESPONSE")))})


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
        of_queue = not any(name in criteria for name in _STREAMS)
        other = [key for key in read if of_queue and key != "body"] if isinstance(read, dict) else ["no object"]
        if other:
            raise here.refuse(
                f"{here.name} of {request.place.of} asks for {other[0]}; only a message's body is filtered by here."
            )


def _create(request: Request) -> Created:
    properties: dict[str, Any] = dict(request.properties)
    _refuse_unreachable(request, "Source", _SOURCES, "only queues and streams are read by pipes here")
    _refuse_unreachable(request, "Target", _TARGETS, "nothing is delivered there here")
    if "Enrichment" in properties:
        _refuse_unreachable(request, "Enrichment", _ENRICHMENTS, "only functions and Express workflows enrich here")
    given = properties.get("SourceParameters", {}).get("KinesisStreamParameters", {})
    if _AT in given:
        place = request.place.down("SourceParameters").down("KinesisStreamParameters").down(_AT)
        begun = {**given, _AT: moment(given[_AT], place)}
        properties["SourceParameters"] = {**properties["SourceParameters"], "KinesisStreamParameters": begun}
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
            "KmsKeyIdentifier": inert(Text(), "nothing is encrypted here"),
            "LogConfiguration": inert(Json(), "a pipe writes no log of its own here: the run's story says what it did"),
            "Name": honoured(Text(longest=64)),
            "RoleArn": honoured(Text(), required=True),
            "Source": honoured(Text(), required=True),
            "SourceParameters": honoured(
                Record(
                    {
                        "DynamoDBStreamParameters": honoured(
                            Record(
                                {
                                    **_OF_A_STREAM,
                                    "StartingPosition": honoured(Text(choices=_POSITIONS), required=True),
                                }
                            )
                        ),
                        "FilterCriteria": honoured(
                            Record({"Filters": honoured(Items(Record({"Pattern": honoured(Text(), required=True)})))})
                        ),
                        "KinesisStreamParameters": honoured(
                            Record(
                                {
                                    **_OF_A_STREAM,
                                    "StartingPosition": honoured(
                                        Text(choices=(*_POSITIONS, "AT_TIMESTAMP")), required=True
                                    ),
                                    _AT: honoured(Text()),
                                }
                            )
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
                        "HttpParameters": honoured(HTTP_PARAMETERS),
                        "InputTemplate": _TEMPLATE,
                        "KinesisStreamParameters": honoured(
                            Record({"PartitionKey": honoured(Text(longest=256), required=True)})
                        ),
                        "LambdaFunctionParameters": honoured(_CALLED),
                        "SqsQueueParameters": honoured(
                            Record({"MessageGroupId": honoured(Text(longest=100))}, not_yet=("MessageDeduplicationId",))
                        ),
                        "StepFunctionStateMachineParameters": honoured(_CALLED),
                    },
                    not_yet=(
                        "BatchJobParameters",
                        "CloudWatchLogsParameters",
                        "EcsTaskParameters",
                        "RedshiftDataParameters",
                        "SageMakerPipelineParameters",
                        "TimestreamParameters",
                    ),
                )
            ),
        },
    ),
    attributes=("Arn", "CurrentState"),
    create=_create,
    check=_check,
)
