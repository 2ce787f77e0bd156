"""This file decides what a queue may be configured to: names, ranges, redrive, FIFO or not.

Everything is checked before anything is set, so a refused call changes nothing. It does not look other
queues up; ``sqs_queue.py`` does, and applies the rules here to what it finds. Raises ``QueueError`` with
AWS's code and, where it is known, AWS's text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from harness.vendor.sqs_errors import QueueError, invalid_value

# SQS-02, SQS-08, SQS-11, SQS-12, SQS-13
_RANGES = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
_BOOLEANS = ("true", "false")
_CHOICES = {
    "ContentBasedDeduplication": _BOOLEANS,
    "DeduplicationScope": ("messageGroup", "queue"),
    "FifoQueue": _BOOLEANS,
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
    "SqsManagedSseEnabled": _BOOLEANS,
}
_FIFO_ONLY = ("ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit")
_TEXTS = ("KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "RedrivePolicy")

DEFAULT_MAX_RECEIVE_COUNT = 10
_MAX_RECEIVE_COUNTS = range(1, 1001)
_REDRIVE_PERMISSIONS = ("allowAll", "denyAll", "byQueue")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


def check_new_queue(name: str, attributes: Mapping[str, Any]) -> None:
    """Name, attributes and queue type of CreateQueue go together. SQS-27

    Raises:
        QueueError: InvalidParameterValue, InvalidAttributeName, InvalidAttributeValue.
    """
    if str(attributes.get("FifoQueue")).lower() == "true":
        stem = name.removesuffix(".fifo")
        if stem == name or not _NAME.fullmatch(stem) or len(name) > 80:
            raise QueueError(
                "InvalidParameterValue",
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
                "must end with .fifo suffix and be 1 to 80 in length.",
            )
    elif not _NAME.fullmatch(name):
        raise QueueError(
            "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        )
    check_attributes(attributes, fifo=name.endswith(".fifo"))


def check_attributes(attributes: Mapping[str, Any], *, fifo: bool) -> None:
    """Every name exists for this type of queue, and every value is in its range. SQS-29

    Raises:
        QueueError: InvalidAttributeName, InvalidAttributeValue.
    """
    for name, value in attributes.items():
        known = name in _RANGES or name in _CHOICES or name in _TEXTS
        if not known or (name in _FIFO_ONLY and not fifo):
            raise QueueError("InvalidAttributeName", f"Unknown Attribute {name}.")
        if name in _RANGES:
            lowest, highest = _RANGES[name]
            usable = re.fullmatch(r"\d+", str(value)) and lowest <= int(value) <= highest
        elif name in _CHOICES:
            usable = str(value) in _CHOICES[name] or str(value).lower() in _CHOICES[name]
        else:
            usable = name != "Policy" or _is_json_object(value)
        if not usable:
            raise QueueError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    if not fifo_stays(attributes):
        text = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."
        raise QueueError("InvalidAttributeValue", text)
    check_redrive_allow_policy(attributes.get("RedriveAllowPolicy"))


def fifo_stays(attributes: Mapping[str, Any]) -> bool:
    """Whether ``FifoQueue``, if given at all, says what the queue is anyway."""
    return str(attributes.get("FifoQueue", "true")).lower() == "true"


def parse_redrive_policy(policy: Any) -> dict[str, Any] | None:
    """The policy with ``maxReceiveCount`` as a number, or None for an empty one. SQS-05

    Raises:
        QueueError: InvalidParameterValue.
    """
    found = _json_object(policy, "RedrivePolicy")
    if not found:
        return None
    if "deadLetterTargetArn" not in found:
        reason = "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."
        raise invalid_value(json.dumps(found), "RedrivePolicy", reason)
    count = found.get("maxReceiveCount", DEFAULT_MAX_RECEIVE_COUNT)
    if not re.fullmatch(r"\d+", str(count)) or int(count) not in _MAX_RECEIVE_COUNTS:
        reason = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
        raise invalid_value(json.dumps(found), "RedrivePolicy", reason)
    return {"deadLetterTargetArn": found["deadLetterTargetArn"], "maxReceiveCount": int(count)}


def check_redrive_allow_policy(policy: Any) -> None:
    """``allowAll``, ``denyAll``, or ``byQueue`` with one to ten source queues. SQS-09

    Raises:
        QueueError: InvalidParameterValue.
    """
    found = _json_object(policy, "RedriveAllowPolicy")
    if not found:
        return
    permission, arns = found.get("redrivePermission"), found.get("sourceQueueArns")
    if permission not in _REDRIVE_PERMISSIONS:
        reason = "redrivePermission must be one of allowAll, denyAll, byQueue."
    elif permission == "byQueue" and not (isinstance(arns, list) and 1 <= len(arns) <= 10):
        reason = "sourceQueueArns must list 1 to 10 queues when redrivePermission is byQueue."
    elif permission != "byQueue" and arns:
        reason = "sourceQueueArns can only be given when redrivePermission is byQueue."
    else:
        return
    raise invalid_value(policy, "RedriveAllowPolicy", reason)


def allows_redrive(policy: str | None, source_arn: str) -> bool:
    """Whether a dead-letter queue with this RedriveAllowPolicy takes messages of ``source_arn``. SQS-09"""
    found = _json_object(policy, "RedriveAllowPolicy") or {"redrivePermission": "allowAll"}
    if found["redrivePermission"] == "byQueue":
        return source_arn in found["sourceQueueArns"]
    return bool(found["redrivePermission"] == "allowAll")


def _is_json_object(text: Any) -> bool:
    try:
        return not text or isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _json_object(text: Any, parameter: str) -> dict[str, Any] | None:
    if isinstance(text, dict) or text is None:
        return text
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise invalid_value(text, parameter, f"{parameter} is not valid JSON.")
    return found
