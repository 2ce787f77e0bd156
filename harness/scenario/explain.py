"""This file decides how the problems of a scenario file are told: one error, every problem, each at its line.

It joins pydantic's errors with the lines of the file and the keys that the schema allows. What is said
about a single value is in ``sentences.py``. Order: as the file has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import Location, ScenarioError, did_you_mean, nearest
from harness.scenario.schema import described_key, valid_keys
from harness.scenario.sentences import sentence, shown, wrong_type
from harness.scenario.yaml_lines import Document, KeyPath

_LISTS = {"when": "step", "then": "check", "disturb": "fault", "steps": "step"}
_AWS_CALL = ("fail_call", "stub", "calls")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file."""

    where: Location
    sentence: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}" + (f" {self.hint}" if self.hint else "")


def scenario_error(path: str, problems: list[Problem]) -> ScenarioError:
    """One error for all of them."""
    if len(problems) == 1:
        return ScenarioError(problems[0].sentence, where=problems[0].where, hint=problems[0].hint)
    lines = "".join(f"\n  {problem}" for problem in problems)
    return ScenarioError(f"{len(problems)} things in this file cannot be used:{lines}", where=Location(path))


def problems_of(path: str, document: Document, errors: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """Pydantic's errors about one document, told to its author, in the order of the file."""
    by_place: dict[KeyPath, list[Mapping[str, Any]]] = {}
    for error in errors:
        by_place.setdefault(_place(document, error), []).append(error)
    problems = []
    for place, here in by_place.items():
        inner = any(other[: len(place)] == place != other for other in by_place)
        if inner and all(error["type"] == "too_short" for error in here):
            continue  # pydantic counts only the items that are valid
        problems += [
            _problem(path, document, place, error) for error in _merged(here) if not _misspelt(document, place, error)
        ]
    return sorted(problems, key=lambda problem: problem.where.line or 0)


def _place(document: Document, error: Mapping[str, Any]) -> KeyPath:
    """Pydantic's path without what is not in the file: names of types and of stand-in fields."""
    place: KeyPath = ()
    for key in error["loc"][: -1 if error["type"] == "missing" else None]:
        if (*place, key) in document.lines:
            place = (*place, key)
    return place


def _merged(errors: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Where several types are allowed pydantic has one error for each: keep those about the value itself."""
    if len(errors) == 1 or any(error["type"] == "missing" for error in errors):
        return errors
    kinds = [error["type"] for error in errors if error["type"].endswith("_type")]
    about_value = [error for error in errors if error["type"] not in (*kinds, "literal_error")]
    if about_value:
        return about_value[:1]
    literals = [error for error in errors if error["type"] == "literal_error"]
    return [{**(literals or errors)[0], "kinds": kinds}]


def _problem(path: str, document: Document, place: KeyPath, error: Mapping[str, Any]) -> Problem:
    where = Location(path, document.lines[place], place)
    kind = error["type"]
    if kind == "missing":
        name = str(error["loc"][-1])
        said: tuple[str, str | None] = (f'The key "{name}" is missing.', described_key(place, name))
    elif kind == "extra_forbidden":
        said = _unknown_key(document, place)
    elif kind == "string_pattern_mismatch" and place[-1] in ("call", "python"):
        form = (
            '"s3.GetObject"' if any(key in place for key in _AWS_CALL) and place[-1] == "call" else '"file.py:function"'
        )
        said = (f"{shown(error['input'])} is no call.", f"Write it like {form}.")
    elif len(error.get("kinds", ())) > 1 and kind != "literal_error":
        said = wrong_type(list(error["kinds"]), error["input"])
    else:
        said = sentence(error)
    return Problem(where, *said)


def _misspelt(document: Document, place: KeyPath, error: Mapping[str, Any]) -> bool:
    """Whether a missing key stands there misspelt; that one's own problem names it."""
    if error["type"] != "missing":
        return False
    valid = valid_keys(place)
    unknown = [str(key) for key in _keys_at(document, place) if key not in valid]
    return any(nearest(key, valid) == error["loc"][-1] for key in unknown)


def _keys_at(document: Document, place: KeyPath) -> list[str | int]:
    return [path[-1] for path in document.lines if path[:-1] == place and path != place]


def _unknown_key(document: Document, place: KeyPath) -> tuple[str, str | None]:
    name, parent = str(place[-1]), place[:-1]
    valid = valid_keys(parent)
    list_name = parent[-2] if len(parent) >= 2 and isinstance(parent[-1], int) else None
    if list_name not in _LISTS:
        return f'There is no key "{name}" here.', did_you_mean(name, valid)
    noun = _LISTS[str(list_name)]
    verb = next((str(key) for key in _keys_at(document, parent) if key in valid), None)
    if verb is not None and name in valid_keys((*parent, verb)):
        return f'"{name}" belongs to "{verb}".', f'Indent it so that it stands inside "{verb}:".'
    if verb is None:
        for other in ("when", "then", "disturb"):
            if _LISTS[other] != noun and name in valid_keys((other, 0)):
                return f'"{name}" is no {noun}; it is a {_LISTS[other]}.', f'Put it under "{other}:".'
    return f'There is no {noun} "{name}".', did_you_mean(name, valid)
