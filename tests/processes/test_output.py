"""How what a process writes becomes entries."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from harness.processes.limits import MOST_OUTPUT_BYTES
from harness.processes.output import Output


@pytest.fixture
def pipe() -> Iterator[tuple[Output, int]]:
    read, write = os.pipe()
    output = Output(read)
    yield output, write
    output.close()
    os.close(write)


def frame(text: bytes) -> bytes:
    return b"\xa5\x5a\x00\x03" + len(text).to_bytes(4, "big") + bytes(8) + text


def taken(output: Output) -> list[str]:
    return [text for _, text in output.take()]


def test_lines_and_frames_are_entries_in_their_order(pipe: tuple[Output, int]) -> None:
    output, write = pipe
    os.write(write, b"one\ntw" + frame(b"a record\nof two lines\n") + b"three\n\nfour")
    assert taken(output) == ["one", "tw", "a record\nof two lines", "three", "", "four"]
    assert taken(output) == []


def test_a_frame_may_come_in_pieces(pipe: tuple[Output, int]) -> None:
    output, write = pipe
    whole = frame(b"a record")
    for piece in (whole[:2], whole[2:9], whole[9:20], whole[20:] + b"line\n"):
        os.write(write, piece)
        output.read()
    assert taken(output) == ["a record", "line"]


def test_bytes_that_are_no_text_are_shown_as_such(pipe: tuple[Output, int]) -> None:
    output, write = pipe
    os.write(write, b"\xff\xfe\n")
    assert taken(output) == ["\\xff\\xfe"]


def test_what_is_too_much_is_cut_and_the_next_call_begins_anew(pipe: tuple[Output, int]) -> None:
    output, write = pipe
    for _ in range(20):
        os.write(write, b"x" * 60_000)
        output.read()
    lines = taken(output)
    assert len(lines[0]) == MOST_OUTPUT_BYTES
    assert lines[1].endswith("in one call: 151,424 were cut.")
    os.write(write, b"next\n")
    assert taken(output) == ["next"]
