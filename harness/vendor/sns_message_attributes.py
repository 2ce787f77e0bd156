"""This file decides which message attributes SNS accepts. SNS-18

Upstream: moto 5.2.5 checks types and empty strings only, under another error code. Why that can't stay: a name with a
space, or a value in the wrong field, is accepted here and refused by AWS. What we do: our own checks in the place of
moto's, which give the attributes in the form that moto stores.
Since: moto 2.x. Not needed any more when: moto answers ``ParameterValueInvalid``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from moto.sns.exceptions import SNSException
from moto.sns.responses import SNSResponse

from harness.vendor.patches import Patches

_LONGEST_NAME_BYTES = 256
_TYPE = re.compile(r"(String|Number|Binary)(\..+)?", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NAME_CHARACTER = re.compile(r"[A-Za-z0-9_.-]")


def apply(patches: Patches) -> None:
    """Check message attributes as AWS does."""

    def transform(self: SNSResponse, message_attributes: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        return {name: _stored(name, attribute) for name, attribute in message_attributes.items()}

    patches.put(SNSResponse, "_transform_message_attributes", transform)


def _refused(text: str) -> SNSException:
    return SNSException("ParameterValueInvalid", text)


def _stored(name: str, attribute: Mapping[str, Any]) -> dict[str, str]:
    _check_name(name)
    kind = attribute.get("DataType") or ""
    if not _TYPE.fullmatch(kind):
        raise _refused(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes "
            "is Binary, Number, and String."
        )
    field = "Binary" if kind.startswith("Binary") else "String"
    given = [f for f in ("StringValue", "BinaryValue") if f in attribute]
    if given and f"{field}Value" not in given:
        raise _refused(f"The message attribute '{name}' with type '{kind}' must use field '{field}'.")
    value = attribute.get(f"{field}Value")
    if not value:
        raise _refused(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type "
            f"'{kind}'."
        )
    if kind.startswith("Number") and not _NUMBER.fullmatch(value):
        raise _refused(f"Could not cast message attribute '{name}' value to number.")
    return {"Type": kind, "Value": base64.b64encode(value).decode() if field == "Binary" else value}


def _check_name(name: str) -> None:
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        raise _refused("Length of message attribute name must be less than 256 bytes.")
    if name.startswith("."):
        raise _refused("Invalid message attribute name starting with character '.' was found.")
    if name.endswith("."):
        raise _refused("Invalid message attribute name ending with character '.' was found.")
    for character in name:
        if not _NAME_CHARACTER.match(character):
            raise _refused(
                f"Invalid non-alphanumeric character '#x{ord(character):X}' was found in the message attribute name. "
                "Can only include alphanumeric characters, hyphens, underscores, or dots."
            )
    if ".." in name:
        raise _refused("Message attribute name can not have successive '.' character.")
