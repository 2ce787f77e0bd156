"""This file decides how an HTTP API's service integrations write their parameters, and how SQS's answer is written.

A mapping gives texts; the service takes numbers, lists and structures, which are JSON in the text. SQS answers in XML,
as its query protocol does. It calls nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from harness.world.http_services import Subtype

_NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"


def typed_parameters(subtype: Subtype, given: Mapping[str, str], operation: Any) -> dict[str, Any]:
    """The parameters as boto3 takes them; ``operation`` is botocore's model of the action.

    Raises:
        ValueError: one of them is not of its kind.
    """
    members: Mapping[str, Any] = operation.input_shape.members
    if subtype.service == "events":
        members = members["Entries"].member.members
    by_name = {name.lower(): name for name in members}
    typed = {
        by_name[name.lower()]: _typed(name, value, members[by_name[name.lower()]])
        for name, value in given.items()
        if name.lower() in by_name
    }
    return {"Entries": [typed]} if subtype.service == "events" else typed


def _typed(name: str, value: str, shape: Any) -> Any:
    kind = shape.type_name
    if kind in ("list", "map", "structure"):
        return _listed(name, value) if kind == "list" else _document(name, value)
    if kind in ("integer", "long"):
        if not value.lstrip("-").isdigit():
            raise ValueError(f'{name} is "{value}" and should be a number')
        return int(value)
    if kind == "blob":
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"{name} is no base64") from None
    return value


def _listed(name: str, value: str) -> Any:
    return _document(name, value) if value.startswith("[") else [one.strip() for one in value.split(",")]


def _document(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError(f"{name} is no JSON") from None


def sqs_document(action: str, answer: Mapping[str, Any]) -> str:
    """SQS's answer in its query protocol."""
    root = ElementTree.Element(f"{action}Response", xmlns=_NAMESPACE)
    result = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    if result:
        part = ElementTree.SubElement(root, f"{action}Result")
        for name, value in result.items():
            _add(part, name, value)
    metadata = ElementTree.SubElement(root, "ResponseMetadata")
    ElementTree.SubElement(metadata, "RequestId").text = str(answer.get("ResponseMetadata", {}).get("RequestId", ""))
    return '<?xml version="1.0"?>' + ElementTree.tostring(root, encoding="unicode")


def _add(parent: ElementTree.Element, name: str, value: Any) -> None:
    """Lists and maps are written as so many elements: ``Messages`` as Message, ``Attributes`` as Attribute."""
    if isinstance(value, list):
        for one in value:
            _add(parent, name.removesuffix("s"), one)
    elif isinstance(value, Mapping) and name.endswith("Attributes"):
        for key, one in value.items():
            pair = ElementTree.SubElement(parent, name.removesuffix("s"))
            ElementTree.SubElement(pair, "Name").text = key
            _add(pair, "Value", one)
    elif isinstance(value, Mapping):
        part = ElementTree.SubElement(parent, name)
        for key, one in value.items():
            _add(part, key, one)
    else:
        ElementTree.SubElement(parent, name).text = str(value)
