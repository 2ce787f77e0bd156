"""This file decides what a pattern of IAM's matches: ``*`` stands for any text, ``?`` for one character. IAM-10

Policy variables (``${aws:SourceArn}``) are refused by name: none are filled in here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from harness.errors import ScenarioError

_VARIABLE = re.compile(r"\$\{[^}]*\}")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return with_any_text(["".join("." if c == "?" else re.escape(c) for c in piece) for piece in pattern.split("*")])


def with_any_text(pieces: Sequence[str]) -> re.Pattern[str]:
    """The regular expression of these, each of a fixed length, with any text between two of them.

    It tries nothing twice: a piece in the middle is where it is found first. (Plain ``.*`` between many pieces would
    take longer than anybody waits for a text that almost matches, and hold up everything.)
    """
    if len(pieces) == 1:
        return re.compile(pieces[0], re.DOTALL)
    first, *between, last = pieces
    found_first = "".join(f"(?>.*?{piece})" for piece in between if piece)
    return re.compile(f"{first}{found_first}.*{last}", re.DOTALL)


def like(pattern: str, text: str) -> bool:
    """Whether the whole of ``text`` matches; capital and small letters differ."""
    return _compiled(pattern).fullmatch(text) is not None


def arn_like(pattern: str, arn: str) -> bool:
    """Whether an ARN matches, each of its six parts on its own: a ``*`` does not reach over a colon before the last."""
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    return len(patterns) == len(parts) and all(like(p, a) for p, a in zip(patterns, parts, strict=True))


def without_variables(text: str) -> str:
    """``text``, which holds no policy variable.

    Raises:
        ScenarioError: it does.
    """
    if _VARIABLE.search(text):
        raise ScenarioError(
            f'"{text}" in a policy holds a policy variable, and none are filled in here.',
            hint="Write the value itself, or use Fn::Sub if CloudFormation was to fill it in.",
        )
    return text
