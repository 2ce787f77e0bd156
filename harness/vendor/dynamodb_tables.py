"""This file decides which writes to a table there were: what its stream, its time to live and the trace hear of.

Upstream (moto 5.2.5): ``UpdateItem`` on an item that is not there writes twice, so that a stream shows two INSERTs; a
cancelled ``TransactWriteItems`` has told the stream already, and then copies the table, stream and all, back; a write
that changes nothing is a record; a table whose stream is switched off fails every write with a ``KeyError``, and can
never have a stream again; nothing is deleted by time to live. Why that can't stay: each is a record that AWS never
sends, or one that never comes (ESM-26). What we do: in the place of moto's ``stream_shard`` stands one ``TableWrites``
for every table, which hears of each write once it holds.
Since: moto 1.3.3. Not needed any more when: the tests ``test_upstream_...`` of test_dynamodb_tables.py fail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from moto.dynamodb.exceptions import MockValidationException, StreamAlreadyEnabledException
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.vendor import dynamodb_records
from harness.vendor.dynamodb_records import Image
from harness.vendor.dynamodb_streams import TableStream, TableStreams
from harness.vendor.dynamodb_ttl import TimeToLive
from harness.vendor.patches import Patches

_EVENTS = {"INSERT": "inserted", "MODIFY": "modified", "REMOVE": "removed"}


@dataclass(frozen=True, slots=True)
class _Write:
    table: TableWrites
    old: Image | None
    new: Image | None


class _Held:
    """Writes that may yet be taken back: those inside the innermost open block."""

    def __init__(self) -> None:
        self._blocks: list[list[_Write]] = []

    @contextmanager
    def block(self) -> Iterator[list[_Write]]:
        """Collect what is written inside; what an error ends was never written."""
        made: list[_Write] = []
        self._blocks.append(made)
        try:
            yield made
        finally:
            self._blocks.pop()

    def take(self, write: _Write) -> None:
        """The write holds, unless a block around it is open."""
        if self._blocks:
            self._blocks[-1].append(write)
        else:
            write.table.written(write.old, write.new)


class TableWrites:
    """What happens to one table. It stands where moto has its ``StreamShard``, also for a table without a stream."""

    def __init__(self, kernel: Kernel, held: _Held, table: Table, backend: DynamoDBBackend) -> None:
        self.stream: TableStream | None = None
        self.time_to_live = TimeToLive(kernel, self._expire)
        self._kernel = kernel
        self._held = held
        self._name = table.name
        self._region = table.region_name
        self._keys: list[str] = table.table_key_attrs
        self._backend = backend
        self._expiring = False

    def __deepcopy__(self, memo: dict[int, Any]) -> TableWrites:
        # moto copies whole tables before a transaction, and puts the copies back if it is cancelled.
        return self

    def add(self, old: Item | None, new: Item | None) -> None:
        """What moto calls after each write."""
        self._held.take(_Write(self, dynamodb_records.image(old), dynamodb_records.image(new)))

    def written(self, old: Image | None, new: Image | None, *, cause: int | None = None) -> None:
        """Tell of a write that holds, unless it changes nothing."""
        name = dynamodb_records.event_name(old, new)
        if name is None:
            return
        present = old or new or {}
        keys = {key: present[key] for key in self._keys}
        text = json.dumps(keys, separators=(",", ":"), ensure_ascii=False)
        what = "expired" if self._expiring else _EVENTS[name]
        shown = ", ".join(str(next(iter(value.values()))) for value in keys.values())
        number = self._kernel.emit("table", what, self._name, cause=cause, key=shown)
        self.time_to_live.note(text, new, number)
        if self.stream is not None:
            self._append(name, old, new, text, number)

    def _append(self, name: str, old: Image | None, new: Image | None, key: str, cause: int) -> None:
        assert self.stream is not None
        content = dynamodb_records.content(
            name,
            old,
            new,
            keys=self._keys,
            view=self.stream.view,
            sequence=self.stream.shard.next_sequence,
            written_s=self._kernel.clock.now_us // US_PER_S,
            event_id=self._kernel.decisions.hex(f"stream event of {self._name}", 32),
            region=self._region,
            expired=self._expiring,
        )
        self.stream.append(key, content, cause)

    def watch(self, table: Table, attribute: str) -> None:
        """Delete items when the time comes that this attribute names, those that are there already too."""
        self.time_to_live.stop()
        self.time_to_live.attribute = attribute
        for item in table.all_items():
            found = dynamodb_records.image(item) or {}
            keys = {key: found[key] for key in self._keys}
            self.time_to_live.note(json.dumps(keys, separators=(",", ":"), ensure_ascii=False), found, None)

    def _expire(self, key: str, cause: int | None) -> None:
        table = self._backend.tables[self._name]
        hash_key, *rest = (DynamoType(value) for value in json.loads(key).values())
        self._expiring = True
        try:
            with self._held.block() as made:
                table.delete_item(hash_key, rest[0] if rest else None)
            for write in made:
                self.written(write.old, None, cause=cause)
        finally:
            self._expiring = False


def apply(patches: Patches, kernel: Kernel, streams: TableStreams) -> None:
    """Hear of every write to every table; ``streams`` gets the tables' streams."""
    held = _Held()

    def set_stream_specification(self: Table, specification: dict[str, Any] | None) -> None:
        if self.stream_shard is None:
            backend = dynamodb_backends[self.account_id][self.region_name]
            self.stream_shard = cast(Any, TableWrites(kernel, held, self, backend))
        writes = _writes(self)
        if writes.stream is not None:
            writes.stream.close()
            writes.stream = None
        if not _wants(specification):
            self.stream_specification = {"StreamEnabled": False}
            return
        assert specification is not None
        view = specification.get("StreamViewType")
        if not view:
            raise MockValidationException(
                "One or more parameter values were invalid: StreamViewType is required when StreamEnabled is true"
            )
        stream = TableStream(kernel, self.name, self.table_arn, self.schema, view)
        streams.by_arn[stream.arn] = writes.stream = stream
        self.stream_specification = {**specification, "StreamEnabled": True}
        self.latest_stream_label = stream.label

    def update_table_streams(self: DynamoDBBackend, table: Table, stream_specification: dict[str, Any]) -> None:
        if _wants(stream_specification) and _writes(table).stream is not None:
            raise StreamAlreadyEnabledException
        table.set_stream_specification(stream_specification)

    def update_item(self: DynamoDBBackend, *args: Any, **named: Any) -> Item:
        with held.block() as made:
            item: Item = original_update(self, *args, **named)
        if made:
            held.take(_Write(made[0].table, made[0].old, made[-1].new))
        return item

    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        with held.block() as made:
            original_transact(self, transact_items)
        for write in made:
            held.take(write)

    def update_time_to_live(self: DynamoDBBackend, table_name: str, ttl_spec: dict[str, Any]) -> None:
        original_ttl(self, table_name, ttl_spec)
        table = self.get_table(table_name)
        if ttl_spec["Enabled"]:
            _writes(table).watch(table, ttl_spec["AttributeName"])
        else:
            _writes(table).time_to_live.stop()

    def delete_table(self: DynamoDBBackend, name: str) -> Table:
        table: Table = original_delete(self, name)
        writes = _writes(table)
        writes.time_to_live.stop()
        if writes.stream is not None:
            writes.stream.close()
        return table

    patches.put(Table, "set_stream_specification", set_stream_specification)
    patches.put(DynamoDBBackend, "update_table_streams", update_table_streams)
    original_update = patches.put(DynamoDBBackend, "update_item", update_item)
    original_transact = patches.put(DynamoDBBackend, "transact_write_items", transact_write_items)
    original_ttl = patches.put(DynamoDBBackend, "update_time_to_live", update_time_to_live)
    original_delete = patches.put(DynamoDBBackend, "delete_table", delete_table)


def _writes(table: Table) -> TableWrites:
    return cast(TableWrites, table.stream_shard)


def _wants(specification: dict[str, Any] | None) -> bool:
    return bool(specification and (specification.get("StreamEnabled") or specification.get("StreamViewType")))
