"""This file decides what SNS accepts as a publication, and who is subscribed to what.

Upstream: moto 5.2.5 delivers to the subscribers inside ``Publish``, to the first 100 only, signs each message with a
fresh RSA key, and raises a subscriber's error to the publisher. Why that can't stay: publishing returns before any
delivery (SNS-10), and a subscriber's fault is not the publisher's (SNS-08). It also accepts subjects, empty messages
and sizes that AWS refuses (SNS-14 to SNS-17), and entries of a batch that fail are forgotten (SNS-24).
What we do: check as AWS does, then hand the publication up with the subscriptions of that moment. Delivery is not
decided here. Platform endpoints and phone numbers stay moto's.
Since: moto 2.x. Not needed any more when: moto publishes asynchronously.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.sns import models
from moto.sns.exceptions import (
    BatchEntryIdsNotDistinct,
    InvalidParameterValue,
    SNSException,
    TooManyEntriesInBatchRequest,
    TopicNotFound,
)
from moto.sns.models import SNSBackend, Topic, sns_backends
from moto.sns.responses import SNSResponse

from harness.kernel.scheduler import Kernel
from harness.vendor import sns_filter_changes
from harness.vendor.patches import Patches
from harness.vendor.sns_fifo import Deduplication, fifo_ids

DEFAULT_MAXIMUM_MESSAGE_SIZE_BYTES = 262_144
_MOST_ENTRIES = 10
# moto's own record of what was sent; nobody here reads it.
_SENT_KEPT = 1000
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


class PublishRefused(Exception):
    """SNS refuses a publication; ``code`` and the text are AWS's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription as it stood when a message was published."""

    arn: str
    topic_arn: str
    protocol: str
    endpoint: str
    confirmed: bool = True
    raw: bool = False
    filter_policy: Mapping[str, Any] | None = None
    filter_scope: str = "MessageAttributes"
    dead_letter_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """One accepted message and who was subscribed then.

    ``attributes`` is in SNS's own form: name to ``{"Type": ..., "Value": ...}``, binary values in base 64.
    ``by_protocol`` holds the texts of a ``MessageStructure`` of json, else None. ``sequence_number`` and
    ``deduplication_id`` are a FIFO topic's.
    """

    message_id: str
    topic_arn: str
    message: str
    subject: str | None
    attributes: Mapping[str, Mapping[str, str]]
    subscriptions: tuple[Subscription, ...]
    by_protocol: Mapping[str, str] | None = None
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None

    def text_for(self, protocol: str) -> str:
        """What a subscriber of this protocol is sent."""
        if self.by_protocol is None:
            return self.message
        return self.by_protocol.get(protocol) or self.by_protocol["default"]


def _backend(arn: str) -> SNSBackend:
    pieces = arn.split(":")
    return sns_backends[pieces[4]][pieces[3]]


def topic_exists(topic_arn: str) -> bool:
    """Whether there is such a topic."""
    return topic_arn in _backend(topic_arn).topics


def publish(
    topic_arn: str,
    message: str,
    *,
    subject: str | None = None,
    attributes: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """Publish as an AWS service does, without a request; returns the message id.

    Raises:
        PublishRefused: there is no such topic, or the message is not one that SNS accepts.
    """
    try:
        return _backend(topic_arn).publish(
            message, topic_arn, subject=subject, message_attributes=dict(attributes or {})
        )
    except SNSException as refused:
        raise PublishRefused(refused.code, refused.message) from None


def view(found: models.Subscription, now_us: int) -> Subscription:
    """A subscription of moto's as it stands now, with the filter policy that is in force."""
    attributes = found.attributes
    filtered = sns_filter_changes.in_force(found, now_us)
    redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
    return Subscription(
        arn=found.arn,
        topic_arn=found.topic.arn,
        protocol=found.protocol,
        endpoint=found.endpoint,
        confirmed=not attributes.get("PendingConfirmation"),
        raw=bool(attributes.get("RawMessageDelivery")),
        filter_policy=filtered.policy,
        filter_scope=filtered.scope,
        dead_letter_arn=redrive.get("deadLetterTargetArn"),
    )


def apply(patches: Patches, kernel: Kernel, *, on_publish: Callable[[Publication], None]) -> None:
    """Hand publications to ``on_publish``."""
    seen = Deduplication(kernel)

    def publish_to(
        self: SNSBackend,
        message: str,
        arn: str | None,
        phone_number: str | None = None,
        subject: str | None = None,
        message_attributes: dict[str, Any] | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        message_structure: str | None = None,
    ) -> str:
        if phone_number or arn is None or ":endpoint/" in arn:
            return str(original_publish(self, message, arn, phone_number, subject, message_attributes))
        topic = self.topics.get(arn)
        if topic is None:
            raise TopicNotFound
        attributes = message_attributes or {}
        check(topic, message, subject, attributes)
        by_protocol = _structured(message, message_structure)
        deduplication_id = fifo_ids(topic, message, group_id, deduplication_id)
        by_group = str(getattr(topic, "fifo_throughput_scope", "Topic")) == "MessageGroup"
        scope = (arn, group_id if by_group else None)
        earlier = seen.find(scope, deduplication_id)
        if earlier is not None:
            return earlier
        message_id = kernel.decisions.uuid("sns message id")
        sequence_number = seen.remember(scope, deduplication_id, message_id) if topic.fifo_topic else None
        topic.sent_notifications.append((message_id, message, subject, attributes, group_id))
        del topic.sent_notifications[:-_SENT_KEPT]
        subscriptions = tuple(view(s, kernel.clock.now_us) for s in self.subscriptions.values() if s.topic is topic)
        on_publish(
            Publication(
                message_id=message_id,
                topic_arn=arn,
                message=message,
                subject=subject,
                attributes=attributes,
                subscriptions=subscriptions,
                by_protocol=by_protocol,
                group_id=group_id,
                deduplication_id=deduplication_id,
                sequence_number=sequence_number,
            )
        )
        return message_id

    def publish_batch(
        self: SNSBackend, topic_arn: str, publish_batch_request_entries: list[dict[str, Any]]
    ) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
        entries = publish_batch_request_entries
        topic = self.get_topic(topic_arn)
        _check_batch(topic, entries)
        successful: list[dict[str, str]] = []
        failed: list[dict[str, Any]] = []
        for entry in entries:
            try:
                message_id = publish_to(
                    self,
                    entry["Message"],
                    topic_arn,
                    subject=entry.get("Subject"),
                    message_attributes=entry.get("MessageAttributes"),
                    group_id=entry.get("MessageGroupId"),
                    deduplication_id=entry.get("MessageDeduplicationId"),
                    message_structure=entry.get("MessageStructure"),
                )
            except SNSException as refused:
                failed.append(
                    {"Id": entry["Id"], "Code": refused.code, "Message": refused.message, "SenderFault": True}
                )
            else:
                successful.append({"Id": entry["Id"], "MessageId": message_id, **seen.numbered(message_id)})
        return successful, failed

    def answer_publish(self: SNSResponse) -> Any:
        answer = original_answer(self)
        answer.result.update(seen.numbered(answer.result["MessageId"]))
        return answer

    original_publish = patches.put(SNSBackend, "publish", publish_to)
    patches.put(SNSBackend, "publish_batch", publish_batch)
    original_answer = patches.put(SNSResponse, "publish", answer_publish)


def check(topic: Topic, message: str | None, subject: str | None, attributes: Mapping[str, Any]) -> None:
    """Refuse what AWS refuses.

    Raises:
        InvalidParameterValue: with AWS's text.
    """
    if not message:
        raise InvalidParameterValue("Invalid parameter: Empty message")  # SNS-16
    if subject is not None:
        # Cc: control characters; Zl and Zp: line and paragraph separators. SNS-15
        broken = any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in subject)
        if not 0 < len(subject) < 100 or broken:
            raise InvalidParameterValue("Invalid parameter: Subject")
    if size_bytes(message, attributes) > _limit(topic):
        raise InvalidParameterValue("Invalid parameter: Message too long")  # SNS-14


def _check_batch(topic: Topic, entries: list[dict[str, Any]]) -> None:
    # SNS-24: what is wrong with the batch itself, nobody is sent anything.
    ids = [entry["Id"] for entry in entries]
    if not entries:
        raise SNSException("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > _MOST_ENTRIES:
        raise TooManyEntriesInBatchRequest
    if not all(_ENTRY_ID.fullmatch(i) for i in ids):
        text = "The Id of a batch entry in a batch request doesn't abide by the specification."
        raise SNSException("InvalidBatchEntryId", text)
    if len(set(ids)) < len(ids):
        raise BatchEntryIdsNotDistinct
    if sum(size_bytes(e["Message"], e.get("MessageAttributes") or {}) for e in entries) > _limit(topic):
        text = "The length of all the messages put together is more than the limit."
        raise SNSException("BatchRequestTooLong", text)  # SNS-14
    if topic.fifo_topic:
        for entry in entries:
            fifo_ids(topic, entry["Message"], entry.get("MessageGroupId"), entry.get("MessageDeduplicationId"))


def size_bytes(message: str, attributes: Mapping[str, Any]) -> int:
    """What SNS counts: the UTF-8 of the message and of each attribute's name, type and value."""
    total = len(message.encode())
    for name, attribute in attributes.items():
        value = str(attribute["Value"])
        length = len(base64.b64decode(value)) if attribute["Type"].startswith("Binary") else len(value.encode())
        total += len(name.encode()) + len(attribute["Type"].encode()) + length
    return total


def _limit(topic: Topic) -> int:
    return int(getattr(topic, "maximum_message_size", None) or DEFAULT_MAXIMUM_MESSAGE_SIZE_BYTES)


def _structured(message: str, structure: str | None) -> dict[str, str] | None:
    # SNS-17: refused before anybody is sent anything.
    if structure is None:
        return None
    if structure != "json":
        raise InvalidParameterValue("Invalid parameter: MessageStructure")
    try:
        texts = json.loads(message)
    except ValueError:
        text = "Invalid parameter: Message Structure - JSON message body failed to parse"
        raise InvalidParameterValue(text) from None
    if not isinstance(texts, dict) or not isinstance(texts.get("default"), str):
        raise InvalidParameterValue("Invalid parameter: Message Structure - No default entry in JSON message body")
    return {protocol: text for protocol, text in texts.items() if isinstance(text, str)}
