"""What YAML cannot say well: how the messages were spread over the calls of the processor."""

from __future__ import annotations

from typing import Any


def sizes_are_5_1_1(pipeline: Any) -> None:
    sizes = [
        len(event.detail["messages"])
        for event in pipeline.events
        if event.station == "deliver" and event.what == "polled" and event.who == "CsvProcessor"
    ]
    assert sizes == [5, 1, 1], f"the batches had {sizes} messages"
