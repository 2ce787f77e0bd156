"""This file decides how the rule of a composite alarm is read, and when it holds. CW-23

From AWS's page of PutCompositeAlarm: ALARM(x), OK(x) and INSUFFICIENT_DATA(x), where x is an alarm's name or ARN, in
quotes or not; TRUE and FALSE; AND, OR, NOT and parentheses; AND binds closer than OR.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_STATE = re.compile(r'\s*(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]*)"|\'([^\']*)\'|([^)"\']*?))\s*\)', re.I)
_WORD = re.compile(r"\s*(AND|OR|NOT|TRUE|FALSE|\(|\))(?![\w(])|\s*(AND|OR|NOT)(?=\()|\s*(\()", re.I)


@dataclass(frozen=True, slots=True)
class Rule:
    """A piece of a rule: "and", "or", "not", "constant" or the state that the alarm ``name`` must be in."""

    kind: str
    name: str = ""
    parts: tuple[Rule, ...] = ()

    def names(self) -> tuple[str, ...]:
        """The alarms that it looks at, as it calls them."""
        own = (self.name,) if self.kind.isupper() else ()
        return tuple(dict.fromkeys([*own, *(name for part in self.parts for name in part.names())]))

    def holds(self, state_of: Callable[[str], str | None]) -> bool:
        """Whether it is true; an alarm that there is not is in no state."""
        if self.kind == "constant":
            return self.name == "TRUE"
        if self.kind == "not":
            return not self.parts[0].holds(state_of)
        if self.kind == "and":
            return all(part.holds(state_of) for part in self.parts)
        if self.kind == "or":
            return any(part.holds(state_of) for part in self.parts)
        return state_of(self.name) == self.kind


def alarm_name(name: str) -> str:
    """The name of the alarm that a rule calls by name or ARN."""
    return name.partition(":alarm:")[2] or name


def parse(text: str) -> Rule:
    """The rule, read.

    Raises:
        ValueError: it is none.
    """
    reader = _Reader(text)
    try:
        rule = reader.either()
    except RecursionError:
        raise ValueError("AlarmRule cannot be read: it is nested too deeply.") from None
    reader.end()
    return rule


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def either(self) -> Rule:
        parts = [self._both()]
        while self._take("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Rule("or", parts=tuple(parts))

    def end(self) -> None:
        if self._text[self._at :].strip():
            raise ValueError(self._wrong("it goes on"))

    def _both(self) -> Rule:
        parts = [self._one()]
        while self._take("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Rule("and", parts=tuple(parts))

    def _one(self) -> Rule:
        if self._take("NOT"):
            return Rule("not", parts=(self._one(),))
        state = _STATE.match(self._text, self._at)
        if state is not None:
            self._at = state.end()
            return Rule(state.group(1).upper(), alarm_name(state.group(2) or state.group(3) or state.group(4) or ""))
        for word in ("TRUE", "FALSE"):
            if self._take(word):
                return Rule("constant", word)
        if self._take("("):
            rule = self.either()
            if not self._take(")"):
                raise ValueError(self._wrong("a parenthesis is not closed"))
            return rule
        raise ValueError(self._wrong("an alarm's state is missing"))

    def _take(self, word: str) -> bool:
        match = _WORD.match(self._text, self._at)
        if match is None or (match.group(1) or match.group(2) or match.group(3)).upper() != word:
            return False
        self._at = match.end()
        return True

    def _wrong(self, what: str) -> str:
        rest = self._text[self._at :].strip() or "the end"
        return f'AlarmRule "{self._text}" cannot be read: {what} at "{rest}".'
