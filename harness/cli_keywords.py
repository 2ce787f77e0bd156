"""This file decides what ``-k`` means: words joined by ``and``, ``or``, ``not`` and brackets, as in pytest.

A word holds if it occurs in the scenario's id or tags, in any case.
"""

from __future__ import annotations

import re

from harness.errors import ScenarioError

_TOKEN = re.compile(r'\s*([()]|"[^"]*"|[^\s()"]+)')


def matches(expression: str, texts: list[str]) -> bool:
    """Whether the expression holds for something described by ``texts``.

    Raises:
        ScenarioError: the expression cannot be read.
    """
    return _Reader(expression, [t.lower() for t in texts]).read()


class _Reader:
    """Reads left to right: ``or`` binds weakest, then ``and``, then ``not``."""

    def __init__(self, expression: str, texts: list[str]) -> None:
        self._expression = expression
        self._tokens = _TOKEN.findall(expression)
        self._texts = texts
        self._at = 0

    def read(self) -> bool:
        value = self._any()
        if self._at < len(self._tokens):
            raise self._unreadable(f'"{self._tokens[self._at]}" is not expected there')
        return value

    def _any(self) -> bool:
        value = self._all()
        while self._take("or"):
            # Read on even when the answer is known, so that a mistake is always seen.
            value = self._all() or value
        return value

    def _all(self) -> bool:
        value = self._one()
        while self._take("and"):
            value = self._one() and value
        return value

    def _one(self) -> bool:
        if self._take("not"):
            return not self._one()
        if self._take("("):
            value = self._any()
            if not self._take(")"):
                raise self._unreadable('a ")" is missing')
            return value
        if self._at == len(self._tokens):
            raise self._unreadable("it ends where a word is expected")
        word = self._tokens[self._at]
        if word in (")", "and", "or"):
            raise self._unreadable(f'"{word}" stands where a word is expected')
        self._at += 1
        return any(word.strip('"').lower() in text for text in self._texts)

    def _take(self, token: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == token:
            self._at += 1
            return True
        return False

    def _unreadable(self, why: str) -> ScenarioError:
        return ScenarioError(
            f'-k "{self._expression}" cannot be read: {why}.',
            hint='Write words joined by and, or, not and brackets: -k "poison and not (burst or large)".',
        )
