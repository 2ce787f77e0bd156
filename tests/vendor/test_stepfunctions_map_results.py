from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.vendor.stepfunctions_map_results import Child, batches, exceeds, manifest, result_files
from harness.vendor.stepfunctions_rules import json_text

NOW = datetime(2030, 1, 15, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("batcher", "sizes"),
    [
        ({"MaxItemsPerBatch": 4}, [4, 4, 2]),
        ({"MaxItemsPerBatch": 100}, [10]),
        ({"MaxItemsPerBatch": 4, "MaxInputBytesPerBatch": 17}, [3, 3, 3, 1]),
        # {"Items":["x","x"]} has 19 bytes.
        ({"MaxInputBytesPerBatch": 19}, [2, 2, 2, 2, 2]),
        ({"MaxInputBytesPerBatch": 18}, [1] * 10),
        ({"MaxInputBytesPerBatch": 1}, [1] * 10),
    ],
)
def test_sfn_19_a_batch_has_no_more_items_and_bytes_than_it_may(batcher: dict[str, Any], sizes: list[int]) -> None:
    item: Any = "x" if "MaxItemsPerBatch" not in batcher else 1
    made = list(batches([item] * 10, batcher))
    assert [size for _, size in made] == sizes
    assert [len(value["Items"]) for value, _ in made] == sizes
    limit = batcher.get("MaxInputBytesPerBatch", 10**9)
    assert all(size == 1 or len(json_text(value)) <= limit for value, size in made)


def test_sfn_19_a_batch_carries_the_batch_input() -> None:
    assert list(batches([1], {"BatchInput": {"a": 1}})) == [({"BatchInput": {"a": 1}, "Items": [1]}, 1)]
    assert list(batches([], {"MaxItemsPerBatch": 2})) == []


@pytest.mark.parametrize(
    ("failed", "tolerated", "percentage", "lost"),
    [
        (0, 0, 0, False),
        (1, 0, 0, True),
        (2, 2, 0, False),
        (3, 2, 0, True),
        (5, 0, 50, False),
        (6, 0, 50, True),
        (3, 2, 50, True),
        (6, 9, 50, True),
        (10, 0, 100, False),
    ],
)
def test_sfn_19_more_failures_than_either_limit_tolerates_are_too_many(
    failed: int, tolerated: int, percentage: float, lost: bool
) -> None:
    assert exceeds(failed, 10, tolerated, percentage) is lost


def test_sfn_19_results_are_filed_by_status_and_the_manifest_names_the_files() -> None:
    children = [
        Child(0, {"n": 0}, 1, "a", "arn:a", "SUCCEEDED", output=1, started=NOW, stopped=NOW),
        Child(1, {"n": 1}, 1, "b", "arn:b", "TIMED_OUT", error={"error": "States.Timeout", "cause": None}),
        Child(2, {"n": 2}),
    ]
    files = result_files(children, "arn:machine")
    assert sorted(files) == ["FAILED_0.json", "PENDING_0.json", "SUCCEEDED_0.json"]
    assert json.loads(files["SUCCEEDED_0.json"]) == [
        {
            "ExecutionArn": "arn:a",
            "Input": '{"n":0}',
            "InputDetails": {"Included": True},
            "Name": "a",
            "StateMachineArn": "arn:machine",
            "Status": "SUCCEEDED",
            "StartDate": "2030-01-15T09:00:00.000Z",
            "StopDate": "2030-01-15T09:00:00.000Z",
            "Output": "1",
            "OutputDetails": {"Included": True},
        }
    ]
    (failed,) = json.loads(files["FAILED_0.json"])
    assert (failed["Status"], failed["Error"], "Cause" in failed) == ("TIMED_OUT", "States.Timeout", False)
    listed = json.loads(manifest("bucket", "arn:run", {"p/id/SUCCEEDED_0.json": 9}))
    assert listed == {
        "DestinationBucket": "bucket",
        "MapRunArn": "arn:run",
        "ResultFiles": {"FAILED": [], "PENDING": [], "SUCCEEDED": [{"Key": "p/id/SUCCEEDED_0.json", "Size": 9}]},
    }
