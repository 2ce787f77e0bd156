"""This file decides whether something matches a pattern: SNS filter policies, Lambda's filters, EventBridge's rules.

A pattern is an object: each key must match; its value is a list of rules, of which one must hold, or, for a body,
another pattern. A rule is a plain value or an operator. A rule of the wrong kind for the value does not hold; it is
no error.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from harness.guard.wildcards import with_any_text

_ABSENT = object()
_WILDCARD_PARTS = re.compile(r"\*|\\[*\\]|[^*]", re.DOTALL)
_COMPARE = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def matches(pattern: Mapping[str, Any], data: Any) -> bool:
    """Whether a JSON value matches; where the data holds a list, one of its elements must."""
    if isinstance(data, list):
        return any(matches(pattern, element) for element in data)
    if not isinstance(data, dict):
        return False
    return all(_key_matches(key, rules, data) for key, rules in pattern.items())


def matches_attributes(policy: Mapping[str, Any], attributes: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether SNS message attributes (``{name: {"Type", "Value"}}``) match a filter policy. SNS-04"""
    return matches(policy, {name: _attribute_value(a) for name, a in attributes.items()})


def _attribute_value(attribute: Mapping[str, str]) -> Any:
    kind, value = attribute["Type"], attribute["Value"]
    if kind.startswith("Number"):
        return float(value)
    if kind.startswith("String.Array"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    if kind.startswith("Binary"):
        # Binary attributes are passed over by filters: only their existence can be asked for.
        return {}
    return value


def _key_matches(key: str, rules: Any, data: dict[str, Any]) -> bool:
    if key == "$or" and isinstance(rules, list):
        return any(matches(alternative, data) for alternative in rules)
    value = data.get(key, _ABSENT)
    if isinstance(rules, dict):
        # Below what is not there nothing exists, which is what a pattern may ask for. EVB-04
        return matches(rules, {} if value is _ABSENT else value)
    values = value if isinstance(value, list) else [value]
    return any(_holds(rule, values) for rule in rules)


def _holds(rule: Any, values: Sequence[Any]) -> bool:
    if not isinstance(rule, dict):
        return any(_equal(rule, value) for value in values)
    operator, operand = next(iter(rule.items()))
    if operator == "exists":
        return bool(operand) == (list(values) != [_ABSENT])
    if list(values) == [_ABSENT]:
        return False
    if operator == "anything-but":
        return not any(_is_one_of(operand, value) for value in values)
    return any(_operator_holds(operator, operand, value) for value in values)


def _is_one_of(operand: Any, value: Any) -> bool:
    if isinstance(operand, dict):
        operator, inner = next(iter(operand.items()))
        wanted = inner if isinstance(inner, list) else [inner]
        return any(_operator_holds(operator, one, value) for one in wanted)
    return any(_equal(one, value) for one in (operand if isinstance(operand, list) else [operand]))


def _operator_holds(operator: str, operand: Any, value: Any) -> bool:
    if operator == "numeric":
        return _is_number(value) and _in_range(operand, value)
    if operator in ("prefix", "suffix") and isinstance(operand, dict) and isinstance(value, str):
        operand, value = str(operand.get("equals-ignore-case", "")).lower(), value.lower()
    if not isinstance(value, str) or not isinstance(operand, str):
        return False
    if operator == "prefix":
        return value.startswith(operand)
    if operator == "suffix":
        return value.endswith(operand)
    if operator == "equals-ignore-case":
        return value.lower() == operand.lower()
    if operator == "wildcard":
        return _wildcard(operand).fullmatch(value) is not None
    if operator == "cidr":
        return _in_network(operand, value)
    return False


@lru_cache(maxsize=256)
def _wildcard(operand: str) -> re.Pattern[str]:
    """``*`` is any text; ``\\*`` and ``\\\\`` are the characters themselves."""
    pieces = [""]
    for part in _WILDCARD_PARTS.findall(operand):
        if part == "*":
            pieces.append("")
        else:
            pieces[-1] += re.escape(part[-1])
    return with_any_text(pieces)


def _in_range(operand: Sequence[Any], value: float) -> bool:
    return all(
        _COMPARE[comparison](value, limit) for comparison, limit in zip(operand[::2], operand[1::2], strict=False)
    )


def _in_network(network: str, value: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(wanted: Any, value: Any) -> bool:
    if _is_number(wanted) and _is_number(value):
        return bool(wanted == value)
    return type(wanted) is type(value) and bool(wanted == value)
