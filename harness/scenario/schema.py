"""This file decides the published JSON Schema of a scenario: what editors and the reference page read.

It comes from the models, so it cannot say something else than the loader. What JSON Schema has no words
for (two contents in one upload, a fixture that is missing) only the loader refuses.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from harness.scenario.model import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """Leaves out what says nothing: titles of fields and defaults of optional ones."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = super().default_schema(schema)
        if inner.get("default", ...) is None:
            del inner["default"]
        return inner


def scenario_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one scenario, that is of one document of a scenario file."""
    return {"$schema": DIALECT, **copy.deepcopy(_schema())}


@cache
def _schema() -> dict[str, Any]:
    return Scenario.model_json_schema(schema_generator=_Generator)


def valid_keys(key_path: tuple[str | int, ...]) -> list[str]:
    """The keys that a mapping at this place of a scenario may have, in the schema's order."""
    return list(dict.fromkeys(key for one in _at(key_path) for key in one.get("properties", ())))


def described_key(key_path: tuple[str | int, ...], name: str) -> str | None:
    """What the schema says of the key ``name`` of a mapping at this place; None if nothing."""
    said = [one["properties"][name].get("description") for one in _at(key_path) if name in one.get("properties", ())]
    return next((f"{name}: {text}" for text in said if text), None)


def _at(key_path: tuple[str | int, ...]) -> list[dict[str, Any]]:
    """The schemas that describe this place: more than one where there is a choice."""
    here = list(_branches(_schema()))
    for key in key_path:
        here = [branch for one in here for step in _down(one, key) for branch in _branches(step)]
    return here


def _branches(schema: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield from _branches(_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
        return
    yield schema
    for one in schema.get("anyOf", ()):
        yield from _branches(one)


def _down(schema: dict[str, Any], key: str | int) -> Iterator[Any]:
    if isinstance(key, int):
        yield schema.get("items")
    elif key in schema.get("properties", ()):
        yield schema["properties"][key]
    else:
        yield schema.get("additionalProperties")
