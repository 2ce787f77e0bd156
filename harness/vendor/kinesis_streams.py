"""This file decides how moto's Kinesis works on our shards: what a record is, how long it is kept, who is told.

Upstream (moto 5.2.5, ``kinesis.models``): ``PutRecord`` runs the mapped function at once, one record a call, and a
stream can have one mapping (ESM-27); records never expire; every shard counts its records from 1; splitting and merging
move records and write them anew. Why that can't stay: a stream is there to be read in order, by several, and again.
What we do: each shard of moto's has a ``Shard`` of ours, which numbers the records and is what pollers read; nobody is
called. Splitting and merging are refused by name. What stays upstream's: the API's shapes, iterators, hash ranges.
Since: moto 1.3.3. Not needed any more when: the tests ``test_upstream_...`` of test_kinesis_streams.py fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from moto.kinesis import models
from moto.kinesis.exceptions import InvalidArgumentError

from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches
from harness.vendor.stream_log import Shard

# As many digits as AWS's have, each shard with its own.
_FIRST_SEQUENCE = 496 * 10**53 + 1
_SHARDS_APART = 10**40
_SECONDS_OF_AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class KinesisStream:
    """A stream as pollers see it."""

    arn: str
    shards: list[Shard]


class LoggedShard(models.Shard):
    """moto's shard, with ours behind it."""

    kernel: ClassVar[Kernel]

    def __init__(self, shard_id: int, *args: Any, **named: Any) -> None:
        super().__init__(shard_id, *args, **named)
        first = _FIRST_SEQUENCE + shard_id * _SHARDS_APART
        self.log = Shard(self.kernel, self.shard_id, first, 24 * _SECONDS_OF_AN_HOUR)

    def get_records(self, last_sequence_id: str, limit: int | None) -> tuple[list[models.Record], int, int]:
        """Those that are still kept."""
        oldest_us = self.kernel.clock.now_us - to_us(self.log.retention_s)
        while self.records and next(iter(self.records.values())).created_at * US_PER_S <= oldest_us:
            del self.records[next(iter(self.records))]
        return super().get_records(last_sequence_id, limit)

    def get_min_sequence_number(self) -> int:
        """Where the shard begins."""
        return self.log.first_sequence


def apply(patches: Patches, kernel: Kernel) -> None:
    """Put every stream that is created from now on behind our shards."""

    def put_record(self: models.Stream, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
        shard = self.get_shard_for_key(partition_key, explicit_hash_key)
        if shard is None:  # upstream leaves the last key of a range to nobody
            shard = next(s for s in self.shards.values() if s.ending_hash == int(explicit_hash_key))
        assert isinstance(shard, LoggedShard)
        sequence = shard.log.next_sequence
        shard.records[sequence] = models.Record(partition_key, data, sequence, explicit_hash_key)
        number = kernel.emit("stream", "put", self.stream_name, key=partition_key)
        content = {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": partition_key,
                "sequenceNumber": str(sequence),
                "data": data,
                "approximateArrivalTimestamp": kernel.clock.now_us // 1000 / 1000,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{shard.shard_id}:{sequence}",
            "eventName": "aws:kinesis:record",
            "awsRegion": self.region,
        }
        _logs(self)
        shard.log.append(partition_key, content, len(data) + len(partition_key), number)
        return str(sequence), shard.shard_id

    def delete_stream(self: models.KinesisBackend, stream_arn: str | None, stream_name: str | None) -> models.Stream:
        gone: models.Stream = original_delete(self, stream_arn, stream_name)
        for log in _logs(gone):
            log.closed = True
            log.waiters.wake()
        return gone

    def refuse(self: models.Stream, *args: Any) -> None:
        raise InvalidArgumentError(
            "Splitting and merging shards is not emulated here: make the stream with its shards."
        )

    patches.put(models, "Shard", type("Shard", (LoggedShard,), {"kernel": kernel}))
    patches.put(models.Stream, "put_record", put_record)
    original_delete = patches.put(models.KinesisBackend, "delete_stream", delete_stream)
    for name in ("split_shard", "merge_shards", "update_shard_count"):
        patches.put(models.Stream, name, refuse)


def find(arn: str) -> KinesisStream | None:
    """The stream behind this ARN, or None if there is none."""
    _, _, service, region, account_id, name = arn.split(":", 5)
    if service != "kinesis":
        return None
    stream = models.kinesis_backends[account_id][region].streams.get(name.partition("/")[2])
    return KinesisStream(arn, _logs(stream)) if stream is not None else None


def _logs(stream: models.Stream) -> list[Shard]:
    logs = [shard.log for shard in stream.shards.values() if isinstance(shard, LoggedShard)]
    for log in logs:
        log.retention_s = stream.retention_period_hours * _SECONDS_OF_AN_HOUR
    return logs
