"""This file decides how a JSONata expression is evaluated: by which library, with which functions, into what.

No moto, no kernel. The library is `jsonata-python`; it is loaded with the first expression, since most state machines
are written in JSONPath. What in it depends on clock or chance (``$now``, ``$millis``, ``$random``, ``$shuffle``) is
replaced, what Step Functions adds (``$partition``, ``$range``, ``$hash``, ``$uuid``, ``$parse``) is added, ``$eval`` is
refused (SFN-22). Results are plain JSON values that share nothing with the bindings.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from harness.errors import ScenarioError

_EXPRESSIONS_KEPT = 4096
_MAX_RANGE = 1000
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class QueryError(Exception):
    """An expression that cannot be read, fails, or gives something else than JSON; the text says which."""


@dataclass(frozen=True)
class Chance:
    """Where what differs from one call to the next comes from.

    ``millis`` gives the time in milliseconds since 1970, ``draw`` a number from 0 up to, not including, its
    argument, ``uuid`` a random UUID.
    """

    millis: Callable[[], int]
    draw: Callable[[int], int]
    uuid: Callable[[], str]


@functools.cache
def _library() -> Any:
    limit = sys.getrecursionlimit()
    try:
        from jsonata import jexception, parser, utils
        from jsonata.functions import Functions
        from jsonata.jsonata import Jsonata
    except ImportError:
        raise ScenarioError(
            'A state machine is written in JSONata ("QueryLanguage": "JSONata"); what evaluates it is not installed.',
            hint='Install it: pip install "pipeline-harness[jsonata]"',
        ) from None
    finally:
        # The library raises the limit for the whole process as it is imported, the code under test included.
        sys.setrecursionlimit(limit)
    return SimpleNamespace(
        Jsonata=Jsonata,
        Functions=Functions,
        Utils=utils.Utils,
        error=jexception.JException,
        not_json=(Jsonata.JFunctionCallable, parser.Parser.Symbol, re.Pattern),
    )


@functools.lru_cache(maxsize=_EXPRESSIONS_KEPT)
def parsed(expression: str) -> Any:
    """The expression, ready to be evaluated any number of times.

    Raises:
        QueryError: it cannot be read.
        ScenarioError: the library is not installed.
    """
    library = _library()
    try:
        ready = library.Jsonata(expression)
    except Exception as error:
        # The library lets errors of Python's through as well.
        raise QueryError(str(error) or type(error).__name__) from None
    ready.set_output_convert_nulls(False)
    ready.set_validate_input(False)
    return ready


class JsonataEngine:
    """Evaluates expressions with one run's clock and chance."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    @functools.cached_property
    def _functions(self) -> dict[str, Any]:
        made = {
            "now": self._now,
            "millis": self._chance.millis,
            "random": self._random,
            "shuffle": self._shuffle,
            "uuid": self._chance.uuid,
            "partition": _partition,
            "range": _range,
            "hash": _hash,
            "parse": _parse,
            "eval": _refuse_eval,
        }
        return {name: _library().Jsonata.JLambda(function) for name, function in made.items()}

    def evaluate(self, expression: str, bindings: Mapping[str, Any]) -> Any:
        """The expression's value, ``$name`` standing for ``bindings["name"]``.

        Raises:
            QueryError: it fails, or its value is nothing or not JSON.
            ScenarioError: the library is not installed.
        """
        ready = parsed(expression)
        library = _library()
        library.Jsonata.CURRENT.jsonata = ready
        try:
            value = ready.evaluate(None, {**self._functions, **bindings})
        except QueryError:
            raise
        except Exception as error:
            raise QueryError(str(error) or type(error).__name__) from None
        if value is None:
            raise QueryError(f"The JSONata expression '{expression}' returned nothing (undefined).")
        return _plain(value, expression)

    def _now(self, picture: str | None = None, timezone: str | None = None) -> Any:
        return _library().Functions.datetime_from_millis(self._chance.millis(), picture, timezone)

    def _random(self, seed: Any = None) -> float:
        if seed is None:
            return self._chance.draw(1 << 53) / (1 << 53)
        digest = hashlib.sha256(json.dumps(seed).encode()).digest()
        return int.from_bytes(digest[:8]) / (1 << 64)

    def _shuffle(self, items: Sequence[Any] | None) -> list[Any] | None:
        if items is None:
            return None
        left = list(items)
        return [left.pop(self._chance.draw(len(left))) for _ in range(len(left))]


def _plain(value: Any, expression: str) -> Any:
    library = _library()
    if value is None or value is library.Utils.NULL_VALUE:
        return None
    if isinstance(value, dict):
        return {key: _plain(item, expression) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, expression) for item in value]
    if isinstance(value, library.not_json) or callable(value):
        raise QueryError(f"The JSONata expression '{expression}' returned an unsupported result type.")
    if isinstance(value, float) and not math.isfinite(value):
        raise QueryError(f"Number out of range: {value}")
    return value


def _partition(items: Sequence[Any] | None, size: int) -> list[list[Any]] | None:
    if items is None:
        return None
    if int(size) < 1:
        raise QueryError(f"$partition takes a size of 1 or more, not {size}.")
    whole = items if isinstance(items, list) else [items]
    return [whole[at : at + int(size)] for at in range(0, len(whole), int(size))]


def _range(first: float, last: float, step: float) -> list[float]:
    if step == 0:
        raise QueryError("$range takes a step other than 0.")
    count = max(math.floor((last - first) / step) + 1, 0)
    if count > _MAX_RANGE:
        raise QueryError(f"$range gives at most {_MAX_RANGE:,} numbers; this would be {count:,}.")
    return [first + number * step for number in range(count)]


def _hash(value: Any, algorithm: str) -> str:
    if algorithm not in _HASHES:
        raise QueryError(f"$hash knows {', '.join(_HASHES)}, not '{algorithm}'.")
    text = value if isinstance(value, str) else json.dumps(_plain(value, "$hash"), separators=(",", ":"))
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _parse(text: str | None) -> Any:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise QueryError(f"$parse was given what is not JSON: {error}") from None
    return _library().Utils.NULL_VALUE if value is None else value


def _refuse_eval(*_: Any) -> Any:
    raise QueryError("$eval is not supported by Step Functions; $parse reads JSON.")
