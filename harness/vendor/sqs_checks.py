"""This file decides what SQS accepts as a message: content, size, message attributes, delay, FIFO ids.

It does not decide what a queue may be configured to; that is ``sqs_attributes.py``. Each check raises
``QueueError`` with AWS's code and, where it is known, AWS's text.
"""

from __future__ import annotations

import re
import string
from decimal import Decimal, InvalidOperation

from harness.vendor.sqs_errors import QueueError, invalid_value, missing_parameter
from harness.vendor.sqs_message import MessageAttributes, attribute_value, size_bytes

MAXIMUM_VISIBILITY_TIMEOUT_S = 43_200
MAXIMUM_DELAY_S = 900
MAXIMUM_MESSAGE_ATTRIBUTES = 10
MAXIMUM_ID_LENGTH = 128

_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9_\-.]{1,256}")
_ID_CHARACTERS = frozenset(string.ascii_letters + string.digits + string.punctuation)


def check_body(body: str | None) -> None:
    """The body has at least one character and only those that XML knows. SQS-14

    Raises:
        QueueError: MissingParameter, InvalidMessageContents.
    """
    if not body:
        error = missing_parameter("MessageBody")
        raise QueueError(error.code, error.message)
    if _NOT_ALLOWED.search(body):
        raise QueueError(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
            "#xE000 to #xFFFD | #x10000 to #x10FFFF",
        )


def check_size(body: str, attributes: MessageAttributes, limit_bytes: int) -> None:
    """Body and message attributes together are not larger than the queue allows. SQS-13

    Raises:
        QueueError: InvalidParameterValue; worded differently inside a batch (SQS-16).
    """
    if size_bytes(body, attributes) > limit_bytes:
        reason = f"Reason: Message must be shorter than {limit_bytes} bytes."
        raise QueueError(
            "InvalidParameterValue",
            f"One or more parameters are invalid. {reason}",
            batch_message=f"One or more parameters cannot be validated. {reason}",
        )


def check_message_attributes(attributes: MessageAttributes) -> None:
    """At most ten, with allowed names, a type and a value each. SQS-15

    Raises:
        QueueError: InvalidParameterValue.
    """
    if len(attributes) > MAXIMUM_MESSAGE_ATTRIBUTES:
        raise _refused(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
            f"[{MAXIMUM_MESSAGE_ATTRIBUTES}]."
        )
    for name, attribute in attributes.items():
        _check_attribute_name(name)
        data_type = str(attribute.get("DataType") or "")
        kind = data_type.split(".")[0]
        if not data_type:
            raise _refused(f"The message attribute '{name}' must contain non-empty message attribute type.")
        if kind not in ("String", "Number", "Binary"):
            raise _refused(
                f"The message attribute '{name}' has an invalid message attribute type, the set of supported "
                "type prefixes is Binary, Number, and String."
            )
        if not attribute_value(attribute):
            raise _refused(
                f"The message attribute '{name}' must contain non-empty message attribute value for message "
                f"attribute type '{data_type}'."
            )
        if kind == "Number":
            _check_number(name, str(attribute["StringValue"]))


def _check_attribute_name(name: str) -> None:
    if name.lower().startswith(("aws.", "amazon.")):
        raise _refused(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are "
            "reserved for internal use."
        )
    if not _ATTRIBUTE_NAME.fullmatch(name) or name.startswith(".") or name.endswith(".") or ".." in name:
        raise _refused(
            f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
            "underscore (_), hyphen (-), and period (.) characters."
        )


def _check_number(name: str, text: str) -> None:
    try:
        digits = len(Decimal(text).as_tuple().digits)
        usable = Decimal(text).is_finite() and digits <= 38
    except InvalidOperation:
        usable = False
    if not usable:
        raise _refused(f"Can't cast the value of message (user) attribute '{name}' to a number.")


def check_delay(delay_s: int | None, *, fifo: bool) -> None:
    """0 to 900 s, and none per message in a FIFO queue. SQS-11

    Raises:
        QueueError: InvalidParameterValue.
    """
    if delay_s is None:
        return
    if fifo and delay_s > 0:
        reason = "The request include parameter that is not valid for this queue type."
        raise invalid_value(delay_s, "DelaySeconds", reason)
    if not 0 <= delay_s <= MAXIMUM_DELAY_S:
        reason = f"DelaySeconds must be >= 0 and <= {MAXIMUM_DELAY_S}."
        raise invalid_value(delay_s, "DelaySeconds", reason)


def check_ids(
    group_id: str | None, deduplication_id: str | None, *, fifo: bool, content_based_deduplication: bool
) -> None:
    """A FIFO queue needs a group and something to tell duplicates by. SQS-18

    Raises:
        QueueError: MissingParameter, InvalidParameterValue.
    """
    for name, value in (("MessageGroupId", group_id), ("MessageDeduplicationId", deduplication_id)):
        if value is not None and not (0 < len(value) <= MAXIMUM_ID_LENGTH and _ID_CHARACTERS.issuperset(value)):
            reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            raise invalid_value(value, name, reason)
    if not fifo:
        # MessageGroupId is welcome in a standard queue: it asks for fair sharing between groups.
        if deduplication_id is not None:
            reason = "The request include parameter that is not valid for this queue type."
            raise invalid_value(deduplication_id, "MessageDeduplicationId", reason)
        return
    if group_id is None:
        raise missing_parameter("MessageGroupId")
    if deduplication_id is None and not content_based_deduplication:
        raise QueueError(
            "InvalidParameterValue",
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
            "provided explicitly",
            whole_request=True,
        )


def check_between(value: int, parameter: str, lowest: int, highest: int) -> None:
    """A number of ReceiveMessage or ChangeMessageVisibility is in its range. SQS-02, SQS-12

    Raises:
        QueueError: InvalidParameterValue.
    """
    if not lowest <= value <= highest:
        range_text = f">= {lowest} and <= {highest}" if lowest == 0 else f"between {lowest} and {highest}"
        raise invalid_value(value, parameter, f"Must be {range_text}, if provided.")


def _refused(text: str) -> QueueError:
    return QueueError("InvalidParameterValue", text)
