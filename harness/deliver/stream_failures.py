"""This file decides what is told of a stream's records that were given up: one message, which a bucket alone gets with
the records. ESM-25

When they are given up is ``stream_batches.py``'s business. Whoever else gets the message must read the stream again, as
long as it keeps them. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html and
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html (looked at 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from harness.deliver.payloads import iso_ms
from harness.deliver.targets import Targets, Undeliverable
from harness.invoke.result import InvocationResult
from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.vendor.lambda_stream_mappings import StreamMapping
from harness.vendor.stream_log import StreamRecord

RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
AGE_EXCEEDED = "RecordAgeExceeded"

# Endings of calls in which no code ran: there is nothing to say of an answer.
_NOT_RUN = ("throttled", "stopped")


def tell(
    kernel: Kernel,
    targets: Targets,
    mapping: StreamMapping,
    shard_id: str,
    given_up: Sequence[StreamRecord],
    condition: str,
    attempts: int,
    last: InvocationResult | None,
    event: Mapping[str, Any],
) -> None:
    """Send the message to the mapping's destination, if it has one; what cannot be delivered is lost.

    ``event`` is what a function would be called with for these records.
    """
    if mapping.on_failure_arn is None:
        return
    message = _message(kernel, mapping, shard_id, given_up, condition, attempts, last)
    try:
        if ":s3:" in mapping.on_failure_arn:
            payload = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
            text = json.dumps({**message, "payload": payload}, separators=(",", ":"))
            targets.store(mapping.on_failure_arn, _key(kernel, mapping, shard_id), text)
        else:
            targets.deliver(mapping.on_failure_arn, json.dumps(message, separators=(",", ":")))
    except Undeliverable as problem:
        kernel.emit("deliver", "dropped", mapping.on_failure_arn, reason=problem.reason)


def _message(
    kernel: Kernel,
    mapping: StreamMapping,
    shard_id: str,
    given_up: Sequence[StreamRecord],
    condition: str,
    attempts: int,
    last: InvocationResult | None,
) -> dict[str, Any]:
    first, end = given_up[0], given_up[-1]
    kinesis = ":kinesis:" in mapping.stream_arn
    message = _told_of_a_call(kernel, mapping, condition, attempts, last)
    if ":pipes:" in mapping.function_arn:
        # As a public repository keeps one that a pipe left (2023-06), and another one of a table's stream (2024-03).
        message = {"context": {"partnerResourceArn": mapping.function_arn, "condition": condition}}
    return message | {
        "version": "1.0",
        "timestamp": iso_ms(kernel.clock),
        "KinesisBatchInfo" if kinesis else "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": str(first.sequence),
            "endSequenceNumber": str(end.sequence),
            "approximateArrivalOfFirstRecord": _arrival(first, with_ms=kinesis),
            "approximateArrivalOfLastRecord": _arrival(end, with_ms=kinesis),
            "batchSize": len(given_up),
            "streamArn": mapping.stream_arn,
        },
    }


def _key(kernel: Kernel, mapping: StreamMapping, shard_id: str) -> str:
    now = kernel.clock.now()
    name = f"{now:%Y-%m-%dT%H.%M.%S}-{kernel.decisions.uuid('given up batch')}"
    return f"aws/lambda/{mapping.uuid}/{shard_id}/{now:%Y/%m/%d}/{name}"


def _told_of_a_call(
    kernel: Kernel, mapping: StreamMapping, condition: str, attempts: int, last: InvocationResult | None
) -> dict[str, Any]:
    message: dict[str, Any] = {
        "requestContext": {
            "requestId": last.request_id if last else kernel.decisions.uuid("given up without a call"),
            "functionArn": mapping.function_arn,
            "condition": condition,
            "approximateInvokeCount": attempts,
        }
    }
    if last is not None and last.ending not in _NOT_RUN:
        message["responseContext"] = {"statusCode": 200, "executedVersion": last.version}
        message["responseContext"] |= {} if last.ok else {"functionError": "Unhandled"}
    return message


def _arrival(record: StreamRecord, *, with_ms: bool) -> str:
    # DynamoDB keeps whole seconds.
    at = datetime.fromtimestamp(record.arrived_us // US_PER_S, UTC)
    ms = f".{record.arrived_us // 1000 % 1000:03}" if with_ms else ""
    return f"{at:%Y-%m-%dT%H:%M:%S}{ms}Z"
