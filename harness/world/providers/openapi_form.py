"""This file decides which form an OpenAPI document must have, as far as it is read here.

It does not decide what the parts mean (``openapi.py``). Rule: what is read as a mapping or a list is one, or still
``PENDING``; so that whoever reads it needs not ask. An empty part is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import ScenarioError
from harness.world.intrinsics import PENDING
from harness.world.providers.shapes import Place, shown


@dataclass(frozen=True, slots=True)
class _Mapping:
    """A mapping with these parts among others, and others of the form ``each``, if that is given."""

    parts: Mapping[str, Any] = field(default_factory=dict)
    each: Any = None


@dataclass(frozen=True, slots=True)
class _List:
    """A list of items of one form."""

    each: Any = None


_PLAIN = _Mapping()
_TABLE = _Mapping(each=_PLAIN)
_INTEGRATION = _Mapping(
    {
        "requestParameters": _PLAIN,
        "requestTemplates": _PLAIN,
        "responses": _Mapping(each=_Mapping({"responseParameters": _PLAIN, "responseTemplates": _PLAIN})),
    }
)
_SECURITY = _List(_Mapping(each=_List()))
_OPERATION = _Mapping(
    {
        "parameters": _List(_PLAIN),
        "requestBody": _Mapping({"content": _TABLE}),
        "responses": _Mapping(each=_Mapping({"headers": _PLAIN})),
        "security": _SECURITY,
        "x-amazon-apigateway-auth": _PLAIN,
        "x-amazon-apigateway-integration": _INTEGRATION,
    }
)
_SCHEMES = _Mapping(each=_Mapping({"x-amazon-apigateway-authorizer": _PLAIN}))
_ANSWERS = _Mapping(each=_Mapping({"responseParameters": _PLAIN, "responseTemplates": _PLAIN}))
_DOCUMENT = _Mapping(
    {
        "components": _Mapping({"schemas": _PLAIN, "securitySchemes": _SCHEMES}),
        "definitions": _PLAIN,
        "info": _PLAIN,
        "paths": _Mapping(each=_Mapping({"parameters": _List(), "servers": _List()}, each=_OPERATION)),
        "security": _SECURITY,
        "securityDefinitions": _SCHEMES,
        "x-amazon-apigateway-binary-media-types": _List(),
        "x-amazon-apigateway-cors": _PLAIN,
        "x-amazon-apigateway-gateway-responses": _ANSWERS,
        "x-amazon-apigateway-request-validators": _TABLE,
    }
)
_TEXTS = ("description", "summary", "$ref")  # parts of a path that are no operation


def check_form(document: Any, place: Place) -> None:
    """Make sure that every part which is read has the form that it is read as.

    Raises:
        ScenarioError: one has not; ``place`` is the document's.
    """
    _check(_DOCUMENT, document, place)


def _check(form: Any, value: Any, place: Place) -> None:
    if form is None or value is None or value is PENDING:
        return
    if isinstance(form, _List):
        if not isinstance(value, list):
            raise _wrong(place, value, "a list")
        for number, item in enumerate(value):
            _check(form.each, item, place.down(number))
        return
    if not isinstance(value, Mapping):
        raise _wrong(place, value, "a mapping")
    for name, part in value.items():
        here = place.down(name)
        if name in form.parts:
            _check(form.parts[name], part, here)
        elif name not in _TEXTS or not isinstance(part, str):
            _check(form.each, part, here)


def _wrong(place: Place, value: Any, expected: str) -> ScenarioError:
    return place.refuse(
        f"{place.name} of {place.of} must be {expected}; it is {shown(value)}.",
        "OpenAPI's specification shows the form of each part: https://spec.openapis.org/oas/v3.0.3",
    )
