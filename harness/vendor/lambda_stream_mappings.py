"""This file decides which event source mappings of streams Lambda accepts, and what a poller needs to know of one.

Who hears of mappings is ``lambda_mappings.py``'s business; so is moto, which checks nothing of this (5.2.5): a mapping
without a starting position begins at the oldest record (ESM-22), numbers out of their range are kept (ESM-23). Texts of
refusals are AWS's own where row ESM-22 has them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.models import EventSourceMapping

_DEFAULT_BATCH = 100
_FOREVER = -1
_TARGETS = ("sqs", "sns", "s3")

# Name of the parameter, least and most value. ESM-23
_RANGES = (
    ("BatchSize", 1, 10_000),
    ("MaximumBatchingWindowInSeconds", 0, 300),
    ("MaximumRetryAttempts", _FOREVER, 10_000),
    ("MaximumRecordAgeInSeconds", _FOREVER, 604_800),
    ("ParallelizationFactor", 1, 10),
    ("TumblingWindowInSeconds", 0, 900),
)
_LEAST_AGE_S = 60


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """One mapping of a stream to a function.

    ``starts_at`` is TRIM_HORIZON, LATEST or AT_TIMESTAMP, the last with ``starts_us`` since 1970. ``retries`` and
    ``maximum_age_s`` are None where nothing but retention ends them; ``lanes`` is the ParallelizationFactor;
    ``tumbling_s`` is 0 without tumbling windows; ``on_failure_arn`` is told of what was given up.
    """

    uuid: str
    stream_arn: str
    function_arn: str
    starts_at: str
    starts_us: int | None = None
    enabled: bool = True
    batch_size: int = _DEFAULT_BATCH
    window_s: int = 0
    tumbling_s: int = 0
    retries: int | None = None
    maximum_age_s: int | None = None
    bisects: bool = False
    lanes: int = 1
    reports_item_failures: bool = False
    on_failure_arn: str | None = None
    filters: tuple[Mapping[str, Any], ...] = ()


class ValidationException(LambdaClientError):
    """Lambda's answer to a request that lacks something."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


def is_stream(arn: str) -> bool:
    """Whether this is the ARN of something that records are read from in order."""
    return arn.split(":")[2:3] in (["dynamodb"], ["kinesis"])


def view(found: EventSourceMapping) -> StreamMapping:
    """What a poller needs to know of moto's mapping."""
    at = found.starting_position_timestamp
    return StreamMapping(
        uuid=found.uuid,
        stream_arn=found.event_source_arn,
        function_arn=found.function_arn,
        starts_at=str(found.starting_position),
        starts_us=round(float(at) * 1_000_000) if at is not None else None,
        enabled=found.enabled is not False,
        batch_size=found.batch_size,
        window_s=int(found.max_batch_window or 0),
        tumbling_s=int(found.tumbling_window or 0),
        retries=_unless_forever(found.max_retry_attempts),
        maximum_age_s=_unless_forever(found.max_record_age),
        bisects=bool(found.bisect_on_error),
        lanes=int(found.parallelization_factor or 1),
        reports_item_failures="ReportBatchItemFailures" in (found.function_response_types or []),
        on_failure_arn=_destination(found.destination_config),
        filters=tuple(json.loads(f["Pattern"]) for f in (found.filter_criteria or {}).get("Filters") or []),
    )


def as_spec(found: EventSourceMapping) -> dict[str, Any]:
    """A mapping that is there, as the request that would make it."""
    return {
        "BatchSize": found.batch_size,
        "MaximumBatchingWindowInSeconds": found.max_batch_window,
        "MaximumRetryAttempts": found.max_retry_attempts,
        "MaximumRecordAgeInSeconds": found.max_record_age,
        "ParallelizationFactor": found.parallelization_factor,
        "TumblingWindowInSeconds": found.tumbling_window,
        "DestinationConfig": found.destination_config,
        "StartingPosition": found.starting_position,
        "StartingPositionTimestamp": found.starting_position_timestamp,
    }


def check_start(spec: Mapping[str, Any], arn: str) -> None:
    """Where a new mapping begins. ESM-22

    Raises:
        LambdaClientError: it says nothing, or what this stream does not have.
    """
    position = spec.get("StartingPosition")
    if not position:
        raise ValidationException(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if position not in ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"):
        raise ValidationException(
            f"1 validation error detected: Value '{position}' at 'startingPosition' failed to satisfy constraint: "
            "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"
        )
    if position == "AT_TIMESTAMP" and ":kinesis:" not in arn:
        raise InvalidParameterValueException(f"Unsupported starting position for arn type: {arn}")
    if (position == "AT_TIMESTAMP") != (spec.get("StartingPositionTimestamp") is not None):
        raise InvalidParameterValueException(
            "StartingPositionTimestamp is required for StartingPosition AT_TIMESTAMP, and valid for no other."
        )


def check(spec: Mapping[str, Any], arn: str) -> None:
    """Everything but where it begins. ESM-23, ESM-25

    Raises:
        LambdaClientError: a value is not one that Lambda accepts.
    """
    for name, least, most in _RANGES:
        value = spec.get(name)
        if value is not None and not least <= value <= most:
            raise InvalidParameterValueException(f"{name} must be between {least} and {most}; it is {value}.")
    age_s = spec.get("MaximumRecordAgeInSeconds")
    if age_s is not None and _FOREVER < age_s < _LEAST_AGE_S:
        raise InvalidParameterValueException(
            f"MaximumRecordAgeInSeconds must be -1 or at least {_LEAST_AGE_S}; it is {age_s}."
        )
    target = _destination(spec.get("DestinationConfig"))
    if target is not None and (target.split(":")[2:3] or [""])[0] not in _TARGETS:
        raise InvalidParameterValueException(
            f"The destination {target} of what fails must be a queue, topic or bucket: nothing else is reached here."
        )
    if target is not None and target.endswith(".fifo"):
        raise InvalidParameterValueException(f"The destination {target} of what fails cannot be FIFO.")


def _destination(config: Mapping[str, Any] | None) -> str | None:
    return ((config or {}).get("OnFailure") or {}).get("Destination") or None


def _unless_forever(value: int | None) -> int | None:
    return None if value is None or int(value) == _FOREVER else int(value)
