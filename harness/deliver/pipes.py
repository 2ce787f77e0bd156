"""This file decides how what lies in a pipe's source reaches its target: filtered, enriched, reshaped, in batches.

It does not poll: a queue is read as a function's mapping reads it (``queue_poller.py``), with a run of the pipe in the
place of the function; another source would hand its records to the same ``PipeRuns``. The rules are those of AWS's
pages "Amazon EventBridge Pipes concepts" and "... input transformation": templates are filled event by event, an empty
answer of the enrichment ends the batch well, a function or state machine gets the batch as a list, everyone else each
event by itself. A run that fails leaves the batch in its queue. All is done in the pipe's role: no policy is asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from harness.deliver.async_events import Invokes
from harness.deliver.event_inputs import at_path, compact, fill, variables
from harness.deliver.event_targets import Delivery, EventTargets
from harness.deliver.queue_poller import QueuePollers
from harness.deliver.targets import Undeliverable
from harness.invoke.result import InvocationResult
from harness.kernel.scheduler import Kernel
from harness.vendor import pipes_pipes
from harness.vendor.lambda_mappings import QueueMapping
from harness.vendor.pipes_pipes import Pipe

_AS_A_LIST = ("lambda", "states")


class Pipes:
    """All pipes that read from a queue."""

    def __init__(self, pollers: QueuePollers) -> None:
        self._pollers = pollers
        self._known: dict[str, None] = {}

    def on_pipe_changed(self, pipe_arn: str) -> None:
        """Read as the pipe says now, or no more."""
        pipe = pipes_pipes.find(pipe_arn)
        if pipe is None:
            if pipe_arn in self._known:
                del self._known[pipe_arn]
                self._pollers.on_mapping_deleted(QueueMapping(pipe_arn, "", pipe_arn))
            return
        given = pipe.source_parameters.get("SqsQueueParameters") or {}
        mapping = QueueMapping(
            uuid=pipe.arn,
            queue_arn=pipe.source,
            function_arn=pipe.arn,
            enabled=pipe.running,
            batch_size=int(given.get("BatchSize") or 10),
            window_s=int(given.get("MaximumBatchingWindowInSeconds") or 0),
            # A pipe's function may always say which messages failed.
            reports_item_failures=True,
            filters=pipe.filters,
        )
        if pipe_arn in self._known:
            self._pollers.on_mapping_updated(mapping)
        else:
            self._known[pipe_arn] = None
            self._pollers.on_mapping_created(mapping)


class PipeRuns:
    """Stands where a poller expects functions: "invoking" a pipe runs it on a batch."""

    def __init__(self, kernel: Kernel, invoker: Invokes, event_targets: EventTargets) -> None:
        self._kernel = kernel
        self._invoker = invoker
        self._event_targets = event_targets

    def invoke(
        self, function_arn: str, payload: bytes, *, request_id: str | None = None, cause: int | None = None
    ) -> InvocationResult:
        """Take the batch through the pipe with this ARN; what comes back is what a function would have answered."""
        pipe = pipes_pipes.find(function_arn)
        run_id = request_id or self._kernel.decisions.uuid("pipe run id")
        if pipe is None:
            return _failed(run_id, "the pipe does not exist")
        events: list[Any] = json.loads(payload)["Records"]
        if pipe.enrichment is not None:
            events = self._shaped(pipe, events, pipe.enrichment_parameters.get("InputTemplate"))
            result = self._invoker.invoke(pipe.enrichment, compact(events).encode(), cause=cause)
            if not result.ok:
                return result
            if result.event_number is not None:
                self._kernel.require_current().cause = result.event_number
            events = _answered(result.value())
            if not events:
                return InvocationResult("succeeded", b"", run_id)
        events = self._shaped(pipe, events, pipe.target_parameters.get("InputTemplate"))
        return self._to_target(pipe, events, run_id)

    def _to_target(self, pipe: Pipe, events: Sequence[Any], run_id: str) -> InvocationResult:
        kind, parameters = pipe.target.split(":")[2], pipe.target_parameters
        calling = (parameters.get("LambdaFunctionParameters") or {}).get("InvocationType", "REQUEST_RESPONSE")
        if kind == "lambda" and calling == "REQUEST_RESPONSE":
            self._started(pipe)
            task = self._kernel.require_current()
            result = self._invoker.invoke(pipe.target, compact(events).encode(), cause=task.cause)
            # Nothing but a list of failures means anything to a pipe.
            says_failures = result.ok and isinstance(result.value(), dict) and "batchItemFailures" in result.value()
            return result if says_failures or not result.ok else InvocationResult("succeeded", b"", run_id)
        texts = [compact(events)] if kind in _AS_A_LIST else [_text(event) for event in events]
        try:
            for text in texts:
                delivery = Delivery(pipe.target, text, _in_the_form_of_a_rule(pipe))
                self._event_targets.deliver(delivery, lambda: self._started(pipe))
        except Undeliverable as problem:
            self._kernel.emit("deliver", "dropped", pipe.target, reason=problem.reason, pipe=pipe.arn)
            return _failed(run_id, problem.reason)
        return InvocationResult("succeeded", b"", run_id)

    def _started(self, pipe: Pipe) -> None:
        self._kernel.require_current().cause = self._kernel.emit("deliver", "routed", pipe.target, pipe=pipe.arn)

    def _shaped(self, pipe: Pipe, events: Sequence[Any], template: str | None) -> list[Any]:
        if not template:
            return list(events)
        now = f"{self._kernel.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        reserved = {
            "aws.pipes.pipe-arn": pipe.arn,
            "aws.pipes.pipe-name": pipe.name,
            "aws.pipes.source-arn": pipe.source,
            "aws.pipes.enrichment-arn": pipe.enrichment or "",
            "aws.pipes.target-arn": pipe.target,
            "aws.pipes.event.ingestion-time": now,
        }
        return [_filled(template, event, reserved) for event in events]


def _filled(template: str, event: Any, reserved: dict[str, Any]) -> Any:
    """The template for one event: a value if it is JSON then, else a text."""
    parsed = _with_body_parsed(event)
    paths = {name: at_path(parsed, name) for name in variables(template) if name.startswith("$")}
    text = fill(template, {**paths, **reserved, "aws.pipes.event": event, "aws.pipes.event.json": parsed})
    try:
        return json.loads(text)
    except ValueError:
        return text


def _with_body_parsed(event: Any) -> Any:
    """AWS's implicit body data parsing: paths reach into a body that is JSON."""
    if not isinstance(event, dict) or not isinstance(event.get("body"), str):
        return event
    try:
        return {**event, "body": json.loads(event["body"])}
    except ValueError:
        return event


def _answered(answer: Any) -> list[Any]:
    """The events that an enrichment answers with: none for an empty answer, one for what is no list."""
    if isinstance(answer, list):
        return answer
    return [answer] if answer else []


def _text(event: Any) -> str:
    return event if isinstance(event, str) else compact(event)


def _in_the_form_of_a_rule(pipe: Pipe) -> dict[str, Any]:
    """The target's parameters, which a pipe names after the service and a rule does not."""
    given = pipe.target_parameters
    bus = given.get("EventBridgeEventBusParameters") or {}
    # Unless it is told, a pipe signs as itself.
    named = {
        "Source": bus.get("Source") or f"Pipe {pipe.name}",
        "DetailType": bus.get("DetailType") or _detail_type(pipe),
    }
    return {
        "SqsParameters": given.get("SqsQueueParameters"),
        "KinesisParameters": given.get("KinesisStreamParameters"),
        "EventBridgeParameters": named,
    }


def _detail_type(pipe: Pipe) -> str:
    return f"Event from aws:{pipe.source.split(':')[2]}"


def _failed(run_id: str, reason: str) -> InvocationResult:
    return InvocationResult("failed", json.dumps({"errorMessage": reason}).encode(), run_id)
