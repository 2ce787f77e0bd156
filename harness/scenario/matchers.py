"""This file decides what a matcher may say about a value in a scenario.

A plain value means "equals"; a mapping of operators means that each of them holds. There is one class per
kind of value, so that ``messages: three`` is refused when the file is read instead of never being true.
When an operator holds is in ``matching.py``.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler, JsonValue, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from harness.errors import nearest
from harness.scenario.base import Maybe
from harness.scenario.matching import MISSING, Matching
from harness.scenario.values import Duration, Pattern, Size

__all__ = ["MISSING", "CountMatcher", "DurationMatcher", "Matcher", "SizeMatcher", "TextMatcher"]


class _FromFile(Matching):
    """How a matcher is written; each subclass lists its operators as fields, with stand-in defaults."""

    @classmethod
    def operators(cls) -> list[str]:
        """The operators' names as a file writes them, in the schema's order."""
        return [info.alias or name for name, info in cls.model_fields.items()]

    @model_validator(mode="before")
    @classmethod
    def _plain_means_equals(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        operators = cls.operators()
        if not isinstance(value, dict):
            return {"equals": value}
        if any(name in operators for name in value):
            return value
        if cls is Matcher:
            _refuse_misspelt(value, operators)
            return {"equals": value}
        if not value:
            raise PydanticCustomError("matcher_empty", "no operator", {"operators": operators})
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Either a plain value or the mapping of operators."""
        reference = handler(schema)
        model = handler.resolve_ref_schema(reference)
        operators = {key: model.pop(key) for key in list(model) if key not in ("title", "description")}
        operators["minProperties"] = 1
        for one in operators["properties"].values():
            one.pop("default", None)
        plain = [operators["properties"]["equals"]]
        if cls is Matcher:
            names = {"not": {"enum": cls.operators()}}
            plain = [
                {"type": ["string", "number", "boolean", "null", "array"]},
                {"type": "object", "propertyNames": names},
            ]
        model["anyOf"] = [*plain, operators]
        return reference


def _refuse_misspelt(value: dict[str, Any], operators: list[str]) -> None:
    """``{contain: x}`` would mean "equals this mapping" and never hold; ask which one was meant."""
    if len(value) == 1:
        (name,) = value
        meant = nearest(name, operators)
        if meant is not None:
            raise PydanticCustomError("operator_misspelt", "misspelt", {"name": name, "nearest": meant})


class CountMatcher(_FromFile):
    """A number of things: ``3``, ``{at_least: 1}``, ``{one_of: [1, 2]}``."""

    equals: Annotated[int, Field(ge=0, description="Exactly this many.")] = 0
    at_least: Annotated[int, Field(ge=0, description="This many or more.")] = 0
    at_most: Annotated[int, Field(ge=0, description="This many or fewer.")] = 0
    one_of: Annotated[tuple[int, ...], Field(strict=False, min_length=1, description="Any of these.")] = ()
    not_: Annotated[Maybe[CountMatcher], Field(alias="not", description="This must not hold.")] = None


class TextMatcher(_FromFile):
    """A text: ``"exact"``, ``{contains: part}``, ``{matches: regex}``."""

    equals: Annotated[str, Field(description="Exactly this text.")] = ""
    contains: Annotated[str, Field(description="This text somewhere in it.")] = ""
    starts_with: Annotated[str, Field(description="It begins with this.")] = ""
    ends_with: Annotated[str, Field(description="It ends with this.")] = ""
    matches: Annotated[Pattern, Field(description="This regular expression is found in it.")] = ""
    one_of: Annotated[tuple[str, ...], Field(strict=False, min_length=1, description="Any of these.")] = ()
    exists: Annotated[bool, Field(description="Whether there is a value at all.")] = True
    length: Annotated[Maybe[CountMatcher], Field(description="Of its length in characters.")] = None
    not_: Annotated[Maybe[TextMatcher], Field(alias="not", description="This must not hold.")] = None


class Matcher(_FromFile):
    """A JSON value: a plain value means equals; a mapping of operators means that each of them holds."""

    equals: Annotated[JsonValue, Field(description="Exactly this value.")] = None
    contains: Annotated[
        JsonValue, Field(description="A text holds this text, a list this element, a mapping these entries.")
    ] = None
    starts_with: Annotated[str, Field(description="A text that begins with this.")] = ""
    ends_with: Annotated[str, Field(description="A text that ends with this.")] = ""
    matches: Annotated[Pattern, Field(description="A text in which this regular expression is found.")] = ""
    one_of: Annotated[tuple[JsonValue, ...], Field(strict=False, min_length=1, description="Any of these values.")] = ()
    at_least: Annotated[int | float, Field(description="A number, this or more.")] = 0
    at_most: Annotated[int | float, Field(description="A number, this or less.")] = 0
    exists: Annotated[bool, Field(description="Whether there is a value at all; null counts as none.")] = True
    length: Annotated[Maybe[CountMatcher], Field(description="Of a text's, list's or mapping's length.")] = None
    not_: Annotated[Maybe[Matcher], Field(alias="not", description="This must not hold.")] = None


class SizeMatcher(_FromFile):
    """A size in bytes: ``1MB``, ``{at_most: 256KiB}``."""

    equals: Annotated[Size, Field(description="Exactly this size.")] = 0
    at_least: Annotated[Size, Field(description="This size or more.")] = 0
    at_most: Annotated[Size, Field(description="This size or less.")] = 0
    not_: Annotated[Maybe[SizeMatcher], Field(alias="not", description="This must not hold.")] = None

    def show(self, value: Any) -> str:
        """A size in bytes."""
        return f"{super().show(value)} bytes"


class DurationMatcher(_FromFile):
    """A length of virtual time: ``30s``, ``{at_least: 30s, at_most: 1m}``."""

    equals: Annotated[Duration, Field(description="Exactly this long.")] = Duration(0)
    at_least: Annotated[Duration, Field(description="This long or longer.")] = Duration(0)
    at_most: Annotated[Duration, Field(description="This long or shorter.")] = Duration(0)
    not_: Annotated[Maybe[DurationMatcher], Field(alias="not", description="This must not hold.")] = None

    def check(self, value: Any) -> str | None:
        """Like every matcher's; ``value`` is a ``Duration`` or a number of microseconds."""
        return super().check(Duration(value) if isinstance(value, int) else value)

    def show(self, value: Any) -> str:
        """A duration as a file writes it."""
        return str(value) if isinstance(value, Duration) else super().show(value)
