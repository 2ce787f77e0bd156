"""This file decides what a CSV file is: how its bytes become rows, and what is rejected with which reason.

A CSV here is UTF-8 (with or without a byte order mark), comma-separated, with a header in the first row
that is not blank and at least one row of data. Blank rows are passed over but counted, so that a row's
number is the one a spreadsheet shows. It reads as a stream: memory is bounded by the longest line, and that
has a limit. It does not know which columns a report needs, but for telling a header from data.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from common.numbers import read_number

REQUIRED_COLUMNS = ("order_id", "customer_name", "product", "quantity", "price", "date")

# The header travels in messages and states, which end at 262,144 bytes (SFN-02).
MAX_HEADER_BYTES = 16 * 1024
MAX_LINE_CHARACTERS = 1024 * 1024

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}")


class Rejected(Exception):
    """The file is not one this pipeline can read; ``code`` is for programs, ``reason`` for people."""

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"{code}: {reason}")


@dataclass(frozen=True, slots=True)
class Table:
    """An opened CSV: its column names, and its data rows with their numbers, to be read once."""

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]


def column_name(text: str) -> str:
    """The form in which column names are compared: case and space around them do not matter."""
    return text.strip().lower()


def read_table(body: Any) -> Table:
    """The table in a file whose bytes ``body.read(n)`` gives.

    Raises:
        Rejected: it is empty, not UTF-8, not a CSV, or has no header. Reading the rows raises it as well.
    """
    raw = io.BufferedReader(_Readable(body), 64 * 1024)
    _refuse_binary(raw.peek(1024)[:1024])
    rows = _rows(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
    first = next(rows, None)
    if first is None:
        raise Rejected("EmptyFile", "the file is empty")
    header = [cell.strip() for cell in first[1]]
    _refuse_bad_header(header)
    return Table(header, rows)


def count_rows(table: Table) -> int:
    """How many data rows are left in the table.

    Raises:
        Rejected: there is none, or one cannot be read.
    """
    count = sum(1 for _ in table.rows)
    if count == 0:
        raise Rejected("NoDataRows", "the file has a header but no data rows")
    return count


def _rows(text: io.TextIOWrapper) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        # Strict: a quote that is never closed would otherwise swallow the rows after it in silence.
        for number, cells in enumerate(csv.reader(_lines(text), strict=True), start=1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise Rejected("NotUtf8", f"the file is not UTF-8: it contains the byte 0x{byte:02x}") from error
    except csv.Error as error:
        raise Rejected("NotCsv", f"the file is not a CSV: row {number + 1}: {error}") from error


def _lines(text: io.TextIOWrapper) -> Iterable[str]:
    while line := text.readline(MAX_LINE_CHARACTERS):
        if len(line) == MAX_LINE_CHARACTERS:
            raise Rejected("NotCsv", f"the file is not a CSV: a line has over {MAX_LINE_CHARACTERS} characters")
        yield line


def _refuse_binary(start: bytes) -> None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Rejected("NotUtf8", "the file is not UTF-8: it begins like UTF-16")
    if b"\0" in start:
        raise Rejected("NotCsv", "the file is not a CSV: it holds binary data")


def _refuse_bad_header(header: list[str]) -> None:
    if header[0].startswith(("{", "[", "<")):
        raise Rejected("NotCsv", f'the file is not a CSV: it begins with "{header[0][0]}", like JSON or XML')
    known = any(column_name(name) in REQUIRED_COLUMNS for name in header)
    if not known and any(read_number(name) is not None or _DATE.fullmatch(name) for name in header):
        raise Rejected("NoHeader", "the file has no header: its first row holds values, not column names")
    if len(json.dumps(header)) > MAX_HEADER_BYTES:
        raise Rejected("HeaderTooLong", f"the header is longer than {MAX_HEADER_BYTES} bytes")


class _Readable(io.RawIOBase):
    """Gives a response's body the interface that the standard library's readers ask for."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
