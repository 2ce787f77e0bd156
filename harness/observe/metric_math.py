"""This file decides what a metric math expression comes to: its values for each period.

It does not read expressions (``metric_expressions.py``). A value is a number or a series: one number for each period,
None where there is no datapoint. From AWS's page "Using math expressions with CloudWatch metrics": arithmetic with a
missing datapoint is missing, division by zero gives no datapoint, what compares is 0 or 1; FILL takes a number, REPEAT
or LINEAR.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from harness.observe.metric_expressions import Node

Series = tuple[float | None, ...]
Value = float | Series


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods that are asked for: when each begins, in seconds since 1970, and how long one is."""

    begins: tuple[int, ...]
    length_s: int


def compute(node: Node, known: Mapping[str, Series], periods: Periods) -> Value:
    """The value of an expression; ``known`` has the series of every id that it refers to."""
    if node.kind == "number":
        return float(node.value)
    if node.kind == "name":
        return known[node.value]
    if node.kind == "list":
        raise ValueError("An array of several series is not computed here but inside SUM, AVG, MIN and MAX.")
    if node.kind == "call":
        return _COMPUTED[node.value](node.parts, known, periods)
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


_COMPUTED: dict[str, _Function] = {
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
