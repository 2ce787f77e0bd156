"""This file decides which texts are numbers, and how they are multiplied and rounded: exactly.

A number is written with ASCII digits and a point. Thousands separators, currency signs and exponents are
refused: a guess about somebody's money is worse than a row in the list of unreadable ones. The bounds on
the digits keep every product and sum within the context's precision, so nothing is rounded but by
``to_cents``.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal

CENT = Decimal("0.01")
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})")


def read_number(text: str) -> Decimal | None:
    """The number in a cell, or None if there is none that can be read without guessing."""
    stripped = text.strip()
    return Decimal(stripped) if _NUMBER.fullmatch(stripped) else None


def to_cents(value: Decimal) -> Decimal:
    """The value with two decimals, half a cent rounded away from zero."""
    return value.quantize(CENT, context=EXACT)
