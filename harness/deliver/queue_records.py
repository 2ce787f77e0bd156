"""This file decides how a batch of messages looks to a function, and what the function's answer says of each.

Waiting, invoking and deleting are ``queue_poller.py``'s business.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.deliver.patterns import matches
from harness.vendor.sqs_message import Message


def record(message: Message, queue_arn: str) -> dict[str, Any]:
    """One element of ``Records``. ESM-18"""
    found: dict[str, Any] = {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": {name: _attribute(a) for name, a in message.message_attributes.items()},
        "md5OfBody": message.md5_of_body,
    }
    if message.md5_of_message_attributes is not None:
        found["md5OfMessageAttributes"] = message.md5_of_message_attributes
    found["eventSource"] = "aws:sqs"
    found["eventSourceARN"] = queue_arn
    found["awsRegion"] = queue_arn.split(":")[3]
    return found


def _attribute(attribute: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if attribute.get("StringValue") is not None:
        shown["stringValue"] = attribute["StringValue"]
    if attribute.get("BinaryValue") is not None:
        value = attribute["BinaryValue"]
        # moto's query protocol hands the base 64 text on, the JSON protocol the bytes.
        shown["binaryValue"] = base64.b64encode(value).decode() if isinstance(value, bytes) else value
    return {**shown, "stringListValues": [], "binaryListValues": [], "dataType": attribute["DataType"]}


def passes(message: Message, filters: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of the filters lets the message through; with no filter everything passes. ESM-17"""
    return not filters or any(_passes_one(message, pattern) for pattern in filters)


def _passes_one(message: Message, pattern: Mapping[str, Any]) -> bool:
    wanted = pattern.get("body")
    if wanted is None:
        return True
    try:
        body = json.loads(message.body)
    except ValueError:
        body = None
    if isinstance(wanted, dict):
        return matches(wanted, body)
    # A pattern for plain text never matches a JSON body.
    return not isinstance(body, dict | list) and matches({"body": wanted}, {"body": message.body})


def failed_ids(answer: bytes, message_ids: Sequence[str]) -> frozenset[str]:
    """The messages that a partial batch response reports as failed. ESM-15

    Nothing reported (an empty list, object, string or null) means that all succeeded; anything that cannot be
    understood means that all failed.
    """
    everything = frozenset(message_ids)
    if not answer.strip():
        return frozenset()
    try:
        value = json.loads(answer)
    except ValueError:
        return everything
    if not value:
        return frozenset()
    if not isinstance(value, dict):
        return everything
    failures = value.get("batchItemFailures")
    if not failures:
        return frozenset()
    if not isinstance(failures, list):
        return everything
    found = [f.get("itemIdentifier") if isinstance(f, dict) else None for f in failures]
    if not all(isinstance(i, str) and i in everything for i in found):
        return everything
    return frozenset(i for i in found if isinstance(i, str))
