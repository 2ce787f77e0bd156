"""This file decides which event patterns EventBridge accepts. EVB-04

What a pattern lets pass is decided in ``patterns.py``. The problems are in the words of the compiler that AWS published
(event-ruler), without the place in the text that it adds.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

_COMPARISONS = ("<", "<=", "=", ">", ">=")
_TEXT_OPERATORS = ("prefix", "suffix", "equals-ignore-case", "wildcard")
_OPERATORS = (*_TEXT_OPERATORS, "anything-but", "cidr", "exists", "numeric")


def problem(pattern: Any) -> str | None:
    """What is wrong with a pattern, or None."""
    if not isinstance(pattern, dict):
        return "Filter is not an object"
    if not pattern:
        return "Empty objects are not allowed"
    for key, value in pattern.items():
        found = _alternatives(value) if key == "$or" and isinstance(value, list) else _field(key, value)
        if found is not None:
            return found
    return None


def _alternatives(value: list[Any]) -> str | None:
    if len(value) < 2:
        return "There must have at least 2 Objects in $or relationship."
    return next((found for found in map(problem, value) if found is not None), None)


def _field(key: str, value: Any) -> str | None:
    if isinstance(value, dict):
        return problem(value)
    if not isinstance(value, list):
        return f'"{key}" must be an object or an array'
    if not value:
        return "Empty arrays are not allowed"
    return next((found for found in map(_rule, value) if found is not None), None)


def _rule(rule: Any) -> str | None:
    if isinstance(rule, list):
        return "Match value must be String, number, true, false, or null"
    if not isinstance(rule, dict):
        return None
    if len(rule) != 1:
        return "Only one key allowed in match expression"
    operator, operand = next(iter(rule.items()))
    if operator not in _OPERATORS:
        return f"Unrecognized match type {operator}"
    if operator == "exists":
        return None if isinstance(operand, bool) else "exists match pattern must be either true or false."
    if operator == "numeric":
        return _numeric(operand)
    if operator == "cidr":
        return None if _is_network(operand) else "Malformed CIDR, one '/' required"
    if operator == "anything-but":
        return _anything_but(operand)
    return _text(operator, operand)


def _text(operator: str, operand: Any) -> str | None:
    if operator in ("prefix", "suffix") and isinstance(operand, dict):
        inner = operand.get("equals-ignore-case")
        return None if isinstance(inner, str) and len(operand) == 1 else f"Unsupported {operator} pattern: {operand}"
    if not isinstance(operand, str):
        return f"{operator} match pattern must be a string"
    if operator == "wildcard" and "**" in operand:
        return "Consecutive wildcard characters are not allowed"
    return None


def _anything_but(operand: Any) -> str | None:
    if isinstance(operand, dict):
        if len(operand) != 1:
            return "Only one key allowed in match expression"
        operator, inner = next(iter(operand.items()))
        if operator not in _TEXT_OPERATORS:
            return f"Unsupported anything-but pattern: {operator}"
        values = inner if isinstance(inner, list) else [inner]
        return next((found for value in values if (found := _text(operator, value)) is not None), None)
    values = operand if isinstance(operand, list) else [operand]
    if not values:
        return "Empty arrays are not allowed"
    if any(isinstance(value, list | dict) or value is None or isinstance(value, bool) for value in values):
        return "Inside anything but list, start|null|boolean is not supported."
    if len({isinstance(value, str) for value in values}) > 1:
        return "Inside anything but list, either all values are number or string, mixed type is not supported"
    return None


def _numeric(operand: Any) -> str | None:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        return "Invalid member in numeric match"
    for comparison, limit in _pairs(operand):
        if comparison not in _COMPARISONS:
            return f"Unrecognized numeric range operator: {comparison}"
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            return "Value of numeric match must be numeric"
    if len(operand) == 4 and not (operand[0] in (">", ">=") and operand[2] in ("<", "<=") and operand[1] < operand[3]):
        return "Bottom must be less than top"
    return None


def _pairs(operand: Sequence[Any]) -> list[tuple[Any, Any]]:
    return list(zip(operand[::2], operand[1::2], strict=True))


def _is_network(operand: Any) -> bool:
    if not isinstance(operand, str):
        return False
    try:
        ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False
    return True
