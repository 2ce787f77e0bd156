"""This file decides when a matcher holds, and what is said in words about it.

It does not say which operators a file may use where: ``matchers.py`` has one class per kind of value, and
every operator it names is a row of ``_HOLDS`` and of ``_VERBS`` here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from harness.scenario.base import Part
from harness.scenario.values import Duration


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""What a matcher is given when there is no value at all; ``None`` (JSON null) counts as absent too."""

_LONGEST_SHOWN = 200


class Matching(Part):
    """What all matchers share: ``check`` and ``explain``, over the operators that were given."""

    def check(self, value: Any) -> str | None:
        """None if the matcher holds for ``value``, else one sentence that says why not."""
        for name in self._given():
            if not _HOLDS[name](value, getattr(self, name)):
                return f"{self._seen(name, value)} should {self._words(name, modal=True)}"
        return None

    def explain(self) -> str:
        """The matcher in words, to follow a noun: ``is 3``, ``contains "a" and ends with "b"``."""
        return " and ".join(self._words(name) for name in self._given())

    def show(self, value: Any) -> str:
        """A value as a message writes it; long ones are cut."""
        text = json.dumps(value, ensure_ascii=False, default=str)
        if len(text) <= _LONGEST_SHOWN:
            return text
        return f"{text[:_LONGEST_SHOWN]}... ({len(text)} characters)"

    def _given(self) -> list[str]:
        return [name for name in type(self).model_fields if name in self.model_fields_set]

    def _seen(self, name: str, value: Any) -> str:
        if value is MISSING:
            return "there is no value and it"
        if name == "length" and isinstance(value, str | list | tuple | dict):
            return f"it has a length of {len(value)} and"
        return f"it is {self.show(value)} and"

    def _words(self, name: str, *, modal: bool = False, negated: bool = False) -> str:
        operand = getattr(self, name)
        if name == "not_":
            inner: list[str] = operand._given()
            if len(inner) == 1:
                return str(operand._words(inner[0], modal=modal, negated=not negated))
            both = " and ".join(operand._words(one, modal=modal) for one in inner)
            return both if negated else f"not {'both ' * (len(inner) == 2)}{both}"
        if name == "exists":
            negated, rest = negated != (not operand), ""
        elif name == "length":
            rest = f" a length that {operand.explain()}"
        elif name == "one_of":
            rest = " one of " + ", ".join(self.show(one) for one in operand)
        else:
            rest = f" {_BEFORE_OPERAND.get(name, '')}{self.show(operand)}"
        return _verb(*_VERBS[name], modal, negated) + rest


def _verb(base: str, third: str, modal: bool, negated: bool) -> str:
    if modal:
        return f"not {base}" if negated else base
    if not negated:
        return third
    return "is not" if base == "be" else f"does not {base}"


_VERBS = {
    "equals": ("be", "is"),
    "one_of": ("be", "is"),
    "at_least": ("be", "is"),
    "at_most": ("be", "is"),
    "contains": ("contain", "contains"),
    "starts_with": ("start with", "starts with"),
    "ends_with": ("end with", "ends with"),
    "matches": ("match", "matches"),
    "exists": ("exist", "exists"),
    "length": ("have", "has"),
}
_BEFORE_OPERAND = {"at_least": "at least ", "at_most": "at most "}


def is_number(value: Any) -> bool:
    """Whether ``at_least`` and ``at_most`` can be asked of it; true and false are no numbers."""
    return isinstance(value, int | float | Duration) and not isinstance(value, bool)


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values: 1 and 1.0 are the same, 1 and true are not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, str):
        return isinstance(wanted, str) and wanted in value
    if isinstance(value, dict):
        if isinstance(wanted, dict):
            return all(key in value and same(value[key], one) for key, one in wanted.items())
        return isinstance(wanted, str) and wanted in value
    return isinstance(value, list | tuple) and any(same(one, wanted) for one in value)


_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": same,
    "one_of": lambda value, options: any(same(value, one) for one in options),
    "at_least": lambda value, least: is_number(value) and value >= least,
    "at_most": lambda value, most: is_number(value) and value <= most,
    "contains": _contains,
    "starts_with": lambda value, start: isinstance(value, str) and value.startswith(start),
    "ends_with": lambda value, end: isinstance(value, str) and value.endswith(end),
    "matches": lambda value, pattern: isinstance(value, str) and re.search(pattern, value) is not None,
    "exists": lambda value, wanted: (value is not MISSING and value is not None) == wanted,
    "length": lambda value, inner: isinstance(value, str | list | tuple | dict) and inner.check(len(value)) is None,
    "not_": lambda value, inner: inner.check(value) is not None,
}
