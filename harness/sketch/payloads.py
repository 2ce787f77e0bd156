"""This file decides what a made-up stimulus looks like: an object's key and content, a message's body, attributes.

What is made up fits what the template says of it (a key's prefix and suffix, a filter policy, a filter pattern), as far
as that can be read off; it knows nothing of the handler.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

# The smallest picture there is: one transparent pixel.
_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_BODY = {"id": "example-1"}


def object_key(rules: Iterable[Mapping[str, str]]) -> str:
    """A key that fits the rules of a bucket's notification."""
    values = {rule["Name"].lower(): rule["Value"] for rule in rules}
    suffix = values.get("suffix", "")
    return f"{values.get('prefix', '')}example{suffix or '.txt'}"


def object_content(key: str) -> dict[str, Any]:
    """What an ``upload`` step says of the content, by the key's ending."""
    ending = PurePosixPath(key).suffix.lower()
    if ending == ".csv":
        return {"text": "id,name,amount\n1,example,9.50\n"}
    if ending == ".json":
        return {"json": dict(_BODY)}
    if ending in (".png", ".jpg", ".jpeg", ".gif"):  # who opens pictures goes by what is in them
        return {"base64": _PNG}
    return {"text": "An example."}


def key_item(table: Mapping[str, Any]) -> dict[str, Any]:
    """An item with nothing but the table's key."""
    types = {a["AttributeName"]: a["AttributeType"] for a in table.get("AttributeDefinitions", ())}
    names = [key["AttributeName"] for key in table.get("KeySchema", ())]
    return {name: 1 if types.get(name) == "N" else "example-1" for name in names}


def message_body(patterns: Iterable[str] = ()) -> Any:
    """A body that fits the first filter pattern of a mapping, if there is one."""
    for pattern in patterns:
        body = json.loads(pattern).get("body")
        return {**_BODY, **fitting(body)} if isinstance(body, dict) else dict(_BODY)
    return dict(_BODY)


def fitting(pattern: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a filter policy or pattern asks for, one of each; none for what cannot be read off."""
    found: dict[str, Any] = {}
    for key, wanted in pattern.items():
        if isinstance(wanted, dict):
            found[key] = fitting(wanted)
        elif isinstance(wanted, list) and wanted:
            value = _one(wanted[0])
            if value is not None:
                found[key] = value
    return found


def _one(wanted: Any) -> Any:
    if not isinstance(wanted, dict):
        return wanted
    if wanted.get("exists") is True:
        return "example"
    if "prefix" in wanted and isinstance(wanted["prefix"], str):
        return f"{wanted['prefix']}example"
    if "suffix" in wanted and isinstance(wanted["suffix"], str):
        return f"example{wanted['suffix']}"
    if "numeric" in wanted:
        operator, number = wanted["numeric"][:2]
        return {">": number + 1, "<": number - 1}.get(operator, number)
    return None
