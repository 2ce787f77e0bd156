"""What was written is read again; what was being written when the process ended is cut off."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.serve.journal import Journal, Record

RECORDS = [Record({"n": 1, "text": "Grüße"}), Record({"n": 2}, b"\x00body\xff" * 50), Record({"n": 3}, b"")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def written(path: Path, records: list[Record]) -> None:
    journal = Journal(path)
    for record in records:
        journal.write(record)
    journal.close()


def test_what_was_written_is_read_again_and_more_can_be_added(path: Path) -> None:
    written(path, RECORDS[:2])
    written(path, RECORDS[2:])
    journal = Journal(path)
    assert (list(journal.read()), journal.records, journal.cut_off) == (RECORDS, 3, 0)
    journal.close()


def test_a_record_is_the_system_s_before_anybody_closes_the_file(path: Path) -> None:
    journal = Journal(path)
    journal.write(RECORDS[1])
    assert path.read_bytes() == RECORDS[1].framed()
    journal.close()


@pytest.mark.parametrize("lost", range(1, len(RECORDS[1].framed()) + 1, 7))
def test_a_record_that_was_cut_short_is_dropped_and_the_next_one_takes_its_place(path: Path, lost: int) -> None:
    written(path, RECORDS[:2])
    path.write_bytes(path.read_bytes()[:-lost])
    journal = Journal(path)
    assert list(journal.read()) == RECORDS[:1]
    kept = path.with_suffix(".cut-off")
    assert journal.cut_off == len(RECORDS[1].framed()) - lost
    assert (kept.read_bytes() if kept.exists() else b"") == RECORDS[1].framed()[:-lost]
    journal.write(RECORDS[2])
    journal.close()
    again = Journal(path)
    assert list(again.read()) == [RECORDS[0], RECORDS[2]]
    again.close()


def test_a_byte_that_changed_ends_what_can_be_read(path: Path) -> None:
    written(path, RECORDS)
    content = bytearray(path.read_bytes())
    content[len(RECORDS[0].framed()) + 30] ^= 1
    path.write_bytes(bytes(content))
    journal = Journal(path)
    assert list(journal.read()) == RECORDS[:1]
    journal.close()


@given(garbage=st.binary(min_size=1, max_size=200))
def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes
) -> None:
    path = tmp_path_factory.mktemp("garbage") / "journal"
    path.write_bytes(garbage)
    with pytest.raises(ValueError, match="no journal"):
        Journal(path)
    assert path.read_bytes() == garbage


def test_reading_ends_where_the_journal_ended_when_it_was_opened(path: Path) -> None:
    written(path, RECORDS[:1])
    journal = Journal(path)
    journal.write(RECORDS[1])
    assert list(journal.read()) == RECORDS[:1]
    journal.close()


def test_beginning_anew_forgets_everything(path: Path) -> None:
    written(path, RECORDS)
    journal = Journal(path)
    journal.begin_anew()
    journal.write(RECORDS[2])
    journal.close()
    again = Journal(path)
    assert list(again.read()) == RECORDS[2:]
    again.close()


def test_a_record_with_a_head_of_any_size_is_found_again(path: Path) -> None:
    # A function that prints a megabyte of empty lines ends with a million of them.
    long = Record({"lines": [{"ago_us": 123456, "text": ""}] * 600_000})
    written(path, [long, RECORDS[1]])
    journal = Journal(path)
    assert (journal.records, journal.cut_off) == (2, 0)
    journal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there a file may grow as it likes")
def test_a_record_that_the_disk_does_not_take_leaves_no_half_behind(path: Path) -> None:
    import resource

    journal = Journal(path)
    journal.write(RECORDS[0])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            journal.write(RECORDS[1])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    journal.write(RECORDS[2])
    journal.close()
    again = Journal(path)
    assert (list(again.read()), again.cut_off) == ([RECORDS[0], RECORDS[2]], 0)
    again.close()
