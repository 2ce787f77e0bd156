"""This file decides what an API's integration names: a function, or an action of another service.

A REST API writes ``arn:aws:apigateway:REGION:SERVICE:action/NAME`` or ``...:SERVICE:path/PLACE``, an HTTP API one of
AWS's integration subtypes. It calls nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SERVICES = ("dynamodb", "events", "sns", "sqs", "states")
"""The services that an integration of type AWS can call here, beside Lambda."""

_URI = re.compile(r"arn:aws[\w-]*:apigateway:[\w-]+:(?P<service>[\w.-]+):(?P<kind>action|path)/(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class ServiceUri:
    """What a URI names: ``action`` is empty if the body says it, ``queue`` the last part of a path."""

    service: str
    action: str
    queue: str


def service_uri(uri: str) -> ServiceUri | None:
    """What the URI of an integration of type AWS names; None if it has not that form."""
    found = _URI.fullmatch(uri)
    if found is None:
        return None
    rest = found["rest"]
    if found["kind"] == "action":
        return ServiceUri(found["service"], rest.partition("&")[0], "")
    return ServiceUri(found["service"], "", rest.rstrip("/").rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Subtype:
    """One of the things that an HTTP API does by itself; ``required`` and ``optional`` are names of its parameters."""

    service: str
    action: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


# From AWS's page "Integration subtype reference".
SUBTYPES = {
    "EventBridge-PutEvents": Subtype(
        "events",
        "PutEvents",
        ("Detail", "DetailType", "Source"),
        ("Time", "EventBusName", "Resources", "Region", "TraceHeader"),
    ),
    "Kinesis-PutRecord": Subtype(
        "kinesis",
        "PutRecord",
        ("StreamName", "Data", "PartitionKey"),
        ("SequenceNumberForOrdering", "ExplicitHashKey", "Region"),
    ),
    "SQS-DeleteMessage": Subtype("sqs", "DeleteMessage", ("ReceiptHandle", "QueueUrl"), ("Region",)),
    "SQS-PurgeQueue": Subtype("sqs", "PurgeQueue", ("QueueUrl",), ("Region",)),
    "SQS-ReceiveMessage": Subtype(
        "sqs",
        "ReceiveMessage",
        ("QueueUrl",),
        (
            "AttributeNames",
            "MaxNumberOfMessages",
            "MessageAttributeNames",
            "ReceiveRequestAttemptId",
            "VisibilityTimeout",
            "WaitTimeSeconds",
            "Region",
        ),
    ),
    "SQS-SendMessage": Subtype(
        "sqs",
        "SendMessage",
        ("QueueUrl", "MessageBody"),
        (
            "DelaySeconds",
            "MessageAttributes",
            "MessageDeduplicationId",
            "MessageGroupId",
            "MessageSystemAttributes",
            "Region",
        ),
    ),
    "StepFunctions-StartExecution": Subtype(
        "states", "StartExecution", ("StateMachineArn",), ("Name", "Input", "Region")
    ),
    "StepFunctions-StartSyncExecution": Subtype(
        "states", "StartSyncExecution", ("StateMachineArn",), ("Name", "Input", "Region", "TraceHeader")
    ),
    "StepFunctions-StopExecution": Subtype("states", "StopExecution", ("ExecutionArn",), ("Cause", "Error", "Region")),
}
