"""This file decides what one record of a table's stream says about a write, and when a write says nothing (ESM-26).

Which writes there are is up to ``dynamodb_streams.py``. Images are DynamoDB's own JSON; binary values are base64 in it,
as a function sees them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.utilities import dynamo_json_dump

Image = dict[str, dict[str, Any]]

# What a delete that the table's time to live made carries.
EXPIRED_BY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def image(item: Item | None) -> Image | None:
    """The item as it is now, as plain JSON that later writes don't change."""
    if item is None:
        return None
    found: Image = json.loads(dynamo_json_dump(item.attrs))
    return found


def event_name(old: Image | None, new: Image | None) -> str | None:
    """INSERT, MODIFY or REMOVE; None for a write that changes nothing."""
    if old is None:
        return "INSERT" if new is not None else None
    if new is None:
        return "REMOVE"
    return "MODIFY" if _comparable(old) != _comparable(new) else None


def content(
    name: str,
    old: Image | None,
    new: Image | None,
    *,
    keys: Sequence[str],
    view: str,
    sequence: int,
    written_s: int,
    event_id: str,
    region: str,
    expired: bool,
) -> dict[str, Any]:
    """The record as a function sees it, without ``eventSourceARN``; ``written_s`` is in seconds since 1970."""
    present = old or new or {}
    dynamodb: dict[str, Any] = {
        "ApproximateCreationDateTime": written_s,
        "Keys": {key: present[key] for key in keys},
    }
    if new is not None and view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        dynamodb["NewImage"] = new
    if old is not None and view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        dynamodb["OldImage"] = old
    size = sum(size_bytes(dynamodb[part]) for part in ("Keys", "NewImage", "OldImage") if part in dynamodb)
    dynamodb |= {"SequenceNumber": str(sequence), "SizeBytes": size, "StreamViewType": view}
    return {
        "eventID": event_id,
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": region,
        **({"userIdentity": EXPIRED_BY} if expired else {}),
        "dynamodb": dynamodb,
    }


def size_bytes(attributes: Mapping[str, Mapping[str, Any]]) -> int:
    """About what the attributes weigh, as DynamoDB counts: names in UTF-8 and values."""
    return sum(len(name.encode()) + _weight(value) for name, value in attributes.items())


def _weight(value: Mapping[str, Any]) -> int:
    ((kind, inner),) = value.items()
    if kind == "S":
        return len(inner.encode())
    if kind == "N":
        return len(str(inner).lstrip("-").replace(".", "")) // 2 + 1
    if kind == "B":
        return len(base64.b64decode(inner))
    if kind in ("SS", "NS", "BS"):
        return sum(_weight({kind[0]: one}) for one in inner)
    if kind == "L":
        return 3 + sum(1 + _weight(one) for one in inner)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _weight(one) for name, one in inner.items())
    return 1  # BOOL, NULL


def _comparable(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Equal for two images that DynamoDB takes for the same: sets have no order, 1 is 1.0."""
    return {name: _value(typed) for name, typed in attributes.items()}


def _value(typed: Mapping[str, Any]) -> tuple[str, Any]:
    ((kind, inner),) = typed.items()
    if kind == "N":
        return kind, Decimal(inner)
    if kind == "NS":
        return kind, sorted(map(Decimal, inner))
    if kind in ("SS", "BS"):
        return kind, sorted(inner)
    if kind == "L":
        return kind, [_value(one) for one in inner]
    if kind == "M":
        return kind, _comparable(inner)
    return kind, inner
