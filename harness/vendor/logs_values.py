"""This file decides what a value within a filter pattern stands for: a number, a text with ``*`` in it, a regex.

What is compared with it, a part of a JSON event or a field, is found by whoever asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import regex

from harness.errors import ScenarioError

LONGEST = 1024
DEEPEST = 50
# On the machine's clock: a pattern that somebody else wrote must not hold up everybody.
_PATIENCE_S = 1.0
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_REGEX_CHARACTERS = re.compile(r"[A-Za-z0-9:_#=@/;, ^$?\[\]{}|\\*+.-]+")

Test = Callable[[str], bool]


class PatternRefused(Exception):
    """A filter pattern that CloudWatch Logs does not accept; the text is AWS's as far as it is known."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a pattern found in an event.

    ``extracted`` holds what it names, by the name (``$.latency``, ``$status``); ``find`` gives what stands at any such
    name, None for what is not there. ``delimited`` if the event was read as fields between spaces.
    """

    extracted: Mapping[str, str] = field(default_factory=dict)
    find: Callable[[str], Any] = lambda name: None
    delimited: bool = False


def text_test(value: str) -> Test:
    """Whether a text is what ``value`` says: ``%regex%`` anywhere in it, else all of it, ``*`` being anything.

    Raises:
        PatternRefused: it is a regex with something in it that AWS's do not have.
    """
    if value.startswith("%"):
        inner = value[1:-1]
        if not _REGEX_CHARACTERS.fullmatch(inner):
            raise PatternRefused(f"Invalid character(s) in term '{inner}'")
        try:
            compiled = regex.compile(inner)
        except (regex.error, OverflowError):
            raise PatternRefused(f"Invalid regex in term '{inner}'") from None
        return lambda text: _found(compiled, text)
    pieces = value.split("*")
    return lambda text: _fits(text, pieces)


def _found(compiled: regex.Pattern[str], text: str) -> bool:
    try:
        return compiled.search(text, timeout=_PATIENCE_S) is not None
    except TimeoutError:
        raise ScenarioError(
            f"The filter pattern %{compiled.pattern}% is at work on a log line of {len(text):,} characters for over "
            f"{_PATIENCE_S:g} s: it can be read in too many ways.",
            hint="Write it with fewer * and + next to one another.",
        ) from None


def _fits(text: str, pieces: list[str]) -> bool:
    """Whether the pieces follow one another in the text, the first at its beginning and the last at its end."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, *between, last = pieces
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in between:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def ordered(operator: str, left: float, right: float) -> bool:
    """Whether two numbers stand to each other as ``operator`` says."""
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator]
