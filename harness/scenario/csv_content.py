"""This file decides how a scenario describes a CSV file that is made on the spot, and what is in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from harness.scenario.base import Maybe, Part
from harness.scenario.placeholders import number_text
from harness.scenario.values import Size


class CsvContent(Part):
    """A CSV file made on the spot: a header, then rows from a template."""

    header: Annotated[tuple[str, ...], Field(strict=False, min_length=1, description="The column names.")]
    row: Annotated[
        tuple[str, ...],
        Field(
            strict=False,
            description="One text per column. {n} is the row's number from 1, {n:04} padded; {{ is a brace.",
        ),
    ]
    rows: Annotated[Maybe[int], Field(ge=0, le=10_000_000, description="How many rows.")] = None
    at_least: Annotated[Maybe[Size], Field(description="Go on adding rows until the file has at least this size.")] = (
        None
    )

    @model_validator(mode="after")
    def _fits(self) -> CsvContent:
        if len(self.row) != len(self.header):
            lengths = {"row": len(self.row), "header": len(self.header)}
            raise PydanticCustomError("csv_row", "other length", lengths)
        if self.rows is None and self.at_least is None:
            raise PydanticCustomError("csv_length", "no length")
        for cell in self.row:
            number_text(cell, 1)
        return self

    def content(self) -> bytes:
        """The file: lines end in a newline, cells are quoted where CSV asks for it."""
        lines = [_csv_line(self.header)]
        size, n = len(lines[0]), 0
        while n < (self.rows or 0) or (self.at_least is not None and size < self.at_least):
            n += 1
            lines.append(_csv_line([number_text(cell, n) for cell in self.row]))
            size += len(lines[-1])
        return b"".join(lines)


def _csv_line(cells: tuple[str, ...] | list[str]) -> bytes:
    special = '",\r\n'
    quoted = (f'"{c.replace(chr(34), chr(34) * 2)}"' if any(s in c for s in special) else c for c in cells)
    return (",".join(quoted) + "\n").encode()
