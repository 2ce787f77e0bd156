"""This file decides how the text of a state machine's definition is cut into tokens: by one regular expression.

Upstream: moto 5.2.5 has ANTLR's lexer work out the next token, character by character, from a table of transitions that
each process fills anew. Why that can't stay: half of the time that a definition's parsing takes is filling that table.
What we do: a definition is JSON, whose tokens one expression finds; which token a string is, is told by its text, or by
how it begins and ends. What the expression does not find is given to ANTLR's lexer, with all that it has to say of it.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: ANTLR's Python lexer keeps its table.
"""

from __future__ import annotations

import re
from typing import Any

from antlr4.atn.LexerATNSimulator import LexerATNSimulator
from antlr4.Lexer import Lexer
from antlr4.PredictionContext import PredictionContextCache
from moto.stepfunctions.parser.asl.antlr.runtime.ASLLexer import ASLLexer

from harness.vendor.patches import Patches

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
      | (?P<int>(?:0|[1-9][0-9]*)(?![0-9.eE]))
      | (?P<blank>[ \t\n]+)
      | (?P<literal>[,:\[\]{}]|true|false|null)""",
    re.VERBOSE,
)
# What a string is that is no key or value of the language's own: the first that fits, as in the grammar.
_STRINGS = (
    (ASLLexer.STRINGDOLLAR, re.compile(r'".*\.\$"', re.DOTALL)),
    (ASLLexer.STRINGPATHCONTEXTOBJ, re.compile(r'"\$\$.*"', re.DOTALL)),
    (ASLLexer.STRINGPATH, re.compile(r'"\$([.\[].*)?"', re.DOTALL)),
    (ASLLexer.STRINGVAR, re.compile(r'"\$[a-zA-Z_].*"', re.DOTALL)),
    (ASLLexer.STRINGINTRINSICFUNC, re.compile(r'"States\..+\(.*\)"', re.DOTALL)),
    (ASLLexer.STRINGJSONATA, re.compile(r'"\{%.*%\}"', re.DOTALL)),
)
# A token's own text is between single quotes, ANTLR's way; the first of the names is of what is no token.
_LITERALS = {name[1:-1]: number for number, name in enumerate(ASLLexer.literalNames) if number}


class _QuickSimulator(LexerATNSimulator):  # type: ignore[misc]
    """Finds the next token at once if it can, and step by step if not."""

    line: int
    column: int

    def match(self, input: Any, mode: int) -> int:
        found = _TOKEN.match(input.strdata, input.index)
        if found is None:
            upstream: int = super().match(input, mode)
            return upstream
        text = found[0]
        self.startIndex: int = input.index
        input.seek(found.end())
        lines = text.count("\n")
        self.line += lines
        self.column = len(text) - text.rindex("\n") - 1 if lines else self.column + len(text)
        return _type_of(text, found.lastgroup)


def _type_of(text: str, kind: str | None) -> int:
    known = _LITERALS.get(text)
    if known is not None:
        return known
    if kind == "blank":
        return int(Lexer.SKIP)
    if kind == "int":
        return ASLLexer.INT
    return next((number for number, shape in _STRINGS if shape.fullmatch(text)), ASLLexer.STRING)


def apply(patches: Patches) -> None:
    """Cut definitions by the expression."""

    def begin(self: ASLLexer, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self._interp = _QuickSimulator(self, self.atn, self.decisionsToDFA, PredictionContextCache())

    original = patches.put(ASLLexer, "__init__", begin)
