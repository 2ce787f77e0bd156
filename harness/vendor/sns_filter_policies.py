"""This file decides which filter policies SNS accepts: keys, nesting, complexity, operators. SNS-05

It knows nothing of moto and does not decide what a policy lets pass. AWS adds to some of these texts where in the
JSON text the fault is; that is left out here. Raises ``PolicyRefused`` with AWS's text.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Sequence
from typing import Any

MOST_KEYS = 5
MOST_COMBINATIONS = 150
_BODY = "MessageBody"
_RANGE_OPERATORS = ("<", "<=", "=", ">", ">=")


class PolicyRefused(Exception):
    """A filter policy that SNS does not accept; the text is AWS's, from "FilterPolicy:" on."""


def parse(text: str, scope: str) -> dict[str, Any]:
    """The policy in ``text``, for a scope of "MessageAttributes" or "MessageBody".

    Raises:
        PolicyRefused: SNS would not accept it.
    """
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise PolicyRefused("FilterPolicy: failed to parse JSON.")
    if len(policy) > MOST_KEYS:
        raise PolicyRefused("FilterPolicy: Filter policy can not have more than 5 keys")
    combinations = 1
    found = list(_rule_lists(policy, scope, 1))
    for rules, weight in found:
        combinations *= len(rules) * weight
    if combinations > MOST_COMBINATIONS:
        raise PolicyRefused("FilterPolicy: Filter policy is too complex")
    for rules, _ in found:
        for rule in rules:
            _check_rule(rule)
    return policy


def _rule_lists(policy: dict[str, Any], scope: str, depth: int) -> Iterator[tuple[list[Any], int]]:
    """Each list of rules, and how deep it stands: both count towards the complexity."""
    for key, value in policy.items():
        if isinstance(value, dict):
            if scope != _BODY:
                raise PolicyRefused("Filter policy scope MessageAttributes does not support nested filter policy")
            yield from _rule_lists(value, scope, depth + 1)
        elif not isinstance(value, list):
            raise PolicyRefused(f'FilterPolicy: "{key}" must be an object or an array')
        elif not value:
            raise PolicyRefused("FilterPolicy: Empty arrays are not allowed")
        elif key == "$or" and all(isinstance(alternative, dict) for alternative in value):
            for alternative in value:
                yield from _rule_lists(alternative, scope, depth)
        else:
            yield value, depth


def _check_rule(rule: Any) -> None:
    if rule is None or isinstance(rule, str | int | float):
        return
    if not isinstance(rule, dict):
        raise PolicyRefused("FilterPolicy: Match value must be String, number, true, false, or null")
    if len(rule) != 1:
        raise PolicyRefused("FilterPolicy: Only one key allowed in match expression")
    operator, operand = next(iter(rule.items()))
    if operator == "exists":
        if not isinstance(operand, bool):
            raise PolicyRefused("FilterPolicy: exists match pattern must be either true or false.")
    elif operator in ("prefix", "suffix", "equals-ignore-case"):
        if not isinstance(operand, str):
            raise PolicyRefused(f"FilterPolicy: {operator} match pattern must be a string")
    elif operator == "anything-but":
        _check_anything_but(operand)
    elif operator == "numeric":
        _check_range(operand if isinstance(operand, list) else [])
    elif operator == "cidr":
        _check_network(operand)
    else:
        raise PolicyRefused(f"FilterPolicy: Unrecognized match type {operator}")


def _check_anything_but(operand: Any) -> None:
    if isinstance(operand, dict):
        for inner in operand:
            if inner != "prefix":
                raise PolicyRefused(f"FilterPolicy: Unsupported anything-but pattern: {inner}")
        return
    for one in operand if isinstance(operand, list) else [operand]:
        _check_rule(one)


def _check_range(members: Sequence[Any]) -> None:
    """One comparison, or a lower bound and then an upper one."""
    if not members:
        raise PolicyRefused("FilterPolicy: Invalid member in numeric match: ]")
    bounds = [_bound(members, at) for at in range(0, min(len(members), 4), 2)]
    if len(bounds) == 1:
        return
    (lower, bottom), (upper, top) = bounds
    if lower not in (">", ">=") or len(members) > 4:
        raise PolicyRefused("FilterPolicy: Too many elements in numeric expression")
    if upper not in ("<", "<="):
        raise PolicyRefused(f"FilterPolicy: Bad numeric range operator: {upper}")
    if top <= bottom:
        raise PolicyRefused("FilterPolicy: Bottom must be less than top")


def _bound(members: Sequence[Any], at: int) -> tuple[str, float]:
    operator = members[at]
    value = members[at + 1] if at + 1 < len(members) else None
    if not isinstance(operator, str):
        raise PolicyRefused(f"FilterPolicy: Invalid member in numeric match: {operator}")
    if operator not in _RANGE_OPERATORS:
        raise PolicyRefused(f"FilterPolicy: Unrecognized numeric range operator: {operator}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PolicyRefused(f"FilterPolicy: Value of {operator} must be numeric")
    return operator, value


def _check_network(operand: Any) -> None:
    if not isinstance(operand, str):
        raise PolicyRefused("FilterPolicy: prefix match pattern must be a string")
    address, *mask = operand.split("/")
    if len(mask) != 1:
        raise PolicyRefused("FilterPolicy: Malformed CIDR, one '/' required")
    try:
        ipaddress.ip_network(operand, strict=False)
    except ValueError:
        raise PolicyRefused(f"FilterPolicy: Nonstandard IP address: {address}") from None
