"""This file decides what ``{n}`` in a text means: the number of a repetition or of a CSV row.

``{n}`` becomes the number, ``{n:04}`` the number padded with zeros to four digits, and ``{{`` a literal
brace. A closing brace is never special, so JSON written as text needs no care.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import PydanticCustomError

from harness.scenario.base import LocatedDict

_PLACEHOLDER = re.compile(r"\{\{|\{n(?::0([1-9]|1[0-9]))?\}|\{([A-Za-z_]\w*(?::[^{}]*)?)\}")


def number_text(text: str, n: int) -> str:
    """``text`` with its placeholders replaced.

    Raises:
        PydanticCustomError: of type ``placeholder``, for a name in braces other than ``n``.
    """

    def replace(found: re.Match[str]) -> str:
        if found[0] == "{{":
            return "{"
        if found[2] is not None:
            raise PydanticCustomError("placeholder", "unknown", {"name": found[2], "text": text[:80]})
        return f"{n:0{found[1]}}" if found[1] else str(n)

    return _PLACEHOLDER.sub(replace, text) if "{" in text else text


def number_value(value: Any, n: int) -> Any:
    """A copy of a JSON value with the placeholders of every text in it replaced; keys stay as they are."""
    if isinstance(value, str):
        return number_text(value, n)
    if isinstance(value, dict):
        copy = LocatedDict((key, number_value(one, n)) for key, one in value.items())
        copy.where = getattr(value, "where", None)
        return copy
    if isinstance(value, list | tuple):
        return [number_value(one, n) for one in value]
    return value
