"""This file decides how the mapping from a queue or a stream to a function comes to stand.

Other sources are refused by name: nothing here polls them yet.
"""

from __future__ import annotations

from harness.world.intrinsics import PENDING
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import (
    TAGS,
    Flag,
    Items,
    Record,
    Text,
    Whole,
    honoured,
    inert,
    tag_table,
)

_WITHOUT_WINDOW = 10
_SOURCES = (":sqs:", ":dynamodb:", ":kinesis:")


def _check(request: Request) -> None:
    properties = request.properties
    size, window = properties.get("BatchSize", 0), properties.get("MaximumBatchingWindowInSeconds", 0)
    of_stream = "StartingPosition" in properties
    if not of_stream and PENDING not in (size, window) and size > _WITHOUT_WINDOW and not window:  # ESM-01
        raise request.place.down("BatchSize").refuse(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10 "
            f"({request.place.of} has a BatchSize of {size}).",
            "Add MaximumBatchingWindowInSeconds: 1 or more, or keep the BatchSize at 10 or below.",
        )


def _create(request: Request) -> Created:
    properties = dict(request.properties)
    source = properties["EventSourceArn"]
    if not any(kind in source for kind in _SOURCES):
        raise request.place.down("EventSourceArn").refuse(
            f'{request.place.of} reads from "{source}"; '
            "only queues and streams of DynamoDB and Kinesis are polled here yet.",
            "Leave the mapping out of the rehearsal (a Condition can do it), and begin a scenario with what it would "
            "deliver: an invoke step with the event.",
        )
    properties["Tags"] = tag_table(properties.get("Tags"))
    answer = request.client("lambda").create_event_source_mapping(**properties)
    identity = answer["UUID"]
    arn = request.arn("lambda", f"event-source-mapping:{identity}")
    return Created(identity, {"EventSourceMappingArn": arn, "Id": identity})


EVENT_SOURCE_MAPPING = Provider(
    type="AWS::Lambda::EventSourceMapping",
    properties=Record(
        {
            "BatchSize": honoured(Whole(1, 10_000)),
            "BisectBatchOnFunctionError": honoured(Flag()),  # ESM-23
            "DestinationConfig": honoured(  # ESM-25
                Record({"OnFailure": honoured(Record({"Destination": honoured(Text(), required=True)}))})
            ),
            "Enabled": honoured(Flag()),
            "EventSourceArn": honoured(Text(), required=True),
            "FilterCriteria": honoured(
                Record({"Filters": honoured(Items(Record({"Pattern": honoured(Text())})), required=True)})
            ),
            "FunctionName": honoured(Text(), required=True),
            "FunctionResponseTypes": honoured(Items(Text(choices=("ReportBatchItemFailures",)))),
            "MaximumBatchingWindowInSeconds": honoured(Whole(0, 300)),  # ESM-02
            "MaximumRecordAgeInSeconds": honoured(Whole(-1, 604_800)),  # ESM-23
            "MaximumRetryAttempts": honoured(Whole(-1, 10_000)),  # ESM-23
            "ParallelizationFactor": honoured(Whole(1, 10)),  # ESM-23
            "ProvisionedPollerConfig": honoured(
                Record(
                    {"MaximumPollers": honoured(Whole(2, 10_000)), "MinimumPollers": honoured(Whole(2, 200))},
                    not_yet=("PollerGroupName",),
                )
            ),
            "ScalingConfig": honoured(Record({"MaximumConcurrency": honoured(Whole(2, 1000))})),
            "StartingPosition": honoured(Text(choices=("AT_TIMESTAMP", "LATEST", "TRIM_HORIZON"))),  # ESM-22
            "StartingPositionTimestamp": honoured(Whole(0)),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "TumblingWindowInSeconds": honoured(Whole(0, 900)),  # ESM-23
        },
        not_yet=(
            "AmazonManagedKafkaEventSourceConfig",
            "DocumentDBEventSourceConfig",
            "KmsKeyArn",
            "LoggingConfig",
            "MetricsConfig",
            "Queues",
            "SelfManagedEventSource",
            "SelfManagedKafkaEventSourceConfig",
            "SourceAccessConfigurations",
            "Topics",
        ),
    ),
    attributes=("EventSourceMappingArn", "Id"),
    create=_create,
    check=_check,
)
