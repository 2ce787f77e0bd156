"""This file decides how a queue and its policy come to stand."""

from __future__ import annotations

import json
from typing import Any

from harness.world.parameters import text_of
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import (
    TAGS,
    Flag,
    Items,
    Json,
    Record,
    Text,
    Whole,
    honoured,
    inert,
    tag_table,
)

_NOT_ENCRYPTED = "kept and shown by the API; nothing is encrypted here"
_NOT_ATTRIBUTES = ("QueueName", "Tags")


def _create_queue(request: Request) -> Created:
    fifo = bool(request.properties.get("FifoQueue"))
    name = request.name("QueueName", 80, ending=".fifo" if fifo else "")
    attributes = {k: _attribute(v) for k, v in request.properties.items() if k not in _NOT_ATTRIBUTES}
    if not fifo:
        attributes.pop("FifoQueue", None)  # the API knows FifoQueue=true only
    tags = tag_table(request.properties.get("Tags"))
    url = request.client("sqs").create_queue(QueueName=name, Attributes=attributes, tags=tags)["QueueUrl"]
    return Created(url, {"Arn": request.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _attribute(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict) else text_of(value)


def _create_queue_policy(request: Request) -> Created:
    policy = json.dumps(request.properties["PolicyDocument"])
    for url in request.properties["Queues"]:
        request.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    name = request.name("", 80)
    return Created(name, {"Id": name})


QUEUE = Provider(
    type="AWS::SQS::Queue",
    properties=Record(
        {
            "ContentBasedDeduplication": honoured(Flag()),
            "DeduplicationScope": honoured(Text(choices=("messageGroup", "queue"))),
            "DelaySeconds": honoured(Whole(0, 900)),  # SQS-11
            "FifoQueue": honoured(Flag()),
            "FifoThroughputLimit": inert(
                Text(choices=("perMessageGroupId", "perQueue")), "kept; no throughput limit applies here"
            ),
            "KmsDataKeyReusePeriodSeconds": inert(Whole(60, 86_400), _NOT_ENCRYPTED),
            "KmsMasterKeyId": inert(Text(), _NOT_ENCRYPTED),
            "MaximumMessageSize": honoured(Whole(1024, 1_048_576)),  # SQS-13
            "MessageRetentionPeriod": honoured(Whole(60, 1_209_600)),  # SQS-08
            "QueueName": honoured(Text(longest=80)),
            "ReceiveMessageWaitTimeSeconds": honoured(Whole(0, 20)),  # SQS-12
            "RedriveAllowPolicy": honoured(
                Record(
                    {
                        "redrivePermission": honoured(Text(choices=("allowAll", "byQueue", "denyAll")), required=True),
                        "sourceQueueArns": honoured(Items(Text())),
                    }
                )
            ),
            "RedrivePolicy": honoured(
                Record(
                    {
                        "deadLetterTargetArn": honoured(Text(), required=True),
                        "maxReceiveCount": honoured(Whole(1, 1000), required=True),  # SQS-05
                    }
                )
            ),
            "SqsManagedSseEnabled": inert(Flag(), _NOT_ENCRYPTED),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "VisibilityTimeout": honoured(Whole(0, 43_200)),  # SQS-02
        }
    ),
    attributes=("Arn", "QueueName", "QueueUrl"),
    create=_create_queue,
)

QUEUE_POLICY = Provider(
    type="AWS::SQS::QueuePolicy",
    properties=Record(
        {"PolicyDocument": honoured(Json(), required=True), "Queues": honoured(Items(Text()), required=True)}
    ),
    attributes=("Id",),
    create=_create_queue_policy,
    lets_in=True,
)
