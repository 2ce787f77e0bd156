"""This file decides what a table's stream is, and how it is read through DynamoDB's own API.

Upstream (moto 5.2.5, ``dynamodbstreams.models`` and ``StreamShard``): every stream has one shard of one constant id; a
write runs the mapped functions at once, with all records since the last success; any answer of a function empties the
shard, so that ``GetRecords`` finds nothing and sequence numbers begin again; nothing ever expires; iterators are drawn
from the machine's randomness. Why that can't stay: order, retention and re-reading are what a stream is for (ESM-26).
What we do: a stream is a ``Shard`` of ours, and the four calls of the API read it. What is written to it is
``dynamodb_tables.py``'s business. A stream has one shard for its whole life: AWS replaces it every few hours.
Since: moto 1.3.3. Not needed any more when: the tests ``test_upstream_...`` of test_dynamodb_streams.py fail.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodbstreams.models import DynamoDBStreamsBackend

from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches
from harness.vendor.stream_log import Shard, StreamRecord

RETENTION_S = 24 * 3600
_ITERATOR_LIFE_US = to_us(15 * 60)
_MOST_RECORDS = 1000
# As many digits as AWS's have.
_FIRST_SEQUENCE = 100_000_000_000_000_000_001
_SEQUENCE_STEP = 100


class TableStream:
    """One stream of one table; a table whose stream is switched off and on again gets another."""

    def __init__(self, kernel: Kernel, table_name: str, table_arn: str, key_schema: list[dict[str, str]], view: str):
        now = kernel.clock.now()
        self.label = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}"
        self.arn = f"{table_arn}/stream/{self.label}"
        self.table_name = table_name
        self.key_schema = key_schema
        self.view = view
        shard_id = f"shardId-{kernel.clock.now_us // 1000:020}-{kernel.decisions.hex('stream shard', 8)}"
        self.shard = Shard(kernel, shard_id, _FIRST_SEQUENCE, RETENTION_S)

    @property
    def shards(self) -> list[Shard]:
        """All shards: the one there is."""
        return [self.shard]

    def append(self, key: str, content: dict[str, Any], cause: int) -> StreamRecord:
        """Add a record; ``cause`` is the number of the event that wrote it."""
        return self.shard.append(key, content, len(json.dumps(content)), cause, step=_SEQUENCE_STEP)

    def close(self) -> None:
        """No more records come; those that are there can be read until they expire."""
        self.shard.closed = True
        self.shard.waiters.wake()


class TableStreams:
    """All streams of one world, also those that were switched off."""

    def __init__(self) -> None:
        self.by_arn: dict[str, TableStream] = {}

    def find(self, arn: str) -> TableStream | None:
        """The stream behind this ARN, or None if there is none."""
        return self.by_arn.get(arn)


@dataclass(frozen=True, slots=True)
class _Iterator:
    """A place in a shard; ``arn`` is what the API shows of it."""

    stream_arn: str
    shard_id: str
    sequence: int
    made_us: int

    @property
    def arn(self) -> str:
        place = json.dumps([self.shard_id, self.sequence, self.made_us]).encode()
        return f"{self.stream_arn}|1|{base64.b64encode(place).decode()}"

    @classmethod
    def read(cls, text: str) -> _Iterator:
        try:
            stream_arn, _, place = text.split("|")
            shard_id, sequence, made_us = json.loads(base64.b64decode(place))
            return cls(stream_arn, str(shard_id), int(sequence), int(made_us))
        except (ValueError, TypeError):
            raise JsonRESTError("ValidationException", "Invalid ShardIterator") from None


def apply(patches: Patches, kernel: Kernel) -> TableStreams:
    """Have DynamoDB's API read our streams; returns where they are found."""
    streams = TableStreams()

    def required(arn: str) -> TableStream:
        found = streams.find(arn)
        if found is None:
            raise JsonRESTError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")
        return found

    def describe_stream(self: DynamoDBStreamsBackend, arn: str) -> dict[str, Any]:
        stream = required(arn)
        shard = stream.shard
        numbers = {"StartingSequenceNumber": str(shard.first_sequence)}
        if shard.closed:
            last = max(shard.next_sequence - _SEQUENCE_STEP, shard.first_sequence)
            numbers["EndingSequenceNumber"] = str(last)
        return {
            "StreamArn": arn,
            "StreamLabel": stream.label,
            "StreamStatus": "DISABLED" if shard.closed else "ENABLED",
            "StreamViewType": stream.view,
            "CreationRequestDateTime": datetime.fromtimestamp(shard.created_us / US_PER_S, UTC),
            "TableName": stream.table_name,
            "KeySchema": stream.key_schema,
            "Shards": [{"ShardId": shard.id, "SequenceNumberRange": numbers}],
        }

    def list_streams(self: DynamoDBStreamsBackend, table_name: str | None = None) -> list[dict[str, Any]]:
        return [
            {"StreamArn": s.arn, "TableName": s.table_name, "StreamLabel": s.label}
            for s in streams.by_arn.values()
            if table_name in (None, s.table_name)
        ]

    def get_shard_iterator(
        self: DynamoDBStreamsBackend,
        arn: str,
        shard_id: str,
        shard_iterator_type: str,
        sequence_number: int | None = None,
    ) -> _Iterator:
        shard = required(arn).shard
        if shard.id != shard_id:
            raise JsonRESTError(
                "ResourceNotFoundException", f"Requested resource not found: Shard: {shard_id} does not exist"
            )
        begin = {"TRIM_HORIZON": shard.horizon(), "LATEST": shard.next_sequence}.get(shard_iterator_type)
        if begin is None:
            if sequence_number is None:
                raise JsonRESTError("ValidationException", f"{shard_iterator_type} needs a SequenceNumber")
            begin = int(sequence_number) + (shard_iterator_type == "AFTER_SEQUENCE_NUMBER")
            if begin < shard.horizon() and shard.horizon() != shard.first_sequence:
                raise JsonRESTError(
                    "TrimmedDataAccessException",
                    "The operation attempted to read past the oldest stream record in a shard.",
                )
        return _Iterator(arn, shard_id, begin, kernel.clock.now_us)

    def get_records(self: DynamoDBStreamsBackend, iterator_arn: str, limit: int) -> dict[str, Any]:
        place = _Iterator.read(iterator_arn)
        shard = required(place.stream_arn).shard
        if not 1 <= limit <= _MOST_RECORDS:
            raise JsonRESTError("ValidationException", f"Limit must be between 1 and {_MOST_RECORDS}")
        if kernel.clock.now_us - place.made_us > _ITERATOR_LIFE_US:
            raise JsonRESTError("ExpiredIteratorException", "Iterator expired; it is older than 15 minutes.")
        records = shard.read(place.sequence, limit)
        after = records[-1].sequence + 1 if records else place.sequence
        answer: dict[str, Any] = {"Records": [_in_api(r) for r in records]}
        if not shard.closed or shard.read(after, 1):
            answer["NextShardIterator"] = _Iterator(place.stream_arn, shard.id, after, kernel.clock.now_us).arn
        return answer

    for call in (describe_stream, list_streams, get_shard_iterator, get_records):
        patches.put(DynamoDBStreamsBackend, call.__name__, call)
    return streams


def _in_api(record: StreamRecord) -> dict[str, Any]:
    """The record as ``GetRecords`` answers it: a time is a time, and bytes are bytes."""
    shown: dict[str, Any] = {**record.content}
    dynamodb = {**shown["dynamodb"]}
    dynamodb["ApproximateCreationDateTime"] = datetime.fromtimestamp(dynamodb["ApproximateCreationDateTime"], UTC)
    for part in ("Keys", "NewImage", "OldImage"):
        if part in dynamodb:
            dynamodb[part] = {name: _with_bytes(value) for name, value in dynamodb[part].items()}
    shown["dynamodb"] = dynamodb
    if "userIdentity" in shown:
        identity = shown["userIdentity"]
        shown["userIdentity"] = {"Type": identity["type"], "PrincipalId": identity["principalId"]}
    return shown


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, inner),) = value.items()
    if kind == "B":
        return {kind: base64.b64decode(inner)}
    if kind == "BS":
        return {kind: [base64.b64decode(one) for one in inner]}
    if kind == "L":
        return {kind: [_with_bytes(one) for one in inner]}
    if kind == "M":
        return {kind: {name: _with_bytes(one) for name, one in inner.items()}}
    return value
