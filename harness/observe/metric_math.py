"""This file decides what a metric math expression means: how it is read, and its values for each period.

A value is a number or a series: one number for each period, None where there is no datapoint. Understood are + - * / ^,
comparisons, AND, OR, parentheses and the functions below; everything else of CloudWatch's is refused by name (SEARCH,
SELECT, ANOMALY_DETECTION_BAND, arrays of several series among it). From AWS's page "Using math expressions with
CloudWatch metrics": arithmetic with a missing datapoint is missing, division by zero gives no datapoint, what compares
is 0 or 1; FILL takes a number, REPEAT or LINEAR.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from harness.errors import did_you_mean

Series = tuple[float | None, ...]
Value = float | Series
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(&&|\|\||==|!=|<=|>=|[-+*/^()<>,\[\]]))")
_LEVELS = (("||", "OR"), ("&&", "AND"), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"))


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods that are asked for: when each begins, in seconds since 1970, and how long one is."""

    begins: tuple[int, ...]
    length_s: int


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of an expression: "number", "name", "call", "list" or an operator, with what belongs to it."""

    kind: str
    value: str = ""
    parts: tuple[Node, ...] = ()

    def names(self) -> tuple[str, ...]:
        """The ids that it refers to."""
        if self.kind == "name" and self.value.upper() not in _WORDS:
            return (self.value,)
        return tuple(dict.fromkeys(name for part in self.parts for name in part.names()))


@lru_cache(maxsize=256)
def parse(expression: str) -> Node:
    """The expression, read.

    Raises:
        ValueError: it is none, or uses what is not understood here; the text says which.
    """
    reader = _Reader(expression)
    node = reader.level(0)
    if reader.next is not None:
        raise ValueError(f'"{expression}" is no metric math expression: it goes on at "{reader.next}".')
    return node


class _Reader:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens: list[str] = []
        at, text = 0, expression.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError(
                    f'"{expression}" is no metric math expression: "{text[at:].strip()}" is not understood.'
                )
            self._tokens.append(match.group().strip())
            at = match.end()
        self._tokens.reverse()

    @property
    def next(self) -> str | None:
        return self._tokens[-1] if self._tokens else None

    def take(self, wanted: str | None = None) -> str:
        if not self._tokens or wanted not in (None, self._tokens[-1]):
            found = f'there is "{self.next}"' if self._tokens else "it ends"
            raise ValueError(
                f'"{self._expression}" is no metric math expression: {found} where {wanted or "more"} should be.'
            )
        return self._tokens.pop()

    def level(self, depth: int) -> Node:
        if depth == len(_LEVELS):
            return self.power()
        node = self.level(depth + 1)
        while self.next is not None and self.next.upper() in _LEVELS[depth]:
            operator = self.take().upper()
            operator = {"&&": "AND", "||": "OR"}.get(operator, operator)
            node = Node(operator, parts=(node, self.level(depth + 1)))
        return node

    def power(self) -> Node:
        if self.next == "-":
            self.take()
            return Node("-", parts=(Node("number", "0"), self.power()))
        base = self.atom()
        if self.next == "^":
            self.take()
            return Node("^", parts=(base, self.power()))
        return base

    def atom(self) -> Node:
        token = self.take()
        if token == "(":
            node = self.level(0)
            self.take(")")
            return node
        if token == "[":
            return Node("list", parts=self.parts("]"))
        if token[0].isdigit():
            return Node("number", token)
        if not (token[0].isalpha() or token[0] == "_"):
            raise ValueError(
                f'"{self._expression}" is no metric math expression: "{token}" stands where a value should.'
            )
        if self.next != "(":
            return Node("name", token)
        self.take("(")
        name = token.upper()
        if name not in _FUNCTIONS:
            raise ValueError(
                f"The metric math function {name} is not computed here. {did_you_mean(name, _FUNCTIONS)}".rstrip()
            )
        return Node("call", name, self.parts(")"))

    def parts(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while self.next != end:
            if found:
                self.take(",")
            found.append(self.level(0))
        self.take(end)
        return tuple(found)


def compute(node: Node, known: Mapping[str, Series], periods: Periods) -> Value:
    """The value of an expression; ``known`` has the series of every id that it refers to."""
    if node.kind == "number":
        return float(node.value)
    if node.kind == "name":
        return known[node.value]
    if node.kind == "list":
        raise ValueError("An array of several series is not computed here but inside SUM, AVG, MIN and MAX.")
    if node.kind == "call":
        return _FUNCTIONS[node.value](node.parts, known, periods)
    left, right = (compute(part, known, periods) for part in node.parts)
    return _each(_OPERATORS[node.kind], left, right)


def _each(operator: Callable[..., float | None], *values: Value) -> Value:
    """Apply to numbers, or period by period; what has a gap gives one."""
    length = next((len(v) for v in values if isinstance(v, tuple)), None)
    if length is None:
        result = operator(*values)
        return math.nan if result is None else result
    columns = [v if isinstance(v, tuple) else (v,) * length for v in values]
    return tuple(None if None in row else operator(*row) for row in zip(*columns, strict=True))


def _divided(left: float, right: float) -> float | None:
    return left / right if right else None


def _raised(left: float, right: float) -> float | None:
    try:
        result = left**right
    except (OverflowError, ZeroDivisionError):
        return None
    return result if isinstance(result, float) else None


_OPERATORS: dict[str, Callable[[float, float], float | None]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divided,
    "^": _raised,
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
    "AND": lambda a, b: float(bool(a) and bool(b)),
    "OR": lambda a, b: float(bool(a) or bool(b)),
}

# -- functions ------------------------------------------------------------------------------------

_WORDS = ("REPEAT", "LINEAR")
_Function = Callable[[tuple[Node, ...], Mapping[str, Series], Periods], Value]


def _folded(fold: Callable[[Sequence[float]], float]) -> _Function:
    """SUM, AVG, MIN, MAX: of one series a number, of an array a series, where a gap is passed over."""

    def function(parts: tuple[Node, ...], known: Mapping[str, Series], periods: Periods) -> Value:
        items = parts[0].parts if len(parts) == 1 and parts[0].kind == "list" else parts
        if len(items) == 1 and items is parts:
            value = compute(items[0], known, periods)
            there = [v for v in value if v is not None] if isinstance(value, tuple) else [value]
            return fold(there) if there else math.nan
        values = [compute(item, known, periods) for item in items]
        if not any(isinstance(v, tuple) for v in values):
            return fold([v for v in values if isinstance(v, float)])
        columns = [v if isinstance(v, tuple) else (v,) * len(periods.begins) for v in values]
        rows = ([v for v in row if v is not None] for row in zip(*columns, strict=True))
        return tuple(fold(row) if row else None for row in rows)

    return function


def _one(operator: Callable[[float], float | None]) -> _Function:
    def function(parts: tuple[Node, ...], known: Mapping[str, Series], periods: Periods) -> Value:
        return _each(operator, compute(parts[0], known, periods))

    return function


def _series(value: Value, periods: Periods) -> Series:
    return value if isinstance(value, tuple) else (value,) * len(periods.begins)


def _fill(parts: tuple[Node, ...], known: Mapping[str, Series], periods: Periods) -> Value:
    series = _series(compute(parts[0], known, periods), periods)
    how = parts[1].value.upper() if parts[1].kind == "name" else ""
    if how == "REPEAT":
        return tuple(accumulate(series, lambda last, value: last if value is None else value))
    if how == "LINEAR":
        return _interpolated(series)
    filler = _series(compute(parts[1], known, periods), periods)
    return tuple(f if v is None else v for v, f in zip(series, filler, strict=True))


def _interpolated(series: Series) -> Series:
    there = [i for i, v in enumerate(series) if v is not None]
    filled = list(series)
    for a, b in pairwise(there):
        low, high = series[a], series[b]
        assert low is not None and high is not None
        for i in range(a + 1, b):
            filled[i] = low + (high - low) * (i - a) / (b - a)
    return tuple(filled)


def _if(parts: tuple[Node, ...], known: Mapping[str, Series], periods: Periods) -> Value:
    condition = compute(parts[0], known, periods)
    then = compute(parts[1], known, periods)
    other: Value = compute(parts[2], known, periods) if len(parts) > 2 else math.nan
    if not any(isinstance(v, tuple) for v in (condition, then, other)):
        return then if condition else other
    rows = zip(*(_series(v, periods) for v in (condition, then, other)), strict=True)
    chosen = (a if c else b for c, a, b in rows)
    return tuple(None if v is None or math.isnan(v) else v for v in chosen)


def _rate(parts: tuple[Node, ...], known: Mapping[str, Series], periods: Periods) -> Value:
    series = _series(compute(parts[0], known, periods), periods)
    return tuple(None if v is None else v / periods.length_s for v in _differences(series))


def _diff(parts: tuple[Node, ...], known: Mapping[str, Series], periods: Periods) -> Value:
    return _differences(_series(compute(parts[0], known, periods), periods))


def _differences(series: Series) -> Series:
    pairs = zip((None, *series[:-1]), series, strict=True)
    return tuple(None if a is None or b is None else b - a for a, b in pairs)


def _running_sum(parts: tuple[Node, ...], known: Mapping[str, Series], periods: Periods) -> Value:
    total, found = 0.0, []
    for value in _series(compute(parts[0], known, periods), periods):
        total += value or 0.0
        found.append(total)
    return tuple(found)


def _period(parts: tuple[Node, ...], known: Mapping[str, Series], periods: Periods) -> Value:
    return float(periods.length_s)


def _data_points(parts: tuple[Node, ...], known: Mapping[str, Series], periods: Periods) -> Value:
    return float(sum(v is not None for v in _series(compute(parts[0], known, periods), periods)))


_FUNCTIONS: dict[str, _Function] = {
    "ABS": _one(abs),
    "AVG": _folded(lambda values: math.fsum(values) / len(values)),
    "CEIL": _one(lambda v: float(math.ceil(v))),
    "DATAPOINT_COUNT": _data_points,
    "DIFF": _diff,
    "FILL": _fill,
    "FLOOR": _one(lambda v: float(math.floor(v))),
    "IF": _if,
    "LOG": _one(lambda v: math.log(v) if v > 0 else None),
    "LOG10": _one(lambda v: math.log10(v) if v > 0 else None),
    "MAX": _folded(max),
    "MIN": _folded(min),
    "PERIOD": _period,
    "RATE": _rate,
    "RUNNING_SUM": _running_sum,
    "SUM": _folded(math.fsum),
}
