"""This file decides how a metric math expression is read. What it comes to is decided in ``metric_math.py``.

Understood are + - * / ^, comparisons, AND, OR, parentheses, arrays inside a function, and the functions named here;
everything else of CloudWatch's is refused by name (SEARCH, SELECT, ANOMALY_DETECTION_BAND among it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from harness.errors import did_you_mean

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(&&|\|\||==|!=|<=|>=|[-+*/^()<>,\[\]]))")
_LEVELS = (("||", "OR"), ("&&", "AND"), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"))
FUNCTIONS = (
    "ABS",
    "AVG",
    "CEIL",
    "DATAPOINT_COUNT",
    "DIFF",
    "FILL",
    "FLOOR",
    "IF",
    "LOG",
    "LOG10",
    "MAX",
    "MIN",
    "PERIOD",
    "RATE",
    "RUNNING_SUM",
    "SUM",
)
_WORDS = ("REPEAT", "LINEAR")


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
    try:
        node = reader.level(0)
    except RecursionError:
        raise ValueError("A metric math expression is nested too deeply to be read.") from None
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
        if name not in FUNCTIONS:
            raise ValueError(
                f"The metric math function {name} is not computed here. {did_you_mean(name, FUNCTIONS)}".rstrip()
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
