"""This file decides how each call of the SQS API that touches messages is answered: single, batch, long poll.

These functions stand in for methods of moto's ``SQSBackend`` and ``SQSResponse`` (``sqs_queue.apply`` puts
them there) and keep their signatures. They do not decide anything about messages: they ask the engine.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import greenlet
from moto.core.responses import ActionResult
from moto.sqs import models
from moto.sqs.exceptions import SQSException

from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.vendor.sqs_checks import check_between
from harness.vendor.sqs_errors import QueueError
from harness.vendor.sqs_message import Message, size_bytes

if TYPE_CHECKING:
    from moto.sqs.models import SQSBackend
    from moto.sqs.responses import SQSResponse

MAXIMUM_BATCH_ENTRIES = 10
MAXIMUM_BATCH_BYTES = 1_048_576
_BATCH_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")

F = TypeVar("F", bound=Callable[..., Any])


def refusing(call: F) -> F:
    """The call, with the engine's refusals turned into moto's."""

    @functools.wraps(call)
    def refuse(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except QueueError as error:
            raise SQSException(error.code, error.message) from None

    return refuse  # type: ignore[return-value]


# -- sending --------------------------------------------------------------------------------------


@refusing
def send_message(
    self: SQSBackend,
    queue_name: str,
    message_body: str,
    message_attributes: dict[str, Any] | None = None,
    delay_seconds: int | None = None,
    deduplication_id: str | None = None,
    group_id: str | None = None,
    system_attributes: dict[str, Any] | None = None,
    validate_group_id: bool = True,
) -> models.Message:
    """Send one message; S3, SNS and EventBridge inside moto come here too."""
    message = _engine(self, queue_name).send(
        message_body,
        message_attributes=message_attributes,
        system_attributes=system_attributes,
        delay_s=None if delay_seconds is None else int(delay_seconds),
        group_id=group_id,
        deduplication_id=deduplication_id,
    )
    return _as_sent(message)


def _as_sent(message: Message) -> models.Message:
    """What moto's response to a send is made from."""
    sent = models.Message(message.message_id, message.body)
    sent.message_attributes = dict(message.message_attributes)
    sent.sequence_number = message.sequence_number
    return sent


@refusing
def send_message_batch(
    self: SQSBackend, queue_name: str, entries: dict[str, dict[str, Any]]
) -> tuple[list[models.Message], list[dict[str, Any]]]:
    """Send up to ten messages; a bad one fails alone, and nothing is sent if the batch is refused. SQS-16"""
    engine = _engine(self, queue_name)
    listed = list(entries.values())
    _check_batch([entry["Id"] for entry in listed])
    total = sum(size_bytes(entry["MessageBody"], entry["MessageAttributes"] or {}) for entry in listed)
    if total > MAXIMUM_BATCH_BYTES:
        raise QueueError(
            "AWS.SimpleQueueService.BatchRequestTooLong",
            f"Batch requests cannot be longer than {MAXIMUM_BATCH_BYTES} bytes. You have sent {total} bytes.",
        )

    def check(entry: Mapping[str, Any]) -> Mapping[str, Any]:
        engine.check(
            entry["MessageBody"],
            entry["MessageAttributes"],
            entry["DelaySeconds"],
            entry.get("MessageGroupId"),
            entry.get("MessageDeduplicationId"),
        )
        return entry

    accepted, failed = _each(listed, check)
    sent = []
    for entry in accepted:
        message = send_message(
            self,
            queue_name,
            entry["MessageBody"],
            message_attributes=entry["MessageAttributes"],
            delay_seconds=entry["DelaySeconds"],
            group_id=entry.get("MessageGroupId"),
            deduplication_id=entry.get("MessageDeduplicationId"),
            system_attributes=entry.get("MessageSystemAttributes"),
        )
        message.user_id = entry["Id"]  # type: ignore[attr-defined]
        sent.append(message)
    return sent, failed


# -- receiving ------------------------------------------------------------------------------------


def receive_message(
    self: SQSBackend,
    queue_name: str,
    count: int,
    wait_seconds_timeout: int,
    visibility_timeout: int | None,
    message_attribute_names: list[str] | None = None,
) -> list[Message]:
    """Messages that are there, or that come within ``wait_seconds_timeout`` of virtual time.

    Only a task waits: a call from outside the run, or from a thread of its own, gets what is there.
    """
    kernel = self.get_queue(queue_name).kernel  # type: ignore[attr-defined]
    until_us = kernel.clock.now_us + wait_seconds_timeout * US_PER_S
    while True:
        engine = _engine(self, queue_name)
        messages: list[Message] = engine.receive(count, visibility_timeout)
        now_us = kernel.clock.now_us
        if messages or now_us >= until_us or not _in_task(kernel):
            break
        # The queue's own timer wakes us, too, when a delay or a visibility timeout ends meanwhile.
        engine.waiters.wait(f"a message in {queue_name}", (until_us - now_us) / US_PER_S)
    for message in messages:
        models._filter_message_attributes(message, message_attribute_names or [])  # type: ignore[arg-type]
    return messages


def _in_task(kernel: Kernel) -> bool:
    return kernel.current is not None and kernel.current.greenlet is greenlet.getcurrent()


@refusing
def receive_message_response(self: SQSResponse) -> ActionResult:
    """The answer to ReceiveMessage, with AWS's texts for values out of range. SQS-12, SQS-06"""
    queue_name = self._get_queue_name()
    queue = self.sqs_backend.get_queue(queue_name)
    count = int(self._get_param("MaxNumberOfMessages", 1))
    check_between(count, "MaxNumberOfMessages", 1, 10)
    wait_s = self._get_param("WaitTimeSeconds")
    wait_s = queue.receive_message_wait_time_seconds if wait_s is None else int(wait_s)  # type: ignore[attr-defined]
    check_between(wait_s, "WaitTimeSeconds", 0, 20)
    messages = receive_message(
        self.sqs_backend,
        queue_name,
        count,
        wait_s,
        self._get_param("VisibilityTimeout"),
        self._get_param("MessageAttributeNames", []),
    )
    wanted = {*self._get_param("AttributeNames", []), *self._get_param("MessageSystemAttributeNames", [])}
    found = [_received(message, wanted) for message in messages]
    return ActionResult({"Messages": found} if found else {})


def _received(message: Message, wanted: set[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt_handle,
        "MD5OfBody": message.md5_of_body,
        "Body": message.body,
    }
    if message.message_attributes:
        result["MessageAttributes"] = message.message_attributes
        result["MD5OfMessageAttributes"] = message.md5_of_message_attributes
    attributes = {name: value for name, value in message.attributes.items() if name in wanted or "All" in wanted}
    if attributes:
        result["Attributes"] = attributes
    return result


# -- deleting, visibility, purge ------------------------------------------------------------------


@refusing
def delete_message(self: SQSBackend, queue_name: str, receipt_handle: str) -> None:
    """Delete by receipt handle. SQS-21, SQS-22"""
    _engine(self, queue_name).delete(receipt_handle)


@refusing
def delete_message_batch(
    self: SQSBackend, queue_name: str, receipts: list[dict[str, Any]]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Delete up to ten messages, each on its own."""
    engine = _engine(self, queue_name)
    _check_batch([entry["Id"] for entry in receipts])
    done, failed = _each(receipts, lambda entry: engine.delete(entry["ReceiptHandle"]) or entry)
    return [entry["Id"] for entry in done], failed


@refusing
def change_message_visibility(self: SQSBackend, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
    """Change when a message in flight becomes visible again. SQS-02"""
    _engine(self, queue_name).change_visibility(receipt_handle, int(visibility_timeout))


@refusing
def change_message_visibility_batch(
    self: SQSBackend, queue_name: str, entries: list[dict[str, Any]]
) -> tuple[list[str], list[dict[str, Any]]]:
    """The same for up to ten messages, each on its own."""
    engine = _engine(self, queue_name)
    _check_batch([entry["Id"] for entry in entries])

    def change(entry: Mapping[str, Any]) -> Mapping[str, Any]:
        engine.change_visibility(entry["ReceiptHandle"], int(entry.get("VisibilityTimeout") or 0))
        return entry

    done, failed = _each(entries, change)
    return [entry["Id"] for entry in done], failed


def requested_visibility_timeout(self: SQSResponse, timeout: str | None = None) -> Any:
    """The timeout as asked for: its range is the engine's business, with AWS's text."""
    return self._get_param("VisibilityTimeout") if timeout is None else int(timeout)


@refusing
def purge_queue(self: SQSBackend, queue_name: str) -> None:
    """Delete every message. SQS-24"""
    _engine(self, queue_name).purge()


# -- batches --------------------------------------------------------------------------------------


def _engine(backend: SQSBackend, queue_name: str) -> Any:
    return backend.get_queue(queue_name).engine  # type: ignore[attr-defined]


def _check_batch(ids: Sequence[str]) -> None:
    prefix = "AWS.SimpleQueueService."
    if len(ids) > MAXIMUM_BATCH_ENTRIES:
        text = f"Maximum number of entries per request are {MAXIMUM_BATCH_ENTRIES}. You have sent {len(ids)}."
        raise QueueError(f"{prefix}TooManyEntriesInBatchRequest", text)
    for index, entry_id in enumerate(ids):
        if not _BATCH_ENTRY_ID.fullmatch(entry_id):
            text = (
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long."
            )
            raise QueueError(f"{prefix}InvalidBatchEntryId", text)
        if entry_id in ids[:index]:
            raise QueueError(f"{prefix}BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")


def _each(
    entries: Sequence[Mapping[str, Any]], do: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[dict[str, Any]]]:
    """The entries for which ``do`` worked, and a failure for each of the others."""
    done, failed = [], []
    for entry in entries:
        try:
            done.append(do(entry))
        except QueueError as error:
            if error.whole_request:
                raise
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.batch_message})
    return done, failed
