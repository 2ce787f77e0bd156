"""This file decides what AWS would refuse in a resource's properties, by the type's published schema.

``jsonschema`` walks the schema. What is AWS's own is here: loose scalars (``"30"`` for a number), patterns with
``\\p{L}``, and cfn-lint's keywords ``requiredOr``, ``requiredXor`` and ``dependentExcluded``. Rule: a value that is
``PENDING`` fits everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import regex
from jsonschema import Draft7Validator, Draft202012Validator, ValidationError, validators

from harness.errors import did_you_mean
from harness.world import published
from harness.world.providers.shapes import shown
from harness.world.values import PENDING, holds_pending, text_of

Kind = Literal["unknown", "lacking", "value"]

_PENDING_TEXT = "\0pending"

_TYPE_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
    "string": "a text",
}

# Keywords that cannot be judged while a part of the value is not known.
_NEED_ALL = ("const", "contains", "if", "not", "oneOf", "uniqueItems")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that AWS would refuse.

    ``path`` is the way down from the properties. Of an "unknown" property the path ends in its name; of a "lacking" one
    ``text`` is the name; of a "value" ``text`` says the rest of the sentence that begins with the property's name.
    """

    path: tuple[str | int, ...]
    kind: Kind
    text: str
    hint: str | None = None


def mistakes(resource_type: str, properties: Mapping[str, Any]) -> tuple[Mistake, ...]:
    """What AWS would refuse in these properties, whose intrinsics are resolved; nothing for a type without a schema."""
    if resource_type not in published.types():
        return ()
    return _mistakes(resource_type, json.dumps(properties, default=_as_text))


@lru_cache(maxsize=1024)
def _mistakes(resource_type: str, text: str) -> tuple[Mistake, ...]:
    schema, properties = published.schema_of(resource_type), _with_pending(json.loads(text))
    found = []
    for pointer in schema.get("readOnlyProperties", ()):
        name = pointer.removeprefix("/properties/")
        if name in properties:
            hint = "Leave it out here; Fn::GetAtt reads it."
            found.append(Mistake((name,), "value", "is for AWS to say and cannot be set.", hint))
    for error in _validator(resource_type).iter_errors(properties):
        found.append(_mistake(error, tuple(error.absolute_path)))
    return tuple(found)


def _mistake(error: ValidationError, path: tuple[str | int, ...]) -> Mistake:
    if isinstance(error, _Wrong):
        return Mistake((*path, *error.below), error.kind, error.message, error.hint)
    return Mistake(path, "value", f"is not what AWS takes: {error.message}.")


def _as_text(value: Any) -> str:
    return _PENDING_TEXT if value is PENDING else str(value)


def _with_pending(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_pending(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_pending(item) for item in value]
    return PENDING if value == _PENDING_TEXT else value


# ---- keywords ------------------------------------------------------------------------------------


class _Wrong(ValidationError):
    """A violation in our words; ``below`` is the rest of the path to what is meant."""

    def __init__(
        self, message: str, *, kind: Kind = "value", hint: str | None = None, below: tuple[str | int, ...] = ()
    ) -> None:
        super().__init__(message)
        self.kind, self.hint, self.below = kind, hint, below


Errors = Iterator[ValidationError]


def _type(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    kinds = [wanted] if isinstance(wanted, str) else list(wanted)
    if not any(_is(kind, instance) for kind in kinds):
        words = " or ".join(_TYPE_WORDS.get(kind, kind) for kind in kinds)
        yield _Wrong(f"must be {words}; it is {shown(instance)}.")


def _is(kind: str, instance: Any) -> bool:
    if kind in ("array", "object"):
        return isinstance(instance, list if kind == "array" else dict)
    if isinstance(instance, list | dict):
        return False
    text = text_of(instance)
    if kind == "boolean":
        return text.lower() in ("true", "false")
    if kind in ("integer", "number"):
        number = None if isinstance(instance, bool) else _number(text)
        return number is not None and (kind == "number" or number.is_integer())
    return kind == "string"


def _number(value: Any) -> float | None:
    try:
        return float(text_of(value))
    except ValueError:
        return None


def _additional(validator: Any, allowed: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, dict) or allowed is not False:
        return
    names = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for name in instance:
        if name in names or any(_matches(pattern, name) for pattern in patterns):
            continue
        if patterns:
            yield _Wrong(f"has a name that does not match AWS's pattern {' or '.join(patterns)}", below=(name,))
        else:
            yield _Wrong("", kind="unknown", hint=did_you_mean(name, names), below=(name,))


def _pattern_properties(validator: Any, patterns: Any, instance: Any, schema: Any) -> Errors:
    # jsonschema's own rule reads patterns as Python's re does, which falls over AWS's "\p{L}".
    for pattern, subschema in patterns.items() if isinstance(instance, dict) else ():
        for name, value in instance.items():
            if _matches(pattern, name):
                yield from validator.descend(value, subschema, path=name, schema_path=pattern)


def _required(validator: Any, names: Any, instance: Any, schema: Any) -> Errors:
    for name in names if isinstance(instance, dict) else ():
        if instance.get(name) is None:
            yield _Wrong(name, kind="lacking")


def _required_or(validator: Any, names: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, dict) and not any(instance.get(name) is not None for name in names):
        yield _Wrong(f"needs at least one of these: {', '.join(names)}.")


def _required_xor(validator: Any, names: Any, instance: Any, schema: Any) -> Errors:
    given = [name for name in names if instance.get(name) is not None] if isinstance(instance, dict) else names[:1]
    if len(given) != 1:
        yield _Wrong(f"needs exactly one of these: {', '.join(names)}; it has {' and '.join(given) or 'none'}.")


def _dependent_excluded(validator: Any, table: Any, instance: Any, schema: Any) -> Errors:
    for name, excluded in table.items() if isinstance(instance, dict) else ():
        for other in excluded:
            if instance.get(name) is not None and instance.get(other) is not None and name < other:
                yield _Wrong(f"cannot be together with {other}.", below=(name,))


def _enum(validator: Any, choices: Any, instance: Any, schema: Any) -> Errors:
    texts = [text_of(choice) for choice in choices if not isinstance(choice, list | dict)]
    if not isinstance(instance, list | dict) and text_of(instance) not in texts:
        yield _Wrong(f"cannot be {shown(instance)}.", hint=did_you_mean(text_of(instance), texts))


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, str) and not _matches(pattern, instance):
        yield _Wrong(f"is {shown(instance)}, which does not match AWS's pattern {pattern}")


@lru_cache(maxsize=1024)
def _matches(pattern: str, text: str) -> bool:
    try:
        return regex.search(pattern, text) is not None
    except regex.error:
        return True  # a pattern of another dialect says nothing


def _limit(keyword: str, words: str, breaks: Callable[[float, float], bool]) -> Callable[..., Errors]:
    def rule(validator: Any, limit: Any, instance: Any, schema: Any) -> Errors:
        number = None if isinstance(instance, list | dict | bool) else _number(instance)
        if number is not None and breaks(number, limit):
            yield _Wrong(f"is {text_of(instance)}; AWS allows {words} {limit}.")

    return rule


def _length(of: type, unit: str, words: str, breaks: Callable[[float, float], bool]) -> Callable[..., Errors]:
    def rule(validator: Any, limit: Any, instance: Any, schema: Any) -> Errors:
        if isinstance(instance, of) and breaks(len(instance), limit):  # type: ignore[arg-type]
            yield _Wrong(f"has {len(instance)} {unit}; AWS allows {words} {limit}.")  # type: ignore[arg-type]

    return rule


def _any_of(validator: Any, subschemas: Any, instance: Any, schema: Any) -> Errors:
    """The mistakes of the alternative that fits best, in place of a sentence about alternatives."""
    fewest: list[ValidationError] | None = None
    for i, subschema in enumerate(subschemas):
        errors = list(validator.descend(instance, subschema, schema_path=i))
        if not errors:
            return
        if fewest is None or len(errors) < len(fewest):
            fewest = errors
    yield from fewest or ()


def _knowing(name: str, rule: Callable[..., Any]) -> Callable[..., Errors]:
    """The rule, for values that are known; ``None`` is a property that is not there."""

    def guarded(validator: Any, argument: Any, instance: Any, schema: Any) -> Errors:
        if instance is None or instance is PENDING or (name in _NEED_ALL and holds_pending(instance)):
            return
        yield from rule(validator, argument, instance, schema) or ()

    return guarded


_OWN: dict[str, Callable[..., Any]] = {
    "additionalProperties": _additional,
    "anyOf": _any_of,
    "dependentExcluded": _dependent_excluded,
    "enum": _enum,
    "maximum": _limit("maximum", "at most", lambda a, b: a > b),
    "maxItems": _length(list, "items", "at most", lambda a, b: a > b),
    "maxLength": _length(str, "characters", "at most", lambda a, b: a > b),
    "minimum": _limit("minimum", "at least", lambda a, b: a < b),
    "minItems": _length(list, "items", "at least", lambda a, b: a < b),
    "minProperties": _length(dict, "entries", "at least", lambda a, b: a < b),
    "minLength": _length(str, "characters", "at least", lambda a, b: a < b),
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "required": _required,
    "requiredOr": _required_or,
    "requiredXor": _required_xor,
    "type": _type,
}
_THEIRS = {**Draft202012Validator.VALIDATORS, "dependencies": Draft7Validator.VALIDATORS["dependencies"]}
_Validator: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {name: _knowing(name, rule) for name, rule in {**_THEIRS, **_OWN}.items()}
)


@lru_cache(maxsize=256)
def _validator(resource_type: str) -> Any:
    schema = published.schema_of(resource_type)
    return _Validator({key: value for key, value in schema.items() if key != "$schema"})
