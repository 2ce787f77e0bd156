"""This file decides how a duration, a size and a pattern are written in a scenario, and what they mean.

It does not know the keys they stand under. Amounts carry their unit in the file ("30s", "1MB"), so that
nobody has to look up whether a plain 30 was seconds or milliseconds; only a size may be a plain number
of bytes, AWS's own habit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_UNIT_US = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1000}
_PART = re.compile(r"([0-9]{1,12})(ms|[dhms])")
DURATION_PATTERN = r"^([0-9]{1,12}(ms|[dhms]))+$"

_SIZE_UNITS = {
    "B": 1,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
_SIZE = re.compile(r"([0-9]{1,12})\s?([KMG]i?B|B)")
SIZE_PATTERN = r"^[0-9]{1,12} ?([KMG]i?B|B)$"

LONGEST_PATTERN = 500
# A hundred years: far beyond any run, and within what dates can say.
LONGEST_DURATION_D = 36_500


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of virtual time in whole microseconds; as text it reads the way a file would say it."""

    us: int

    @property
    def s(self) -> float:
        """Seconds."""
        return self.us / 1_000_000

    def __str__(self) -> str:
        left, text = self.us, ""
        for unit, unit_us in _UNIT_US.items():
            amount, left = divmod(left, unit_us)
            text += f"{amount}{unit}" if amount else ""
        return text + (f"{left}us" if left else "") or "0s"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(parse_duration)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": DURATION_PATTERN, "examples": ["30s", "5m", "1m30s", "250ms"]}


def parse_duration(value: Any) -> Duration:
    """The duration a file's value stands for: ``30s``, ``5m``, ``1m30s``, ``250ms``.

    Raises:
        PydanticCustomError: of type ``duration``, when it is none, or ``duration_long``.
    """
    if isinstance(value, Duration):
        return value
    if isinstance(value, str) and re.match(DURATION_PATTERN, value):
        parts = _PART.findall(value)
        units = [unit for _, unit in parts]
        if units == sorted(set(units), key=list(_UNIT_US).index):
            us = sum(int(amount) * _UNIT_US[unit] for amount, unit in parts)
            if us > LONGEST_DURATION_D * _UNIT_US["d"]:
                raise PydanticCustomError("duration_long", "too long")
            return Duration(us)
    raise PydanticCustomError("duration", "no duration")


def parse_size(value: Any) -> int:
    """The number of bytes a file's value stands for: ``1MB``, ``256KiB`` or a whole number of bytes.

    Raises:
        PydanticCustomError: of type ``size``, when it is none.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        return int(found[1]) * _SIZE_UNITS[found[2]]
    raise PydanticCustomError("size", "no size")


def parse_pattern(value: Any) -> str:
    """A regular expression from a file: short enough and one that compiles.

    Raises:
        PydanticCustomError: of type ``pattern_long`` or ``pattern``.
    """
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "no text")
    if len(value) > LONGEST_PATTERN:
        raise PydanticCustomError("pattern_long", "too long", {"length": len(value)})
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise PydanticCustomError("pattern", "no pattern", {"reason": str(error)}) from None
    return value


Size = Annotated[
    int,
    BeforeValidator(parse_size),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": SIZE_PATTERN}],
            "examples": ["1MB", "256KiB", 1024],
        }
    ),
]
Pattern = Annotated[
    str,
    BeforeValidator(parse_pattern),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_PATTERN, "format": "regex"}),
]
