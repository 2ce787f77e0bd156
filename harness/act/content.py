"""This file decides which bytes an author's content stands for: a file, a text, JSON, base64, a made-up CSV."""

from __future__ import annotations

import base64
import json
from typing import Any

from harness.errors import ScenarioError
from harness.scenario.model import Item, Upload

_SHOWN = 200


def upload_bytes(step: Upload) -> bytes:
    """The object's content.

    Raises:
        ScenarioError: the fixture cannot be read.
    """
    if step.file is not None:
        try:
            return step.file.read_bytes()
        except OSError as error:
            raise ScenarioError(
                f'The fixture "{step.file}" cannot be read: {error.strerror}.', where=step.where
            ) from None
    if step.text is not None:
        return step.text.encode()
    if step.base64 is not None:
        return base64.b64decode(step.base64)
    if step.csv is not None:
        return step.csv.content()
    return as_json(step.json_).encode()


def as_text(value: Any) -> str:
    """A text as it is; any other value as JSON, readable letters unescaped."""
    return value if isinstance(value, str) else as_json(value)


def as_json(value: Any) -> str:
    """A value as JSON, a text too: what functions and executions are given is always JSON."""
    return json.dumps(value, ensure_ascii=False)


def preview(text: str) -> str:
    """As much of a text as the trace keeps."""
    return text[:_SHOWN]


def attributes(values: dict[str, str | int | float]) -> dict[str, dict[str, str]]:
    """Message attributes as SQS and SNS want them."""
    return {
        name: {"DataType": "String" if isinstance(value, str) else "Number", "StringValue": str(value)}
        for name, value in values.items()
    }


def whole_seconds(item: Item, name: str, us: int) -> int:
    """A duration as AWS takes it.

    Raises:
        ScenarioError: it is no whole number of seconds.
    """
    if us % 1_000_000:
        raise ScenarioError(f'AWS counts "{name}" in whole seconds; {us / 1_000_000:g} s is none.', where=item.where)
    return us // 1_000_000
