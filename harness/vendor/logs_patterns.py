"""This file decides which log events a filter pattern of CloudWatch Logs lets pass, and what it finds in them. CW-17

It knows nothing of moto. A pattern is words that an event contains (here), a condition on JSON (``logs_json.py``) or
one on fields between spaces (``logs_fields.py``). In AWS's words: "Filter pattern syntax for metric filters,
subscription filters, filter log events, and Live Tail" of the CloudWatch Logs User Guide. Words are found in the middle
of others too, and by their case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from harness.vendor import logs_fields, logs_json
from harness.vendor.logs_values import LONGEST, Match, PatternRefused, Test, text_test

_TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<regex>%[^%]*%)|(?P<word>[^\s"%]+))(?=\s|$)')

Pattern = Callable[[str], Match | None]


@lru_cache(maxsize=1024)
def parse(text: str) -> Pattern:
    """What tells a message that matches, with what was found in it, from one that does not.

    Raises:
        PatternRefused: CloudWatch Logs would not accept it.
    """
    if len(text) > LONGEST:
        raise PatternRefused(f"Invalid filter pattern: it has {len(text)} characters, {LONGEST} are the most")
    stripped = text.strip()
    if stripped.startswith("{"):
        return logs_json.parse(stripped)
    if stripped.startswith("["):
        return logs_fields.parse(stripped)
    return _terms(stripped)


def takes_dimensions(text: str) -> bool:
    """Whether a pattern is of a kind that names parts of an event: only from those can dimensions come."""
    return text.strip()[:1] in ("{", "[")


def _terms(text: str) -> Pattern:
    wanted: dict[str, list[Test]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            raise PatternRefused("Invalid filter pattern")
        wanted[found["sign"]].append(_term(found))
        at = found.end()
        at += len(text[at:]) - len(text[at:].lstrip())
    included, optional, excluded = wanted[""], wanted["?"], wanted["-"]

    def match(message: str) -> Match | None:
        if not all(test(message) for test in included) or any(test(message) for test in excluded):
            return None
        # Beside other terms AWS ignores those with a question mark.
        if optional and not (included or excluded) and not any(test(message) for test in optional):
            return None
        return Match()

    return match


def _term(found: re.Match[str]) -> Test:
    if found["regex"]:
        return text_test(found["regex"])
    if found["word"]:
        if not re.fullmatch(r"\w+", found["word"]):
            raise PatternRefused(f"Invalid character(s) in term '{found['word']}'")
        return lambda message: found["word"] in message
    term = re.sub(r"\\(.)", r"\1", found["quoted"])
    return lambda message: term in message
