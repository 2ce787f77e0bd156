from __future__ import annotations

import csv
import io

from harness.scenario.model import CsvContent


def content(**fields: object) -> bytes:
    return CsvContent.model_validate(fields).content()


def test_rows_are_numbered_from_1() -> None:
    made = content(header=["id", "name"], row=["{n:03}", "row {n}"], rows=2)
    assert made == b"id,name\n001,row 1\n002,row 2\n"


def test_no_rows_leave_the_header() -> None:
    assert content(header=["id"], row=["{n}"], rows=0) == b"id\n"


def test_rows_are_added_until_the_size_is_reached_and_no_further() -> None:
    made = content(header=["id"], row=["{n:09}"], at_least="1KB")
    assert 1000 <= len(made) < 1010
    assert content(header=["id"], row=["{n:09}"], rows=500, at_least="1KB").count(b"\n") == 501


def test_cells_that_need_quotes_are_quoted() -> None:
    cells = ['a "b"', "c,d", "e\nf", "é"]
    made = content(header=["1", "2", "3", "4"], row=cells, rows=1)
    assert list(csv.reader(io.StringIO(made.decode(), newline="")))[1] == cells
