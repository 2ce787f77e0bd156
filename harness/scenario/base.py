"""This file decides what every part of a scenario has in common: frozen, strict, and it knows its place.

A list item of a scenario names exactly one verb (``- upload: {...}``). ``OneVerb`` turns such an item into
the verb's own model, so that nobody behind the loader sees the wrapping; error paths still go through it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from harness.errors import Location

T = TypeVar("T")


class LocatedDict(dict[str, Any]):
    """A mapping out of a file that knows where it stands."""

    where: Location | None = None


class Part(BaseModel):
    """Base of everything the author writes: unknown keys are refused and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Item(Part):
    """One item of ``disturb``, ``when`` or ``then``."""

    _where: Location | None = PrivateAttr(default=None)

    @property
    def where(self) -> Location:
        """The author's file, line and key path; "scenario" for an item that no file holds."""
        return self._where or Location("scenario")


class _NoNull:
    """Leaves null out of an optional field's schema: a key with nothing behind it was not meant."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        (wanted,) = (one for one in get_args(source) if one is not type(None))
        return handler.generate_schema(wanted)


Maybe = Annotated[T | None, _NoNull()]
"""A field that may be left out (then it is None) but not be written as null."""


def exactly_one(part: Part, choices: tuple[str, ...]) -> None:
    """Refuse a part of which none or several of these keys are given."""
    aliases = {info.alias or name: name for name, info in type(part).model_fields.items()}
    given = [choice for choice in choices if aliases[choice] in part.model_fields_set]
    if len(given) != 1:
        raise PydanticCustomError("choice", "not one", {"found": given, "choices": list(choices)})


class Choice(Part):
    """A part of which exactly one of the keys in ``choices`` must be given."""

    choices: ClassVar[tuple[str, ...]]

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        exactly_one(self, self.choices)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        reference = handler(schema)
        handler.resolve_ref_schema(reference)["oneOf"] = [{"required": [one]} for one in cls.choices]
        return reference


class OneKey(Part):
    """Base of a list item as a file writes it: a mapping with one of these verbs and nothing else."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})


class OneVerb:
    """Annotation of an item type: validates ``{verb: body}`` against ``item`` and yields the body."""

    def __init__(self, item: type[OneKey]) -> None:
        self.item: Final = item

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler.generate_schema(self.item)
        return core_schema.no_info_wrap_validator_function(self._unwrap, inner)

    def _unwrap(self, value: Any, validate: Callable[[Any], OneKey]) -> Any:
        if isinstance(value, Item):
            return value
        verbs = list(self.item.model_fields)
        if not isinstance(value, dict):
            raise PydanticCustomError("item_type", "no mapping", {"verbs": verbs})
        if not value:
            raise PydanticCustomError("item_empty", "no verb", {"verbs": verbs})
        given = [verb for verb in value if verb in verbs]
        if len(given) > 1:
            raise PydanticCustomError("item_verbs", "several verbs", {"found": given})
        validated = validate(value)
        (verb,) = given
        body = getattr(validated, verb)
        body._where = getattr(value, "where", None)
        return body
