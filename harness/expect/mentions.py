"""This file decides which of many names occur in a text, looking the text through once.

The names have few different lengths, so every part of the text with one of those lengths is looked up in a
table; that is quick for thousands of names where searching for each in turn is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus


class Mentions:
    """Finds owners by name; several owners may share a name."""

    def __init__(self, name_of: Mapping[str, str]) -> None:
        self._owners: dict[str, list[str]] = {}
        for owner, name in name_of.items():
            if name:
                self._owners.setdefault(name, []).append(owner)
        self._lengths = sorted({len(name) for name in self._owners}, reverse=True)

    def candidates(self, text: str) -> list[str]:
        """The owners whose name occurs anywhere in ``text``."""
        names = dict.fromkeys(text[a:b] for a, b in self._spans(text))
        return [owner for name in names for owner in self._owners[name]]

    def in_words(self, text: str) -> list[str]:
        """The owners whose name stands in ``text`` as a whole word and not inside a longer name."""
        taken: list[tuple[int, int]] = []
        for start, end in self._spans(text):
            inside_longer = any(a <= start and end <= b for a, b in taken)
            if not inside_longer and not _goes_on(text, start, end):
                taken.append((start, end))
        names = dict.fromkeys(text[a:b] for a, b in sorted(taken))
        return [owner for name in names for owner in self._owners[name]]

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where names stand, the longest first."""
        for length in self._lengths:
            for start in range(len(text) - length + 1):
                if text[start : start + length] in self._owners:
                    yield start, start + length


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether a letter or digit follows or precedes, so that "a1" is not found in "a10"."""
    before = text[start - 1 : start] if start else ""
    return (before.isalnum() and text[start].isalnum()) or (text[end : end + 1].isalnum() and text[end - 1].isalnum())


def texts_in(body: str) -> list[str]:
    """The texts in which a message may name an object: its body, or each text in it if it is JSON.

    S3 writes keys percent-encoded into its events, and an event may be wrapped as text in another message.
    """
    texts = list(dict.fromkeys(_leaves(body)))
    decoded = [d for t in texts if (d := unquote_plus(t)) != t]
    return texts + decoded


def _leaves(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one, depth)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, depth)
    elif isinstance(value, str):
        inner = _json(value) if depth < 5 and value[:1] in ("{", "[") else None
        if inner is None:
            yield value
        else:
            yield from _leaves(inner, depth + 1)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
