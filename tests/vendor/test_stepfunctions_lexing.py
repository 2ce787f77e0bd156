"""Definitions are cut into the tokens that ANTLR cuts them into."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from antlr4 import InputStream
from antlr4.atn.LexerATNSimulator import LexerATNSimulator
from antlr4.error.ErrorListener import ErrorListener
from hypothesis import given
from hypothesis import strategies as st
from moto.stepfunctions.parser.asl.antlr.runtime.ASLLexer import ASLLexer

from harness.vendor import stepfunctions_lexing
from harness.vendor.patches import Patches

ROOT = Path(__file__).parents[2]
DEFINITIONS = sorted(path for folder in ("lambdas", "fixtures") for path in (ROOT / folder).rglob("*.asl.json"))
# What a definition is made of, whole and in pieces.
PIECES = [
    *(name[1:-1] for name in ASLLexer.literalNames[1:]),
    *('"$"', '"$$"', '"$.a"', '"$x"', '"a.$"', '"$.$"', '"$$.a.$"', "\"States.Format('x')\"", '"States.A()"'),
    *('"{% a %}"', '"{%%}"', '"{% %}x"', '"{% .$"', '""', '"', "\\", "\\n", "\\x", "\\u00e9", '\\"', "$", "$$", ".$"),
    *("States.", "(", ")", "{%", "%}", "0", "1", "12", "-", "-1", ".5", "1.5", "e", "E+", "nul", " ", "\t", "\n", "\r"),
    *("\x00", "\x1f", "\x7f", "é", "\u2028", "🎵", "aZ_"),
]


class Heard(ErrorListener):  # type: ignore[misc]
    """What the lexer says of what it cannot read."""

    def __init__(self) -> None:
        self.errors: list[tuple[int, int, str]] = []

    def syntaxError(self, *said: Any) -> None:  # noqa: N802 - ANTLR's name
        _recognizer, _symbol, line, column, message, _error = said
        self.errors.append((line, column, message))


def cut(text: str) -> tuple[list[tuple[Any, ...]], list[tuple[int, int, str]]]:
    """The tokens of a text with all that is known of each, and the lexer's errors."""
    lexer, heard = ASLLexer(InputStream(text)), Heard()
    lexer.removeErrorListeners()
    lexer.addErrorListener(heard)
    tokens = lexer.getAllTokens()
    return [(t.type, t.channel, t.start, t.stop, t.line, t.column, t.text) for t in tokens], heard.errors


def cut_by_us(text: str) -> tuple[list[tuple[Any, ...]], list[tuple[int, int, str]]]:
    with Patches() as patches:
        stepfunctions_lexing.apply(patches)
        return cut(text)


def test_the_target_exists_with_this_signature() -> None:
    assert list(inspect.signature(ASLLexer.__init__).parameters) == ["self", "input", "output"]
    assert list(inspect.signature(LexerATNSimulator.match).parameters) == ["self", "input", "mode"]


def test_upstream_still_fills_its_table_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    upstream = LexerATNSimulator.match
    monkeypatch.setattr(LexerATNSimulator, "match", lambda self, *a: asked.append(1) or upstream(self, *a))
    cut('{"States": 1}')
    assert len(asked) == len(["{", '"States"', ":", " ", "1", "}"])
    asked.clear()
    cut_by_us('{"States": 1}')
    assert asked == []


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join))
def test_any_text_is_cut_as_antlr_cuts_it(text: str) -> None:
    assert cut_by_us(text) == cut(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_json_is_cut_as_antlr_cuts_it(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
        assert cut_by_us(text) == cut(text)


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_definition_of_ours_is_cut_as_antlr_cuts_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens, errors = cut_by_us(text)
    assert (tokens, errors) == cut(text)
    assert tokens
    assert not errors


def test_undo_restores_the_very_same_object() -> None:
    before = ASLLexer.__init__
    with Patches() as patches:
        stepfunctions_lexing.apply(patches)
        assert ASLLexer.__init__ is not before
    assert ASLLexer.__init__ is before
