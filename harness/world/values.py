"""This file decides what a value of a template can be besides text, number, list and mapping: pending, or nothing.

It computes nothing. Rule: the two markers are compared with ``is`` and never leave the deployer.
"""

from __future__ import annotations

from typing import Any


class _Marker:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


PENDING = _Marker("PENDING")
"""Stands for a value that is known once the resource it comes from has been created."""

NO_VALUE = _Marker("NO_VALUE")
"""What ``Ref: AWS::NoValue`` gives: the property or list item is left out."""


class Undecided(Exception):
    """A condition or a name hangs on a value that is still pending: of this template nothing can be said yet.

    Only a nested stack can meet that, whose parameters come from resources of its parent.
    """


def is_marker(value: Any) -> bool:
    """Whether it is one of the two markers."""
    return isinstance(value, _Marker)


def holds_pending(value: Any) -> bool:
    """Whether the value, or anything in it, is pending."""
    if isinstance(value, dict):
        return any(holds_pending(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_pending(item) for item in value)
    return value is PENDING


def text_of(value: Any) -> str:
    """A scalar as CloudFormation turns it into text: ``true``, ``1``, ``1.5``, the text itself."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
