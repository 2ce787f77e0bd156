"""This file decides which events a pattern like ``[ip, user, ..., status = 4*, bytes > 1000]`` lets pass.

An event's fields stand between spaces; what is in quotation marks or square brackets is one field. The last field of
the pattern takes the rest of the event, ``...`` any number of fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.vendor.logs_values import NUMBER, Match, PatternRefused, ordered, text_test

_FIELD = re.compile(r'\s*(?:"([^"]*)"|\[([^\]]*)\]|(\S+))(?=\s|$)')
_PART = re.compile(r'(?:"(?:[^"\\]|\\.)*"|%[^%]*%|[^,"%])+')
_COMPARISON = re.compile(
    r"\s*(?P<name>[A-Za-z_]\w*)\s*"
    r'(?:(?P<operator>!=|<=|>=|=|<|>)\s*(?P<value>"(?:[^"\\]|\\.)*"|%[^%]*%|[^\s"%=<>!&|()]+))?\s*(?P<then>&&|\|\||$)'
)

_Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Part:
    """One field of a pattern: its name, and whether a text may stand there."""

    name: str
    test: _Test


def parse(text: str) -> Callable[[str], Match | None]:
    """The pattern in ``text``, which begins with a bracket.

    Raises:
        PatternRefused: CloudWatch Logs would not accept it.
    """
    if not text.endswith("]"):
        raise PatternRefused("Invalid metric filter pattern")
    parts = [_part(piece) for piece in _pieces(text[1:-1])]
    gaps = [at for at, part in enumerate(parts) if part is None]
    if not parts or len(gaps) > 1:
        raise PatternRefused("Invalid metric filter pattern")
    before = [part for part in parts[: gaps[0] if gaps else None] if part is not None]
    after = [part for part in parts[gaps[0] :] if part is not None] if gaps else []

    def match(message: str) -> Match | None:
        found = _fields(message, None if gaps else len(before))
        if len(found) < len(before) + len(after):
            return None
        values = [*found[: len(before)], *(found[len(found) - len(after) :] if after else [])]
        named = list(zip([*before, *after], values, strict=True))
        if not all(part.test(value) for part, value in named):
            return None
        extracted = {f"${part.name}": value for part, value in named}
        return Match(extracted, extracted.get, delimited=True)

    return match


def _fields(message: str, most: int | None) -> list[str]:
    """The fields of an event, the last of ``most`` being all that is left."""
    found: list[str] = []
    at, end = 0, len(message.rstrip())
    while at < end:
        one = _FIELD.match(message, at, end)
        assert one is not None
        if most is not None and len(found) == most - 1 and one.end() < end:
            found.append(message[at:end].strip())
            break
        found.append(next(group for group in one.groups() if group is not None))
        at = one.end()
    return found


def _pieces(text: str) -> Iterator[str]:
    at = 0
    while True:
        found = _PART.match(text, at)
        if found is None:
            raise PatternRefused("Invalid metric filter pattern")
        yield found[0].strip()
        at = found.end()
        if at == len(text):
            return
        if text[at] != ",":
            raise PatternRefused("Invalid metric filter pattern")
        at += 1


def _part(piece: str) -> _Part | None:
    if piece == "...":
        return None
    names: dict[str, None] = {}
    alternatives: list[list[_Test]] = [[]]
    at, then = 0, "&&"
    while then:
        found = _COMPARISON.match(piece, at)
        if found is None:
            raise PatternRefused("Invalid metric filter pattern")
        names[found["name"]] = None
        alternatives[-1].append(_test(found))
        at, then = found.end(), found["then"]
        if then == "||":
            alternatives.append([])
    if len(names) != 1:
        raise PatternRefused("Invalid metric filter pattern")
    return _Part(next(iter(names)), lambda text: any(all(test(text) for test in tests) for tests in alternatives))


def _test(found: re.Match[str]) -> _Test:
    operator, value = found["operator"], found["value"]
    if operator is None:
        return lambda text: True
    if NUMBER.fullmatch(value):
        number = float(value)
        return lambda text: _numeric(operator, text, value, number)
    if operator not in ("=", "!="):
        raise PatternRefused("Invalid metric filter pattern")
    test = text_test(re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value)
    return lambda text: test(text) is (operator == "=")


def _numeric(operator: str, text: str, value: str, number: float) -> bool:
    if NUMBER.fullmatch(text):
        return ordered(operator, float(text), number)
    return operator == "!=" and text != value
