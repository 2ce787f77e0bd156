"""This file decides how an item of a table reads in a scenario: as plain JSON, not with DynamoDB's types.

A number is a number however large, a set is a sorted list, and binary values are base64, so that JMESPath and matchers
work on them. On the way in there are no sets and no binary values.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer


def typed(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as DynamoDB's API takes it."""
    serializer = TypeSerializer()
    return {name: serializer.serialize(_for_dynamodb(value)) for name, value in item.items()}


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as a scenario sees it."""
    deserializer = TypeDeserializer()
    return {name: _for_json(deserializer.deserialize(value)) for name, value in item.items()}


def _for_dynamodb(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, dict):
        return {name: _for_dynamodb(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_for_dynamodb(one) for one in value]
    return value


def _for_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Binary | bytes):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, set):
        return sorted(_for_json(one) for one in value)
    if isinstance(value, dict):
        return {name: _for_json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_for_json(one) for one in value]
    return value
