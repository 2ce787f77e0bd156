"""This file decides how a pipe reads its source: as a function's mapping of the same source does.

A queue is read by ``queue_poller.py``, a stream by ``stream_poller.py``, with a run of the pipe (``pipe_runs.py``) in
the place of the function. Only the settings are a pipe's own: where AWS's API for pipes names them otherwise, they are
put into the mapping's words here. A batch of a stream has 100 records unless the pipe says otherwise, as a mapping's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.deliver.queue_poller import QueuePollers
from harness.deliver.stream_poller import StreamPollers
from harness.kernel.clock import US_PER_S
from harness.vendor import pipes_pipes
from harness.vendor.lambda_mappings import QueueMapping
from harness.vendor.lambda_stream_mappings import StreamMapping
from harness.vendor.pipes_pipes import Pipe


class Pipes:
    """All pipes, by what they read from."""

    def __init__(self, queues: QueuePollers, streams: StreamPollers) -> None:
        self._queues = queues
        self._streams = streams
        # The settings with which each pipe that is read for was last heard of.
        self._known: dict[str, QueueMapping | StreamMapping] = {}

    def on_pipe_changed(self, pipe_arn: str) -> None:
        """Read as the pipe says now, or no more."""
        pipe, before = pipes_pipes.find(pipe_arn), self._known.pop(pipe_arn, None)
        if pipe is None:
            if isinstance(before, QueueMapping):
                self._queues.on_mapping_deleted(before)
            elif before is not None:
                self._streams.on_mapping_deleted(before)
            return
        if pipe.source_kind == "sqs":
            self._known[pipe_arn] = queue = _of_queue(pipe)
            (self._queues.on_mapping_created if before is None else self._queues.on_mapping_updated)(queue)
        else:
            self._known[pipe_arn] = stream = _of_stream(pipe)
            (self._streams.on_mapping_created if before is None else self._streams.on_mapping_updated)(stream)


def _of_queue(pipe: Pipe) -> QueueMapping:
    given = pipe.reading
    return QueueMapping(
        uuid=pipe.arn,
        queue_arn=pipe.source,
        function_arn=pipe.arn,
        enabled=pipe.running,
        batch_size=int(given.get("BatchSize") or 10),
        window_s=int(given.get("MaximumBatchingWindowInSeconds") or 0),
        # A pipe's target may always say which messages failed.
        reports_item_failures=True,
        filters=pipe.filters,
    )


def _of_stream(pipe: Pipe) -> StreamMapping:
    given = pipe.reading
    at = given.get("StartingPositionTimestamp")
    return StreamMapping(
        uuid=pipe.arn,
        stream_arn=pipe.source,
        function_arn=pipe.arn,
        starts_at=str(given.get("StartingPosition")),
        starts_us=None if at is None else round(float(at) * US_PER_S),
        enabled=pipe.running,
        batch_size=int(given.get("BatchSize") or 100),
        window_s=int(given.get("MaximumBatchingWindowInSeconds") or 0),
        retries=_limit(given, "MaximumRetryAttempts"),
        maximum_age_s=_limit(given, "MaximumRecordAgeInSeconds"),
        bisects=given.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
        lanes=int(given.get("ParallelizationFactor") or 1),
        reports_item_failures=True,
        on_failure_arn=(given.get("DeadLetterConfig") or {}).get("Arn"),
        filters=pipe.filters,
    )


def _limit(given: Mapping[str, Any], name: str) -> int | None:
    """A number of which -1 stands for "without end"."""
    value = given.get(name)
    return None if value is None or int(value) < 0 else int(value)
