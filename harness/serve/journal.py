"""This file decides how what came from outside is written down, so that it can come again.

A journal is one file: a record for what the world was begun with, then one for each input, in the order in which the
world took them in. A record is written before the input does anything, and the system has it when ``write`` returns:
what was answered is in the journal, whatever ends the process. (Pulling the plug is another matter: ``keep`` waits for
the disk.)

A record is a head (JSON) and a body (bytes, such as a request's), with their lengths and a checksum before them. What a
process was about to write when it was ended is cut off when the journal is opened again, and kept beside it.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

# The lengths of head and body, and the checksum of both.
_FRAME = struct.Struct(">III")


@dataclass(frozen=True, slots=True)
class Record:
    """One entry: what ``head`` says as JSON, and the bytes that belong to it."""

    head: dict[str, Any]
    body: bytes = b""

    def framed(self) -> bytes:
        """The entry as the file holds it."""
        head = json.dumps(self.head, separators=(",", ":"), ensure_ascii=False).encode()
        return _FRAME.pack(len(head), len(self.body), zlib.crc32(self.body, zlib.crc32(head))) + head + self.body


class Journal:
    """The file at ``path``, open for writing at its end; it is made if it is not there.

    ``records`` is how many it held when it was opened, ``cut_off`` how many bytes of a broken one.

    Raises:
        ValueError: there is a file, and it is no journal. It is left as it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # No buffer of ours: what is written must be the system's when ``write`` returns.
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        self.records = 0
        self._end = 0
        for record, end in _records(path):
            del record
            self.records, self._end = self.records + 1, end
        self._opened_at = self._end
        self.cut_off = os.fstat(self._file).st_size - self._end
        if self.cut_off:
            self._cut_off()
        os.lseek(self._file, self._end, os.SEEK_SET)

    def _cut_off(self) -> None:
        if not self.records:
            os.close(self._file)
            raise ValueError(f"{self.path} is no journal of harness up.")
        os.lseek(self._file, self._end, os.SEEK_SET)
        with self.path.with_suffix(".cut-off").open("wb") as kept:
            while piece := os.read(self._file, 1024 * 1024):
                kept.write(piece)
        os.ftruncate(self._file, self._end)

    def read(self) -> Iterator[Record]:
        """What was in the journal when it was opened, one record at a time."""
        until = self._opened_at
        for record, end in _records(self.path):
            if end > until:
                return
            yield record

    def write(self, record: Record) -> None:
        """Add a record, or nothing.

        Raises:
            OSError: the system does not take it, such as a full disk.
        """
        left = whole = memoryview(record.framed())
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            # Behind half a record nothing would be found again.
            os.ftruncate(self._file, self._end)
            os.lseek(self._file, self._end, os.SEEK_SET)
            raise
        self._end += len(whole)

    def keep(self) -> None:
        """Return when the disk has it."""
        os.fsync(self._file)

    def begin_anew(self) -> None:
        """Forget everything."""
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        self.records = self._end = self._opened_at = 0

    def close(self) -> None:
        """Write no more."""
        self.keep()
        os.close(self._file)


def _records(path: Path) -> Iterator[tuple[Record, int]]:
    """Each whole record, and where it ends."""
    end = 0
    with path.open("rb") as file:
        bytes_there = os.fstat(file.fileno()).st_size
        while True:
            record, size = _next(file, bytes_there - end)
            if record is None:
                return
            end += size
            yield record, end


def _next(file: BinaryIO, bytes_left: int) -> tuple[Record | None, int]:
    frame = file.read(_FRAME.size)
    if len(frame) < _FRAME.size:
        return None, 0
    head_bytes, body_bytes, checksum = _FRAME.unpack(frame)
    if _FRAME.size + head_bytes + body_bytes > bytes_left:
        return None, 0
    head, body = file.read(head_bytes), file.read(body_bytes)
    if zlib.crc32(body, zlib.crc32(head)) != checksum:
        return None, 0
    return Record(json.loads(head), body), _FRAME.size + head_bytes + body_bytes
