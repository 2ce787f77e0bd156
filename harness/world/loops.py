"""This file decides what ``Fn::ForEach`` of ``AWS::LanguageExtensions`` unfolds to, and which line each part came from.

It knows neither resources nor SAM; it is carried out before both. Rule: what unfolds to more than ``MAX_UNFOLDED``
parts, or to one key twice, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import ScenarioError
from harness.world.template import Origin, Template
from harness.world.values import holds_pending, text_of
from harness.world.yaml_lines import Path

FOR_EACH = "Fn::ForEach::"
MAX_UNFOLDED = 5000

_SECTIONS = ("Conditions", "Outputs", "Resources")


def unfolded(template: Template, collection: Callable[[Any, Path], Any]) -> Template:
    """The template with every loop unfolded; itself if it has none. ``collection`` resolves what is looped over.

    Raises:
        ScenarioError: a loop is malformed, or its keys are not its own.
        Undecided: a loop goes over values that are still pending.
    """
    unfolding = _Unfolding(template, collection)
    body = {
        name: unfolding.value(section, _At((name,), (name,))) if name in _SECTIONS else section
        for name, section in template.body.items()
    }
    return template.rewritten(body, unfolding.origins) if unfolding.origins else template


@dataclass(frozen=True, slots=True)
class _At:
    """A place: the way down in the unfolded template and in the written one, and what the loops around it bind."""

    path: Path
    written: Path
    bound: Mapping[str, str] = field(default_factory=dict)

    def down(self, key: str | int, written: str | int) -> _At:
        return _At((*self.path, key), (*self.written, written), self.bound)

    def into(self, loop: str, identifier: str, item: str) -> _At:
        return _At(self.path, (*self.written, loop, 2), {**self.bound, identifier: item})


class _Unfolding:
    def __init__(self, template: Template, collection: Callable[[Any, Path], Any]) -> None:
        self._template = template
        self._collection = collection
        self._parts = 0
        self.origins: dict[Path, Origin] = {}

    def value(self, raw: Any, at: _At) -> Any:
        if isinstance(raw, list):
            return [self.value(item, at.down(i, i)) for i, item in enumerate(raw)]
        if isinstance(raw, str):
            return _filled(raw, at.bound)
        if not isinstance(raw, dict):
            return raw
        if list(raw) == ["Ref"] and isinstance(raw["Ref"], str) and raw["Ref"] in at.bound:
            return at.bound[raw["Ref"]]
        found: dict[str, Any] = {}
        for key, item in raw.items():
            if key.startswith(FOR_EACH):
                self._loop(key, item, at, found)
            else:
                self._put(key, item, at, found)
        return found

    def _put(self, key: str, raw: Any, at: _At, found: dict[str, Any]) -> None:
        name = _filled(key, at.bound)
        inner = at.down(name, key)
        if name in found:
            raise self._refuse(inner.written, f'This unfolds to "{name}" twice.', "Each key must be unique.")
        if at.bound:
            self._parts += 1
            if self._parts > MAX_UNFOLDED:
                raise self._refuse(inner.written, f"The loops unfold to more than {MAX_UNFOLDED} parts.")
            self.origins.setdefault(inner.path, self._template.origin(inner.written))
        found[name] = self.value(raw, inner)

    def _loop(self, key: str, raw: Any, at: _At, found: dict[str, Any]) -> None:
        written = (*at.written, key)
        if not isinstance(raw, list) or len(raw) != 3 or not isinstance(raw[2], dict):
            raise self._refuse(
                written, f"{key} takes three parts: an identifier, a list to loop over, and a mapping of what to make."
            )
        identifier = raw[0]
        if not isinstance(identifier, str) or not (identifier.isalnum() and identifier.isascii()):
            raise self._refuse((*written, 0), "The identifier of a loop is made of letters and digits only.")
        if identifier in at.bound or identifier in self._names():
            raise self._refuse(
                (*written, 0), f'The identifier "{identifier}" names a parameter, a resource or another loop already.'
            )
        for name in raw[2]:
            if not name.startswith(FOR_EACH) and not _names_it(name, identifier):
                raise self._refuse(
                    (*written, 2, name),
                    f'The key "{name}" does not hold "${{{identifier}}}", so that each round would make the same one.',
                )
        over = _At((*at.path, key), written, at.bound).down(1, 1)
        for item in self._items(self.value(raw[1], over), (*written, 1)):
            inside = at.into(key, identifier, item)
            for name, value in raw[2].items():
                if name.startswith(FOR_EACH):
                    self._loop(name, value, inside, found)
                else:
                    self._put(name, value, inside, found)
        # Also a loop of no rounds has been carried out.
        self.origins.setdefault((*at.path, key), self._template.origin(written))

    def _items(self, raw: Any, written: Path) -> list[str]:
        items = self._collection(raw, written)
        if not isinstance(items, list) or holds_pending(items) or any(isinstance(i, list | dict) for i in items):
            raise self._refuse(written, "A loop goes over a list of texts, or over a parameter that is such a list.")
        return [text_of(item) for item in items]

    def _names(self) -> list[str]:
        return [*self._template.section("Parameters"), *self._template.section("Resources")]

    def _refuse(self, written: Path, problem: str, hint: str | None = None) -> ScenarioError:
        return ScenarioError(problem, where=self._template.where(written), hint=hint)


def _names_it(key: str, identifier: str) -> bool:
    return f"${{{identifier}}}" in key or f"&{{{identifier}}}" in key


def _filled(text: str, bound: Mapping[str, str]) -> str:
    if "{" not in text or not bound:
        return text

    def replaced(match: re.Match[str]) -> str:
        item = bound.get(match[2])
        if item is None:
            return match[0]
        return item if match[1] == "$" else "".join(c for c in item if c.isalnum() and c.isascii())

    return re.sub(r"([$&])\{([A-Za-z0-9]+)\}", replaced, text)
