"""This file decides what a message is: its content, its size in bytes, its MD5s, its system attributes.

It does not decide where a message stands (visible, delayed, in flight); that is ``sqs_engine.py``.
"""

from __future__ import annotations

import copy
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Who sent a message is not modelled; AWS gives the sender's unique id here.
SENDER_ID = "AIDAIT2UOQQY3AUEKVGXU"

MessageAttributes = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True, eq=False)
class Message:
    """One message; what ``receive`` returns is a copy as of that receive.

    Times are microseconds since 1970. ``enqueued_us`` is what retention counts from (SQS-07),
    ``received_us`` the latest receive. ``message_attributes`` and ``system_attributes`` have the API's
    form, ``{name: {"DataType": ..., "StringValue" | "BinaryValue": ...}}``. ``cause`` is the number of
    the trace event "sent". ``number`` is the message's place in its queue's order.
    """

    message_id: str
    body: str
    sent_us: int
    enqueued_us: int
    message_attributes: MessageAttributes = field(default_factory=dict)
    system_attributes: MessageAttributes = field(default_factory=dict)
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    number: int = 0
    receipt_handle: str = ""
    receive_count: int = 0
    first_received_us: int | None = None
    received_us: int | None = None
    dead_letter_source_arn: str | None = None
    cause: int | None = None

    def carry(self, trace_header: str | None) -> None:
        """Take the sender's trace header along, unless the message has one of its own. XR-01"""
        if trace_header is not None and "AWSTraceHeader" not in self.system_attributes:
            header = {"DataType": "String", "StringValue": trace_header}
            self.system_attributes = {**self.system_attributes, "AWSTraceHeader": header}

    @property
    def trace_header(self) -> str | None:
        """X-Ray's header that came with the message."""
        found: str | None = self.system_attributes.get("AWSTraceHeader", {}).get("StringValue")
        return found

    def snapshot(self) -> Message:
        """A copy that later receives do not change."""
        return copy.copy(self)

    @property
    def attributes(self) -> dict[str, str]:
        """The system attributes, all of them, as ReceiveMessage and an event record give them."""
        found = {
            "ApproximateReceiveCount": str(self.receive_count),
            "SentTimestamp": str(self.sent_us // 1000),
            "SenderId": SENDER_ID,
        }
        if self.first_received_us is not None:
            found["ApproximateFirstReceiveTimestamp"] = str(self.first_received_us // 1000)
        for name, value in (
            ("SequenceNumber", self.sequence_number),
            ("MessageGroupId", self.group_id),
            ("MessageDeduplicationId", self.deduplication_id),
            ("DeadLetterQueueSourceArn", self.dead_letter_source_arn),  # SQS-06
            ("AWSTraceHeader", self.trace_header),
        ):
            if value is not None:
                found[name] = value
        return found

    @property
    def md5_of_body(self) -> str:
        """The MD5 that SDKs check, in hexadecimal."""
        return _md5(self.body.encode()).hexdigest()

    @property
    def md5_of_message_attributes(self) -> str | None:
        """The MD5 of the message attributes that SDKs check, or None if there are none."""
        return md5_of_attributes(self.message_attributes) if self.message_attributes else None


def size_bytes(body: str, attributes: MessageAttributes) -> int:
    """The size that SQS counts: UTF-8 of the body and of each attribute's name, type and value. SQS-13"""
    total = len(body.encode("utf-8", "surrogatepass"))
    for name, attribute in attributes.items():
        total += len(name.encode()) + len(_data_type(attribute).encode()) + len(attribute_value(attribute))
    return total


def attribute_value(attribute: Mapping[str, Any]) -> bytes:
    """The attribute's value as bytes; empty if it has none."""
    value = attribute.get("BinaryValue" if _is_binary(attribute) else "StringValue") or b""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def md5_of_attributes(attributes: MessageAttributes) -> str:
    """AWS's digest: per attribute, by name, the length and bytes of name and type, a kind byte, the value."""
    digest = _md5(b"")
    for name in sorted(attributes):
        attribute = attributes[name]
        for part in (name.encode(), _data_type(attribute).encode()):
            digest.update(struct.pack("!I", len(part)) + part)
        value = attribute_value(attribute)
        kind = b"\x02" if _is_binary(attribute) else b"\x01"
        digest.update(kind + struct.pack("!I", len(value)) + value)
    return digest.hexdigest()


def _is_binary(attribute: Mapping[str, Any]) -> bool:
    return _data_type(attribute).split(".")[0] == "Binary"


def _data_type(attribute: Mapping[str, Any]) -> str:
    return str(attribute.get("DataType") or "")


def _md5(data: bytes) -> hashlib._Hash:
    return hashlib.md5(data, usedforsecurity=False)
