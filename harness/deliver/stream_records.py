"""This file decides how a batch of a stream's records looks to a function, and which records a mapping wants.

Waiting and invoking are ``stream_poller.py``'s and ``stream_batches.py``'s business.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.deliver.patterns import matches
from harness.deliver.queue_records import failed_ids
from harness.vendor.stream_log import StreamRecord


def records(batch: Sequence[StreamRecord], stream_arn: str, role_arn: str) -> list[dict[str, Any]]:
    """``Records`` of the event; Kinesis's say as which role the mapping reads."""
    reader = {"invokeIdentityArn": role_arn} if ":kinesis:" in stream_arn else {}
    return [{**record.content, **reader, "eventSourceARN": stream_arn} for record in batch]


def passes(record: StreamRecord, filters: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of the filters lets the record through; with no filter everything passes. ESM-17"""
    return not filters or any(_passes_one(record.content, pattern) for pattern in filters)


def _passes_one(content: Mapping[str, Any], pattern: Mapping[str, Any]) -> bool:
    if "kinesis" not in content:
        return matches(pattern, dict(content))
    # A pattern asks for what is in the record's own part, its data decoded.
    body = base64.b64decode(content["kinesis"]["data"])
    try:
        data: Any = json.loads(body)
    except ValueError:
        data = body.decode(errors="replace")
    wanted = pattern.get("data")
    if wanted is not None and isinstance(wanted, dict) != isinstance(data, dict | list):
        return False
    return matches(pattern, {**content["kinesis"], "data": data})


def unfinished(answer: bytes, batch: Sequence[StreamRecord]) -> list[StreamRecord]:
    """The records that are to be sent again: from the lowest one that the answer reports as failed. ESM-24"""
    failed = failed_ids(answer, [str(record.sequence) for record in batch])
    first = next((n for n, record in enumerate(batch) if str(record.sequence) in failed), len(batch))
    return list(batch[first:])
