"""This file decides which of an API's paths a request's path goes to: the most specific one.

It knows paths only, not what is behind them. A fixed part wins over ``{parameter}``, that over the greedy
``{name+}``, part by part from the left; REST and HTTP APIs do it alike. A greedy part stands for at least one part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Match:
    """A path that fits, and what its parameters stand for, decoded."""

    template: str
    parameters: dict[str, str]


def match(path: str, templates: Iterable[str]) -> list[Match]:
    """The templates that fit ``path``, the most specific first; each template once."""
    parts = _parts(path)
    found = []
    for template in dict.fromkeys(templates):
        fitted = _fit(parts, _parts(template))
        if fitted is not None:
            rank, parameters = fitted
            found.append((rank, Match(template, parameters)))
    return [m for _, m in sorted(found, key=lambda pair: pair[0])]


def _parts(path: str) -> list[str]:
    stripped = path.strip("/")
    return stripped.split("/") if stripped else []


def _fit(parts: list[str], template: list[str]) -> tuple[tuple[int, ...], dict[str, str]] | None:
    rank: list[int] = []
    parameters: dict[str, str] = {}
    for number, wanted in enumerate(template):
        if wanted.startswith("{") and wanted.endswith("+}"):
            if number >= len(parts):
                return None
            parameters[wanted[1:-2]] = unquote("/".join(parts[number:]))
            return (*rank, 2), parameters
        if number >= len(parts):
            return None
        if wanted.startswith("{") and wanted.endswith("}"):
            parameters[wanted[1:-1]] = unquote(parts[number])
            rank.append(1)
        elif wanted == unquote(parts[number]):
            rank.append(0)
        else:
            return None
    return ((*rank,), parameters) if len(parts) == len(template) else None
