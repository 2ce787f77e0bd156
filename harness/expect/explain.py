"""This file decides the words of expectations: what must be true, and what was found instead.

It does not look at anything. A sentence names the resource the author named and reads on from "then:".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from harness.errors import nearest
from harness.scenario.model import CountMatcher, Duration

_FEW = 5


class Matching(Protocol):
    """Any of the scenario's matchers."""

    def explain(self) -> str:
        """In words, to follow "it"."""


def amount(matcher: CountMatcher, noun: str) -> str:
    """``3 messages``, ``at least 1 message``, ``a number of messages that is one of 1, 2``."""
    said = matcher.model_fields_set
    if said == {"equals"}:
        return count(matcher.equals, noun)
    if said == {"at_least"}:
        return f"at least {count(matcher.at_least, noun)}"
    if said == {"at_most"}:
        return f"at most {count(matcher.at_most, noun)}"
    return f"a number of {noun}s that {matcher.explain()}"


def count(number: int, noun: str) -> str:
    """``1 message``, ``1,000 messages``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def few(names: Sequence[str], *, most: int = _FEW) -> str:
    """The first few names in quotes, and how many more there are."""
    shown = ", ".join(f'"{n}"' for n in names[:most])
    more = len(names) - most
    return f"{shown} and {more:,} more" if more > 0 else shown


def join(parts: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    words = [p for p in parts if p]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" and {words[-1]}" if words else ""


def wishes(prefix: str, matchers: Mapping[str, Matching]) -> list[str]:
    """``whose JSON value `summary.total_rows` is 3``, one per expression."""
    return [f"{prefix} `{name}` {matcher.explain()}" for name, matcher in matchers.items()]


def no_such_object(bucket: str, key: str, keys: Sequence[str]) -> str:
    """What to say of an object that is not there."""
    if not keys:
        return f"it is not there; {bucket} is empty"
    close = nearest(key, keys)
    if close is not None:
        return f'it is not there; the nearest of {count(len(keys), "object")} in {bucket} is "{close}"'
    return f"it is not there; {bucket} holds {few(keys)}"


def at_quiet(problems: Sequence[str], at: str) -> str:
    """What was seen once nothing was left to happen."""
    return _timed(problems, f"at {at}, and nothing is left to happen")


def after_window(problems: Sequence[str], at: str, window: Duration, *, more_to_come: bool) -> str:
    """What was seen when a check's window was over."""
    if more_to_come:
        return _timed(problems, f"at {at}, {window} after the last step")
    return _timed(problems, f"at {at}, and nothing is left to happen within {window} of the last step")


def _timed(problems: Sequence[str], when: str) -> str:
    first, *rest = problems
    return "\n".join([f"{first} {when}", *rest])


def nothing_uploaded(bucket: str, prefix: str, suffix: str) -> str:
    """What to say when there is nothing to account for: most likely a slip of the scenario's author."""
    which = join([f'beginning with "{prefix}"' if prefix else "", f'ending in "{suffix}"' if suffix else ""])
    return (
        f"the scenario uploaded no key {which + ' ' if which else ''}to {bucket}, so nothing is checked; "
        "either the upload steps or this filter names something else than was meant"
    )
