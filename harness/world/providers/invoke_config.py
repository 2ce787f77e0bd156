"""This file decides how a function's settings for asynchronous events come to stand."""

from __future__ import annotations

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Record, Text, Whole, honoured

_DESTINATION = honoured(Record({"Destination": honoured(Text(), required=True)}))


def _create(request: Request) -> Created:
    settings = {k: v for k, v in request.properties.items() if v != {}}
    request.client("lambda").put_function_event_invoke_config(**settings)
    return Created(request.name("", 128))


EVENT_INVOKE_CONFIG = Provider(
    type="AWS::Lambda::EventInvokeConfig",
    properties=Record(
        {
            "DestinationConfig": honoured(Record({"OnFailure": _DESTINATION, "OnSuccess": _DESTINATION})),
            "FunctionName": honoured(Text(), required=True),
            "MaximumEventAgeInSeconds": honoured(Whole(60, 21_600)),
            "MaximumRetryAttempts": honoured(Whole(0, 2)),
            "Qualifier": honoured(Text(), required=True),
        }
    ),
    attributes=(),
    create=_create,
)
