"""This file decides which JSON events a pattern like ``{ $.status = 500 && $.user NOT EXISTS }`` lets pass.

A selector that meets nothing, a list or an object compares with nothing: neither ``=`` nor ``!=`` is true of it. With
``[*]`` it is enough that one member fits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from harness.vendor.logs_values import DEEPEST, NUMBER, Match, PatternRefused, ordered, text_test

_SELECTOR = r"""\$(?:\.[\w-]+|\.?\[(?:\d+|\*|'[^']*'|"[^"]*")\])+"""
_STEP = re.compile(r"""\.(?P<name>[\w-]+)|\.?\[(?:(?P<index>\d+)|(?P<every>\*)|['"](?P<quoted>[^'"]*)['"])\]""")
_TOKEN = re.compile(
    rf"\s*(?:(?P<selector>{_SELECTOR})"
    r"|(?P<quoted>\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<regex>%[^%]*%)"
    r"|(?P<sign>&&|\|\||[()]|!=|<=|>=|=|<|>)"
    r"|(?P<word>[^\s()\"%=<>!&|{}$]+))"
)
_STATES = {"NULL": None, "TRUE": True, "FALSE": False}

_Condition = Callable[[Any], bool]


def parse(text: str) -> Callable[[str], Match | None]:
    """The pattern in ``text``, which begins with a brace.

    Raises:
        PatternRefused: CloudWatch Logs would not accept it.
    """
    if not text.endswith("}"):
        raise PatternRefused("Invalid metric filter pattern")
    reader = _Reader(text[1:-1])
    condition = reader.whole()

    def match(message: str) -> Match | None:
        event = _loaded(message)
        if event is None or not condition(event):
            return None
        found = {name: first(event, name) for name in reader.selectors}
        extracted = {name: _shown(value) for name, value in found.items() if value is not None}
        return Match(extracted, lambda name: first(event, name))

    return match


def first(event: Any, selector: str) -> Any:
    """The first value that a selector meets, None if it meets none."""
    return next(select(event, selector), None) if re.fullmatch(_SELECTOR, selector) else None


def select(event: Any, selector: str) -> Iterator[Any]:
    """Every value that a selector meets in an event."""
    values = [event]
    for step in _STEP.finditer(selector):
        values = [inner for value in values for inner in _down(value, step)]
    yield from values


def _down(value: Any, step: re.Match[str]) -> list[Any]:
    if step["every"]:
        return value if isinstance(value, list) else []
    if step["index"]:
        at = int(step["index"])
        return value[at : at + 1] if isinstance(value, list) else []
    name = step["name"] if step["quoted"] is None else step["quoted"]
    return [value[name]] if isinstance(value, dict) and name in value else []


def _loaded(message: str) -> Any:
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict | list) else None


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


class _Reader:
    """Reads the inside of a pattern from left to right; ``selectors`` are those it has met."""

    def __init__(self, text: str) -> None:
        self.selectors: dict[str, None] = {}
        self._tokens = list(_tokens(text))
        self._depth = 0

    def whole(self) -> _Condition:
        """The condition that is all of it."""
        condition = self._any()
        if self._tokens:
            raise PatternRefused("Invalid metric filter pattern")
        return condition

    def _any(self) -> _Condition:
        return self._joined("||", self._all, any)

    def _all(self) -> _Condition:
        return self._joined("&&", self._one, all)

    def _joined(self, sign: str, part: Callable[[], _Condition], join: Callable[..., bool]) -> _Condition:
        parts = [part()]
        while self._next_is(sign):
            parts.append(part())
        return parts[0] if len(parts) == 1 else lambda event: join(test(event) for test in parts)

    def _one(self) -> _Condition:
        if not self._next_is("("):
            return self._comparison()
        self._depth += 1
        if self._depth > DEEPEST:
            raise PatternRefused("Invalid metric filter pattern: too many parentheses within one another")
        condition = self._any()
        if not self._next_is(")"):
            raise PatternRefused("Invalid metric filter pattern")
        self._depth -= 1
        return condition

    def _comparison(self) -> _Condition:
        selector = self._take("selector")
        self.selectors[selector] = None
        if self._tokens and self._tokens[0][0] == "word":
            return self._state(selector, self._take("word").upper(), self._take("word").upper())
        operator, (kind, value) = self._take("sign"), self._take_any()
        test = _comparison(operator, kind, value)
        return lambda event: any(test(found) for found in select(event, selector))

    def _state(self, selector: str, verb: str, what: str) -> _Condition:
        if (verb, what) == ("NOT", "EXISTS"):
            return lambda event: not any(True for _ in select(event, selector))
        if verb != "IS" or what not in _STATES:
            raise PatternRefused("Invalid metric filter pattern")
        wanted = _STATES[what]
        return lambda event: any(found is wanted for found in select(event, selector))

    def _next_is(self, sign: str) -> bool:
        if self._tokens and self._tokens[0] == ("sign", sign):
            del self._tokens[0]
            return True
        return False

    def _take(self, kind: str) -> str:
        found, text = self._take_any()
        if found != kind:
            raise PatternRefused("Invalid metric filter pattern")
        return text

    def _take_any(self) -> tuple[str, str]:
        if not self._tokens:
            raise PatternRefused("Invalid metric filter pattern")
        return self._tokens.pop(0)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise PatternRefused("Invalid metric filter pattern")
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


def _comparison(operator: str, kind: str, value: str) -> Callable[[Any], bool]:
    if kind == "word" and NUMBER.fullmatch(value):
        number = float(value)
        return lambda found: _is_number(found) and ordered(operator, found, number)
    if operator not in ("=", "!=") or kind not in ("word", "quoted", "regex"):
        raise PatternRefused("Invalid metric filter pattern")
    test = text_test(re.sub(r"\\(.)", r"\1", value[1:-1]) if kind == "quoted" else value)

    def compare(found: Any) -> bool:
        # A word without quotes may be the beginning of a number: 4*
        text = found if isinstance(found, str) else _shown(found) if _is_number(found) and kind != "quoted" else None
        return text is not None and test(text) is (operator == "=")

    return compare


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
