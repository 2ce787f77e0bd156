"""This file decides whether an answer has the shape in which AWS would give it, by botocore's description.

It knows nothing of stubs. A value is as boto3 gives it: a timestamp may be text, a blob text or what its JSON says.
Rule: a key that AWS does not have is refused with the nearest one it has; a member that is missing is not, since a
stub says what the code under test reads and no more.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel, Shape
from botocore.utils import EVENT_ALIASES, parse_to_aware_datetime

from harness.errors import did_you_mean, nearest

KeyPath = tuple[str | int, ...]
Slip = tuple[KeyPath, str, str | None]
"""Where in the value, what is wrong, and what to do about it."""

_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "structure": ((dict,), "a mapping"),
    "map": ((dict,), "a mapping"),
    "list": ((list, tuple), "a list"),
    "string": ((str,), "a text"),
    "character": ((str,), "a text"),
    "integer": ((int,), "a whole number"),
    "long": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "boolean": ((bool,), "true or false"),
}


@functools.cache
def _service(name: str) -> ServiceModel:
    loader = Loader()
    named = [other for other, event_name in sorted(EVENT_ALIASES.items()) if event_name == name]
    for candidate in (name, *named):
        if candidate in loader.list_available_services("service-2"):
            return ServiceModel(loader.load_service_model(candidate, "service-2"), candidate)
    raise UnknownServiceError(service_name=name, known_service_names="")


def operation(call: str) -> OperationModel | tuple[str, str]:
    """botocore's description of a call such as ``s3.GetObject``; else what is wrong with its name, and a hint."""
    service_name, _, name = call.partition(".")
    try:
        service = _service(service_name.lower())
    except UnknownServiceError:
        close = nearest(service_name, Loader().list_available_services("service-2"))
        hint = f'Did you mean "{close}.{name}"?' if close else "The name is the one that boto3.client takes."
        return f'There is no AWS service "{service_name}".', hint
    try:
        return service.operation_model(name)
    except OperationNotFoundError:
        close = nearest(name, service.operation_names)
        hint = f'Did you mean "{service_name}.{close}"?' if close else did_you_mean(name, service.operation_names)
        return f'{service_name} has no operation "{name}".', hint


def slips(shape: Any, value: Any, path: KeyPath = ()) -> Iterator[Slip]:
    """What AWS would not answer in this way."""
    if shape is None:
        if value not in (None, {}):
            yield path, "This operation answers nothing.", "Write {}."
        return
    kind = shape.type_name
    if kind == "timestamp":
        yield from _moment(value, path)
        return
    if kind == "blob" or getattr(shape, "is_document_type", False):
        return
    if getattr(shape, "is_eventstream", False) or shape.serialization.get("eventstream"):
        yield from _event_stream(shape, value, path)
        return
    types, words = _TYPES[kind]
    if not _is_a(value, types) or (isinstance(value, bool) and kind != "boolean"):
        yield path, f"{_shown(value)} stands where AWS answers {words}.", None
    elif kind == "structure":
        yield from _members(shape, value, path)
    elif kind == "map":
        for key, one in value.items():
            yield from slips(shape.value, one, (*path, key))
    elif kind == "list":
        for number, one in enumerate(value):
            yield from slips(shape.member, one, (*path, number))


def _is_a(value: Any, types: tuple[type, ...]) -> bool:
    # A function of its own, or mypy would take the value for an object from here on.
    return isinstance(value, types)


def _members(shape: Any, value: dict[str, Any], path: KeyPath) -> Iterator[Slip]:
    for key, one in value.items():
        if key == "ResponseMetadata" and not path:
            yield (*path, key), "ResponseMetadata is added by boto3 itself.", "Leave it out."
        elif key not in shape.members:
            yield (*path, key), f'AWS answers no "{key}" here.', did_you_mean(str(key), shape.members)
        else:
            yield from slips(shape.members[key], one, (*path, key))


def _event_stream(shape: Any, value: Any, path: KeyPath) -> Iterator[Slip]:
    if not isinstance(value, list | tuple):
        yield path, f"{_shown(value)} stands where AWS answers a stream of events.", "Write a list, one item an event."
        return
    for number, event in enumerate(value):
        if not isinstance(event, dict) or len(event) != 1:
            yield (*path, number), "An event is a mapping with one key, the event's kind.", None
        else:
            yield from _members(shape, event, (*path, number))


def _moment(value: Any, path: KeyPath) -> Iterator[Slip]:
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float | datetime):
            raise ValueError
        parse_to_aware_datetime(value)
    except (ValueError, OverflowError, OSError):
        yield path, f"{_shown(value)} stands where AWS answers a time.", "Write it like 2030-01-15T09:00:00Z."


def as_answered(shape: Shape | None, value: Any) -> Any:
    """``value`` with its blobs as bytes: a text in UTF-8, anything else as the JSON it stands for."""
    if shape is None:
        return value
    kind = shape.type_name
    if kind == "blob":
        if isinstance(value, bytes):
            return value
        if hasattr(value, "read"):
            return value.read()
        return (value if isinstance(value, str) else json.dumps(value)).encode()
    if isinstance(value, list | tuple):
        if shape.serialization.get("eventstream"):
            return [as_answered(shape, event) for event in value]
        return [as_answered(shape.member, one) for one in value] if kind == "list" else value
    if isinstance(value, dict) and kind == "structure" and not getattr(shape, "is_document_type", False):
        return {key: as_answered(shape.members.get(key), one) for key, one in value.items()}
    if isinstance(value, dict) and kind == "map":
        return {key: as_answered(shape.value, one) for key, one in value.items()}
    return value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
