"""This file decides what a distributed Map makes of items and endings: its batches, its tolerance, its result files.

Pure: no moto, no kernel. It decides nothing about when a child runs. Sizes are bytes of compact JSON in UTF-8. How many
failures are tolerated is counted in items: a batch that fails fails all its items (SFN-19).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from harness.vendor.stepfunctions_rules import MAX_DATA_BYTES, iso_time, json_text, text_bytes

_STATUSES = ("FAILED", "PENDING", "SUCCEEDED")


@dataclass
class Child:
    """One child execution. ``status`` is PENDING until it has begun, then RUNNING, then how it ended."""

    index: int
    value: Any
    items: int = 1
    name: str = ""
    arn: str = ""
    status: str = "PENDING"
    output: Any = None
    error: Mapping[str, Any] = field(default_factory=dict)
    started: datetime | None = None
    stopped: datetime | None = None


def batches(items: Sequence[Any], batcher: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """Each batch as a child's input, with how many items are in it.

    ``batcher`` is the evaluated ``ItemBatcher``. An item that is too large by itself makes a batch by itself.
    """
    most = batcher.get("MaxItemsPerBatch") or len(items)
    limit = min(batcher.get("MaxInputBytesPerBatch") or MAX_DATA_BYTES, MAX_DATA_BYTES)
    frame = {"BatchInput": batcher["BatchInput"]} if "BatchInput" in batcher else {}
    empty = text_bytes(json_text({**frame, "Items": []}))
    batch: list[Any] = []
    size = empty
    for item in items:
        more = text_bytes(json_text(item)) + bool(batch)
        if batch and (len(batch) >= most or size + more > limit):
            yield {**frame, "Items": batch}, len(batch)
            batch, size, more = [], empty, more - 1
        batch.append(item)
        size += more
    if batch:
        yield {**frame, "Items": batch}, len(batch)


def exceeds(failed: int, total: int, tolerated: int, tolerated_percentage: float) -> bool:
    """Whether so many failed items of ``total`` are more than what is tolerated; 0 stands for a limit not set."""
    if not tolerated and not tolerated_percentage:
        return failed > 0
    too_many = bool(tolerated) and failed > tolerated
    return too_many or (bool(tolerated_percentage) and failed * 100 > tolerated_percentage * total)


def result_files(children: Sequence[Child], state_machine_arn: str) -> dict[str, bytes]:
    """The result files by name, those without a child left out; their children in the order of the items."""
    files = {}
    for status in _STATUSES:
        lines = [_result(child, state_machine_arn) for child in children if _column(child) == status]
        if lines:
            files[f"{status}_0.json"] = json.dumps(lines, ensure_ascii=False, separators=(",", ":")).encode()
    return files


def manifest(bucket: str, map_run_arn: str, keys: Mapping[str, int]) -> bytes:
    """The manifest of the result files at ``keys``, each with its size in bytes."""
    listed = {
        status: [{"Key": key, "Size": size} for key, size in keys.items() if f"/{status}_" in key]
        for status in _STATUSES
    }
    body = {"DestinationBucket": bucket, "MapRunArn": map_run_arn, "ResultFiles": listed}
    return json.dumps(body).encode()


def _column(child: Child) -> str:
    return {"PENDING": "PENDING", "SUCCEEDED": "SUCCEEDED"}.get(child.status, "FAILED")


def _result(child: Child, state_machine_arn: str) -> dict[str, Any]:
    included = {"Included": True}
    result = {
        "ExecutionArn": child.arn,
        "Input": json_text(child.value),
        "InputDetails": included,
        "Name": child.name,
        "StateMachineArn": state_machine_arn,
        "Status": child.status,
    }
    if child.started is not None:
        result["StartDate"] = iso_time(child.started)
    if child.stopped is not None:
        result["StopDate"] = iso_time(child.stopped)
    if child.status == "SUCCEEDED":
        result.update(Output=json_text(child.output), OutputDetails=included)
    return {**result, **{name.capitalize(): text for name, text in child.error.items() if text is not None}}
