"""This file decides how log events reach the destination of a subscription filter, a function or Kinesis stream. CW-19

What AWS says of it: a filter sees new events only, a batch goes out as base64 of gzip, Lambda is invoked
asynchronously, a stream gets a control message when the filter is made; what may pass is tried again for a day, and
what does not is lost ("Real-time processing of log data with subscriptions", "Log group-level subscription filters").
Nothing detects a function that is fed its own log: Lambda's loop detection does not see this way (LAM-24).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.deliver.targets import Targets, Undeliverable
from harness.guard import role_doors
from harness.guard.service_doors import logs_sender, may_deliver
from harness.kernel.scheduler import Kernel
from harness.vendor import logs_patterns
from harness.vendor.logs_filters import LogEvent, Logged, Subscription
from harness.vendor.logs_values import Match
from harness.world.functions import Functions

DELAYS_S = (1.0, 5.0, 30.0)
_TRIED_FOR_S = 86_400
_LONGEST_WAIT_S = 300
# Of what is sent, before base64: a function's asynchronous event is 256 KB at most where it is oldest.
_MOST_BYTES = 180_000
_NOT_EXECUTED = (
    "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your "
    "function."
)
_NOT_DELIVERED = "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is "
_PASSES = ("ProvisionedThroughputExceededException", "ThrottlingException", "InternalFailureException")


class LogSubscriptions:
    """CloudWatch Logs' side of subscription filters."""

    def __init__(self, kernel: Kernel, targets: Targets, functions: Functions, client: Callable[[str], Any]) -> None:
        self._kernel = kernel
        self._targets = targets
        self._functions = functions
        self._client = client

    # -- what a filter is made of --------------------------------------------------------------------

    def destination_problem(self, group_arn: str, destination_arn: str, role_arn: str | None) -> str | None:
        """In what words AWS would refuse this destination; None if it would take it."""
        kind = destination_arn.split(":")[2] if destination_arn.count(":") > 4 else ""
        if kind == "lambda":
            known = self._functions.find(destination_arn) is not None
            let_in = known and may_deliver(logs_sender(group_arn), destination_arn).allowed
            return None if let_in else _NOT_EXECUTED
        if kind == "kinesis":
            if role_arn is None:
                return "destinationArn for vendor kinesis cannot be used without roleArn"
            if not self._stream_is_there(destination_arn):
                return f"{_NOT_DELIVERED}in ACTIVE state."
            verdict = role_doors.may(role_arn, "kinesis:PutRecord", destination_arn)
            return None if verdict.allowed else f"{_NOT_DELIVERED}in ACTIVE state. ({verdict.reason})"
        return (
            f"[HARNESS] Nothing here carries log events to {kind or 'such a destination'} ({destination_arn}); they go "
            "to functions and Kinesis streams. AWS may know it."
        )

    def _stream_is_there(self, stream_arn: str) -> bool:
        try:
            self._client("kinesis").describe_stream_summary(StreamARN=stream_arn)
        except (ClientError, BotoCoreError):
            return False
        return True

    def on_subscribed(self, group_arn: str, subscription: Subscription) -> None:
        """A new filter: a stream gets a control message."""
        if subscription.destination_arn.split(":")[2] != "kinesis":
            return
        event = {
            "id": "",
            "timestamp": self._kernel.clock.now_us // 1000,
            "message": "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.",
        }
        body = _packed(
            {
                "messageType": "CONTROL_MESSAGE",
                "owner": "CloudwatchLogs",
                "logGroup": "",
                "logStream": "",
                "subscriptionFilters": [],
                "logEvents": [event],
            }
        )
        key = self._kernel.decisions.hex("partition key of log events", 32)
        self._client("kinesis").put_record(StreamARN=subscription.destination_arn, Data=body, PartitionKey=key)

    # -- what it does --------------------------------------------------------------------------------

    def on_logged(self, logged: Logged) -> None:
        """Send the events that a filter lets pass on their way, filter by filter."""
        for subscription in logged.subscriptions:
            match = logs_patterns.parse(subscription.pattern)
            found = [(event, matched) for event in logged.events if (matched := match(event.message)) is not None]
            if not found:
                continue
            delivery = _Delivery(self, logged, subscription, found)
            name = self._kernel.trace.name
            way = f"{name(_group(logged.group_arn))}→{name(subscription.destination_arn)}"
            task = self._kernel.spawn(delivery.run, name=f"log events {way}")
            # The trace header does not come along.
            task.trace_header = None


class _Delivery:
    """What one filter found in one batch of events, on its way."""

    def __init__(
        self,
        owner: LogSubscriptions,
        logged: Logged,
        subscription: Subscription,
        found: Sequence[tuple[LogEvent, Match]],
    ) -> None:
        self._kernel = owner._kernel
        self._targets = owner._targets
        self._client = owner._client
        self._logged = logged
        self._subscription = subscription
        self._found = found

    def run(self) -> None:
        """Deliver, in as many pieces as it takes."""
        kernel = self._kernel
        cause = kernel.require_current().cause
        kernel.sleep(kernel.decisions.choose("logs delivery delay", DELAYS_S))
        for count, body in self._bodies(self._found):
            kernel.require_current().cause = cause
            self._try(count, body)

    def _bodies(self, found: Sequence[tuple[LogEvent, Match]]) -> Iterator[tuple[int, bytes]]:
        body = _packed(
            {
                "messageType": "DATA_MESSAGE",
                "owner": self._logged.group_arn.split(":")[4],
                "logGroup": _group(self._logged.group_arn),
                "logStream": self._logged.stream,
                "subscriptionFilters": [self._subscription.name],
                "logEvents": [_shown(event, match) for event, match in found],
            }
        )
        if len(body) <= _MOST_BYTES or len(found) == 1:
            yield len(found), body
            return
        middle = len(found) // 2
        yield from self._bodies(found[:middle])
        yield from self._bodies(found[middle:])

    def _try(self, count: int, body: bytes) -> None:
        kernel, wait_s = self._kernel, 1.0
        until_us = kernel.clock.now_us + _TRIED_FOR_S * 1_000_000
        while True:
            try:
                self._deliver(count, body)
            except Undeliverable as problem:
                if not problem.server_side or kernel.clock.now_us >= until_us:
                    kernel.emit(
                        "deliver",
                        "dropped",
                        self._subscription.destination_arn,
                        reason=problem.reason,
                        group=_group(self._logged.group_arn),
                    )
                    return
            else:
                return
            kernel.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    def _deliver(self, count: int, body: bytes) -> None:
        arn = self._subscription.destination_arn

        def accepted() -> None:
            self._kernel.require_current().cause = self._kernel.emit(
                "deliver",
                "subscribed",
                arn,
                group=_group(self._logged.group_arn),
                filter=self._subscription.name,
                events=count,
            )

        if arn.split(":")[2] == "lambda":
            text = json.dumps({"awslogs": {"data": base64.b64encode(body).decode()}})
            self._targets.deliver(arn, text, sender=logs_sender(self._logged.group_arn), on_accepted=accepted)
            return
        verdict = role_doors.may(str(self._subscription.role_arn), "kinesis:PutRecord", arn)
        if not verdict.allowed:
            raise Undeliverable(verdict.reason)
        accepted()
        try:
            self._client("kinesis").put_record(StreamARN=arn, Data=body, PartitionKey=self._partition_key())
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise Undeliverable(str(error), server_side=code in _PASSES) from None

    def _partition_key(self) -> str:
        if self._subscription.by_stream:
            return hashlib.md5(self._logged.stream.encode(), usedforsecurity=False).hexdigest()
        return self._kernel.decisions.hex("partition key of log events", 32)


def _shown(event: LogEvent, match: Match) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": event.id, "timestamp": event.at_ms, "message": event.message}
    if match.delimited:
        shown["extractedFields"] = {name.removeprefix("$"): value for name, value in match.extracted.items()}
    return shown


def _packed(content: dict[str, Any]) -> bytes:
    # Without a time in it, so that the same events are the same bytes.
    return gzip.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)


def _group(group_arn: str) -> str:
    return group_arn.split(":", 6)[6]
