"""This file decides what is remembered of a call or request to the outside, as a document that JMESPath can ask.

An AWS call's document has the parameters as boto3 takes them, its blobs as the JSON or text that they hold. A
request's has url, method, path, query, headers, json and text.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.model import OperationModel, Shape

from harness.scenario.aws_shapes import operation
from harness.scenario.stub import Asked
from harness.vendor.http_exchange import HttpRequest

_STREAM = "(a stream)"


@dataclass(frozen=True, slots=True)
class Question:
    """One call (``call`` is AWS's, such as "s3.GetObject") or request (``call`` is None) by ``who``."""

    who: str
    document: Mapping[str, Any]
    call: str | None = None
    method: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        """In few words."""
        return self.call or f"{self.method} {self.url}"

    def is_meant(self, asked: Asked, same_call: bool) -> bool:
        """Whether a stub or check names it, its parameters aside."""
        return same_call if self.call is not None else asked.is_for_url(self.method, self.url)


def of_call(who: str, call: str, parameters: Mapping[str, Any]) -> Question:
    """An AWS call."""
    found = operation(call)
    shape = found.input_shape if isinstance(found, OperationModel) else None
    return Question(who, _plain(parameters, shape), call)


def of_request(who: str, request: HttpRequest) -> Question:
    """An HTTP request."""
    parts = urlsplit(request.url)
    text = _text(request.body)
    document = {
        "method": request.method,
        "url": request.url,
        "path": parts.path,
        "query": dict(parse_qsl(parts.query, keep_blank_values=True)),
        "headers": dict(request.headers),
        "text": text,
        "json": _json(text),
    }
    return Question(who, document, None, request.method, request.url)


def _plain(value: Any, shape: Shape | None) -> Any:
    members = getattr(shape, "members", {})
    if isinstance(value, Mapping):
        inner = getattr(shape, "value", None)
        return {str(key): _plain(one, members.get(key, inner)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, getattr(shape, "member", None)) for one in value]
    if isinstance(value, bytes | bytearray):
        text = _text(bytes(value))
        return _json(text) or text
    if isinstance(value, str):
        return (_json(value) or value) if shape is not None and shape.type_name == "blob" else value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    return _STREAM if hasattr(value, "read") else str(value)


def _text(data: bytes) -> str:
    """UTF-8, or base64 of what is not."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
