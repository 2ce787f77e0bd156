"""This file decides how what was read from a pipe's source reaches its target: enriched, reshaped, in batches.

It neither reads nor filters: whoever polls the source (``pipes.py``) has a run of the pipe in the place of a function.
The rules are those of AWS's pages "Amazon EventBridge Pipes concepts", "... input transformation" and "... batching and
concurrency": templates are filled event by event, an empty answer of the enrichment ends the batch well, a function or
state machine gets the batch as a list, everyone else each event by itself. A run that fails leaves the batch where it
was read; without an enrichment, only what the target did not take. All is done in the pipe's role, whose policies are
asked: no resource's is.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.deliver.async_events import Invokes
from harness.deliver.event_inputs import at_path, compact, fill, text_at, variables
from harness.deliver.event_targets import Delivery, EventTargets
from harness.deliver.targets import Undeliverable
from harness.guard import role_doors
from harness.invoke.result import InvocationResult
from harness.kernel.scheduler import Kernel
from harness.vendor import pipes_pipes
from harness.vendor.pipes_pipes import Pipe

_AS_A_LIST = ("lambda", "states")


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
        records = [_flat(record, pipe) for record in json.loads(payload)["Records"]]
        events: list[Any] = records
        if pipe.enrichment is not None:
            events = self._shaped(pipe, events, pipe.enrichment_parameters.get("InputTemplate"))
            result = self._called(pipe, pipe.enrichment, events, cause)
            if not result.ok:
                return result
            events = _answered(result.value())
            if not events:
                return InvocationResult("succeeded", b"", run_id)
        payloads, events = events, self._shaped(pipe, events, pipe.target_parameters.get("InputTemplate"))
        kind = pipe.target.split(":")[2]
        if kind in _AS_A_LIST and pipe.waits_for_target:
            self._started(pipe)
            result = self._called(pipe, pipe.target, events, self._kernel.require_current().cause)
            # Nothing but a list of failures means anything to a pipe.
            says_failures = result.ok and isinstance(result.value(), dict) and "batchItemFailures" in result.value()
            return result if says_failures or not result.ok else InvocationResult("succeeded", b"", run_id)
        if kind in _AS_A_LIST:
            return self._delivered(pipe, [(compact(events), payloads)], records, run_id)
        texts = [_text(event) for event in events]
        return self._delivered(pipe, list(zip(texts, payloads, strict=True)), records, run_id)

    def _called(self, pipe: Pipe, arn: str, events: Sequence[Any], cause: int | None) -> InvocationResult:
        """The answer of a function or of an Express state machine that the pipe waits for."""
        text = compact(events)
        refused = role_doors.refused_to_deliver(pipe.role_arn, arn, waits=True)
        if refused is not None:
            self._kernel.emit("deliver", "dropped", arn, reason=refused.reason, pipe=pipe.arn)
            return _failed(self._kernel.decisions.uuid("pipe run id"), refused.reason)
        if arn.split(":")[2] == "lambda":
            result = self._invoker.invoke(arn, text.encode(), cause=cause)
        else:
            result = self._ran(arn, text)
        if result.event_number is not None:
            self._kernel.require_current().cause = result.event_number
        if not result.ok and result.ending == "failed" and ":states:" in arn:
            self._kernel.emit("deliver", "dropped", arn, reason=result.value()["errorMessage"], pipe=pipe.arn)
        return result

    def _ran(self, state_machine_arn: str, text: str) -> InvocationResult:
        run_id = self._kernel.decisions.uuid("pipe execution id")
        try:
            ran = self._event_targets.run_to_its_end(state_machine_arn, text)
        except Undeliverable as problem:
            return _failed(run_id, problem.reason)
        if ran["status"] != "SUCCEEDED":
            return _failed(run_id, f"the execution ended {ran['status']}: {ran.get('error', 'without an error')}")
        return InvocationResult("succeeded", ran["output"].encode(), run_id)

    def _delivered(
        self, pipe: Pipe, sent: Sequence[tuple[str, Any]], records: Sequence[Mapping[str, Any]], run_id: str
    ) -> InvocationResult:
        """Send each text with the payload it was made from, which the target's parameters may point into."""
        for number, (text, payload) in enumerate(sent):
            parameters = _in_the_form_of_a_rule(pipe, payload)
            try:
                delivery = Delivery(pipe.target, text, parameters, role_arn=pipe.role_arn)
                self._event_targets.deliver(delivery, lambda: self._started(pipe))
            except Undeliverable as problem:
                self._kernel.emit("deliver", "dropped", pipe.target, reason=problem.reason, pipe=pipe.arn)
                if not number or pipe.enrichment is not None:
                    return _failed(run_id, problem.reason)
                left = [{"itemIdentifier": _identity(record)} for record in records[number:]]
                return InvocationResult("succeeded", compact({"batchItemFailures": left}).encode(), run_id)
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
    parsed = _with_content_parsed(event)
    paths = {name: at_path(parsed, name) for name in variables(template) if name.startswith("$")}
    text = fill(template, {**paths, **reserved, "aws.pipes.event": event, "aws.pipes.event.json": parsed})
    try:
        return json.loads(text)
    except ValueError:
        return text


def _flat(record: Mapping[str, Any], pipe: Pipe) -> dict[str, Any]:
    """A record as a pipe gives it: Kinesis's own part stands beside the rest, not inside of it.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html (looked at 2026-11)
    """
    if "kinesis" not in record:
        return dict(record)
    rest = {name: value for name, value in record.items() if name != "kinesis"}
    return {**record["kinesis"], **rest, "invokeIdentityArn": pipe.role_arn}


def _identity(record: Mapping[str, Any]) -> str:
    """What a failed record is reported by: a message's id, a stream record's number."""
    own = record.get("messageId") or record.get("sequenceNumber") or record["dynamodb"]["SequenceNumber"]
    return str(own)


def _with_content_parsed(event: Any) -> Any:
    """AWS's implicit body data parsing: paths reach into a body that is JSON, and into a record's data."""
    if not isinstance(event, dict):
        return event
    if isinstance(event.get("body"), str):
        return {**event, "body": _parsed(event["body"])}
    if event.get("eventSource") == "aws:kinesis" and isinstance(event.get("data"), str):
        return {**event, "data": _parsed(base64.b64decode(event["data"]).decode(errors="replace"))}
    return event


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _answered(answer: Any) -> list[Any]:
    """The events that an enrichment answers with: none for an empty answer, one for what is no list."""
    if isinstance(answer, list):
        return answer
    return [answer] if answer else []


def _text(event: Any) -> str:
    return event if isinstance(event, str) else compact(event)


def _in_the_form_of_a_rule(pipe: Pipe, payload: Any) -> dict[str, Any]:
    """The target's parameters, which a pipe names after the service and a rule does not.

    A value that is a path is what it finds in the payload before the target's template, in AWS's words a dynamic path
    parameter: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html (looked at 2026-11)
    """
    given = _with_paths_followed(pipe.target_parameters, _with_content_parsed(payload))
    bus = given.get("EventBridgeEventBusParameters") or {}
    # Unless it is told, a pipe signs as itself.
    named = {
        "Source": bus.get("Source") or f"Pipe {pipe.name}",
        "DetailType": bus.get("DetailType") or _detail_type(pipe),
    }
    return {
        "SqsParameters": given.get("SqsQueueParameters"),
        "KinesisParameters": given.get("KinesisStreamParameters"),
        "HttpParameters": given.get("HttpParameters"),
        "EventBridgeParameters": named,
    }


def _with_paths_followed(given: Any, payload: Any) -> Any:
    if isinstance(given, dict):
        return {name: _with_paths_followed(value, payload) for name, value in given.items()}
    if isinstance(given, list):
        return [_with_paths_followed(value, payload) for value in given]
    return text_at(payload, given) if isinstance(given, str) and given.startswith(("$.", "$[")) else given


def _detail_type(pipe: Pipe) -> str:
    return f"Event from aws:{pipe.source.split(':')[2]}"


def _failed(run_id: str, reason: str) -> InvocationResult:
    return InvocationResult("failed", json.dumps({"errorMessage": reason}).encode(), run_id)
