"""This file decides how matchers are put to values: to one, to those inside a JSON text, to named ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

import jmespath
from jmespath.exceptions import JMESPathError


class Asks(Protocol):
    """Any of the scenario's matchers."""

    def check(self, value: Any) -> str | None:
        """None if it holds, else one sentence that says why not."""


def json_problems(text: str | bytes, matchers: Mapping[str, Asks], *, what: str = "it") -> list[str]:
    """Why a JSON text does not fit; one sentence per expression, none if all fit."""
    if not matchers:
        return []
    try:
        document = json.loads(text)
    except ValueError as error:
        start = text[:60].decode(errors="replace") if isinstance(text, bytes) else text[:60]
        return [f'{what} is no JSON ({error}); it begins with "{start}"']
    return [problem for path, matcher in matchers.items() if (problem := _json_problem(document, path, matcher))]


def _json_problem(document: Any, path: str, matcher: Asks) -> str | None:
    try:
        value = jmespath.search(path, document)
    except JMESPathError as error:
        return f"`{path}` cannot be asked of it: {str(error).splitlines()[0]}"
    problem = matcher.check(value)
    return f"`{path}`: {problem}" if problem else None


def named_problems(what: str, values: Mapping[str, Any], matchers: Mapping[str, Asks], missing: Any) -> list[str]:
    """Why values with names (metadata, attributes) do not fit."""
    found = []
    for name, matcher in matchers.items():
        problem = matcher.check(values.get(name, missing))
        if problem:
            found.append(f'{what} "{name}": {problem}')
    return found
