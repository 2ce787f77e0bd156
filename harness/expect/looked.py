"""This file decides what one look at the world yields; the modules per kind of check make it, ``settle.py`` uses it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Looked:
    """One look: what must be true in words, and every way in which it is not.

    It held if there are no ``problems``. ``related`` names the resources and keys whose events tell the story.
    """

    sentence: str
    problems: list[str] = field(default_factory=list)
    related: tuple[str, ...] = ()
