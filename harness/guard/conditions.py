"""This file decides whether the conditions of a policy's statement hold.

It does not decide which keys a request has. All operators and all keys must hold; of the values behind a key, one
(for a negated operator: none may match). A key that the request does not have fails, unless the operator is negated or
ends in ``IfExists``. Operators that are not in the table are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from harness.errors import ScenarioError, did_you_mean
from harness.guard.wildcards import arn_like, like, without_variables


def _in_network(wanted: str, value: str) -> bool:
    try:
        return ip_address(value) in ip_network(wanted, strict=False)
    except ValueError:
        return False


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": arn_like,  # IAM treats the two alike
    "ArnLike": arn_like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "IpAddress": _in_network,
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": like,
}
_NEGATED = {
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
}
_FOR_ANY, _FOR_ALL, _IF_EXISTS = "ForAnyValue:", "ForAllValues:", "IfExists"


def unmet_condition(conditions: Mapping[str, Any], context: Mapping[str, str]) -> str | None:
    """The first condition that does not hold, in words; None if all do. Keys of ``context`` are in lower case.

    Raises:
        ScenarioError: an operator or a policy variable is not understood here.
    """
    for operator, keys in conditions.items():
        holds = _operator(operator)
        for key, wanted in keys.items():
            values = [without_variables(_text(w)) for w in (wanted if isinstance(wanted, list) else [wanted])]
            value = context.get(key.lower())
            if not holds(values, value):
                asked = " or ".join(f'"{v}"' for v in values)
                found = f'it is "{value}"' if value is not None else "the request does not have it"
                return f"{operator} asks {key} for {asked}, and {found}"
    return None


def _operator(name: str) -> Callable[[list[str], str | None], bool]:
    """How an operator judges the values behind a key against the request's value, None if that has none."""
    plain = name
    for_all, for_any = plain.startswith(_FOR_ALL), plain.startswith(_FOR_ANY)
    plain = plain.removeprefix(_FOR_ALL).removeprefix(_FOR_ANY)
    if plain == "Null":
        return lambda wanted, value: any((w.lower() == "true") == (value is None) for w in wanted)
    if_exists = plain.endswith(_IF_EXISTS)
    plain = plain.removesuffix(_IF_EXISTS)
    negated = plain in _NEGATED
    matches = _OPERATORS.get(_NEGATED.get(plain, plain))
    if matches is None:
        known = [*_OPERATORS, *_NEGATED, "Null"]
        raise ScenarioError(
            f'A policy uses the condition operator "{name}", which is not judged here.',
            hint=did_you_mean(plain, known),
        )

    def holds(wanted: list[str], value: str | None) -> bool:
        if value is None:
            # The keys here have one value each, so "for any" and "for all" differ in this alone.
            return (if_exists or for_all or negated) and not for_any
        return any(matches(w, value) for w in wanted) != negated

    return holds


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
