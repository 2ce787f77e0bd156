"""This file decides how something reaches a queue, a topic or a function by its ARN, and what it means if it cannot.

Who gets what, when and how often is not decided here. Every engine delivers through this one object, so a target that
is missing, or that does not let the sender in, looks the same from S3, SNS and Lambda.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.exceptions import ClientError

from harness.guard.service_doors import Sender, may_deliver
from harness.vendor import sns_publish
from harness.vendor.sns_publish import PublishRefused
from harness.vendor.sqs_errors import QueueError
from harness.world.functions import Functions

# SQS's own form: name to {"DataType": ..., "StringValue" or "BinaryValue": ...}.
Attributes = Mapping[str, Mapping[str, Any]]


class Undeliverable(Exception):
    """A delivery failed. A ``server_side`` failure may pass and is worth retrying; a client's is not.

    ``code`` is EventBridge's word for it, which its dead letters carry. EVB-02
    """

    def __init__(self, reason: str, *, server_side: bool = False, code: str = "ERROR_FROM_TARGET") -> None:
        super().__init__(reason)
        self.reason = reason
        self.server_side = server_side
        self.code = code


class Sendable(Protocol):
    """What is needed of a queue here."""

    def send(
        self,
        body: str,
        *,
        message_attributes: Attributes | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
    ) -> Any:
        """Put a message into the queue."""


class Submits(Protocol):
    """What is needed of the asynchronous events here."""

    def submit(self, function_arn: str, payload: bytes, cause: int | None) -> str:
        """Queue an event for a function."""


class Targets:
    """The queues, topics and functions that engines deliver to.

    ``before`` holds hooks that are called with the target's ARN before each delivery and may raise
    ``Undeliverable``. ``async_events`` is set once it exists: it delivers through this object too. ``put_object`` puts
    an object into a bucket, by AWS's API.
    """

    def __init__(
        self,
        find_queue: Callable[[str], Sendable | None],
        functions: Functions,
        put_object: Callable[[str, str, bytes], None],
    ) -> None:
        self.before: list[Callable[[str], None]] = []
        self.async_events: Submits | None = None
        self._find_queue = find_queue
        self._functions = functions
        self._put_object = put_object

    def store(self, bucket_arn: str, key: str, text: str) -> None:
        """Put a text into a bucket as an object.

        Raises:
            Undeliverable: there is no such bucket, or it refuses.
        """
        try:
            self._put_object(bucket_arn.rpartition(":")[2], key, text.encode())
        except ClientError as error:
            raise Undeliverable(error.response["Error"].get("Message", str(error)), code="NO_RESOURCE") from None

    def _require(self, arn: str, sender: Sender | None) -> None:
        kind = arn.split(":")[2]
        if kind == "sqs" and self._find_queue(arn) is None:
            raise Undeliverable("the queue does not exist", code="NO_RESOURCE")
        if kind == "sns" and not sns_publish.topic_exists(arn):
            raise Undeliverable("the topic does not exist", code="NO_RESOURCE")
        if kind == "lambda" and self._functions.find(arn) is None:
            raise Undeliverable("the function does not exist", code="NO_RESOURCE")
        if kind not in ("sqs", "sns", "lambda"):
            raise Undeliverable(f"nothing is delivered to {kind} here")
        verdict = None if sender is None else may_deliver(sender, arn)
        if verdict is not None and not verdict.allowed:
            raise Undeliverable(verdict.reason, code="NO_PERMISSIONS")  # a client's error: SNS-08

    def deliver(
        self,
        arn: str,
        text: str,
        *,
        subject: str | None = None,
        attributes: Attributes | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        sender: Sender | None = None,
        on_accepted: Callable[[], None] | None = None,
    ) -> None:
        """Send to a queue, publish to a topic, or hand to a function asynchronously.

        ``sender`` is the service that the target's policy must let in; without one, a role sends.
        ``on_accepted`` is called once the target is found to be there and open, before it is given anything: what the
        target does then follows from what is emitted there.

        Raises:
            Undeliverable: the target is not there, does not let the sender in, or refuses.
        """
        for hook in self.before:
            hook(arn)
        self._require(arn, sender)
        if on_accepted is not None:
            on_accepted()
        kind = arn.split(":")[2]
        try:
            if kind == "sqs":
                queue = self._find_queue(arn)
                assert queue is not None
                queue.send(text, message_attributes=attributes, group_id=group_id, deduplication_id=deduplication_id)
            elif kind == "sns":
                sns_publish.publish(arn, text, subject=subject, attributes=_in_sns_form(attributes))
            else:
                assert self.async_events is not None
                self.async_events.submit(arn, text.encode(), None)
        except (QueueError, PublishRefused) as refused:
            raise Undeliverable(str(refused)) from None


def _in_sns_form(attributes: Attributes | None) -> dict[str, dict[str, str]]:
    return {name: {"Type": a["DataType"], "Value": a["StringValue"]} for name, a in (attributes or {}).items()}
