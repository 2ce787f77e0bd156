"""This file decides how what a process writes becomes entries of a log.

Two things come down one pipe: plain text, of which each line is an entry, and frames, in which Lambda's runtimes send
what is one entry though it has several lines (a traceback). A frame is four bytes of type (the first three are
``A5 5A 00``), four of length, eight of time, and the text. What one call writes is bounded; the rest is read and gone.
"""

from __future__ import annotations

import contextlib
import os
import threading

from harness.kernel.scheduler import real_clock
from harness.processes.limits import MOST_OUTPUT_BYTES

_FRAME = b"\xa5\x5a\x00"
_HEAD = 16
_CHUNK = 65_536
# A pipe holds no more than this, so what was written before a call's answer is read by then.
_MOST_AT_ONCE = 16


class Output:
    """The reading end of one environment's pipe; entries are (``real_clock()``, text)."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        os.set_blocking(fd, False)
        self._lock = threading.Lock()
        self._rest = b""
        self._entries: list[tuple[float, str]] = []
        self._taken = 0
        self._cut = 0
        self.ended = False

    def read(self) -> None:
        """Take in what is there; from any thread."""
        with self._lock, contextlib.suppress(BlockingIOError):
            for _ in range(_MOST_AT_ONCE):
                data = b"" if self.ended else os.read(self.fd, _CHUNK)
                if not data:
                    self.ended = True
                    return
                self._take_in(data)

    def take(self) -> list[tuple[float, str]]:
        """The entries since the last time; a line without an end is one too."""
        self.read()
        with self._lock:
            if self._rest:
                self._entry(self._rest)
            entries, cut = self._entries, self._cut
            self._rest, self._entries, self._taken, self._cut = b"", [], 0, 0
        if cut:
            text = f"[HARNESS] The function wrote more than {MOST_OUTPUT_BYTES:,} bytes in one call: {cut:,} were cut."
            entries.append((real_clock(), text))
        return entries

    def close(self) -> None:
        """Read no more."""
        with self._lock:
            if not self.ended:
                self.ended = True
            os.close(self.fd)

    def _take_in(self, data: bytes) -> None:
        room = MOST_OUTPUT_BYTES - self._taken
        if len(data) > room:
            self._cut += len(data) - room
            data = data[:room]
        self._taken += len(data)
        self._rest += data
        while self._rest:
            frame = self._rest.find(_FRAME)
            if frame == 0:
                if not self._whole_frame():
                    return
                continue
            text = self._rest if frame < 0 else self._rest[:frame]
            *lines, last = text.split(b"\n")
            for line in lines:
                self._entry(line)
            if frame < 0:
                self._rest = last
                return
            if last:
                self._entry(last)
            self._rest = self._rest[frame:]

    def _whole_frame(self) -> bool:
        length = int.from_bytes(self._rest[4:8], "big")
        if len(self._rest) < _HEAD or len(self._rest) < _HEAD + length:
            return False
        self._entry(self._rest[_HEAD : _HEAD + length].rstrip(b"\n"))
        self._rest = self._rest[_HEAD + length :]
        return True

    def _entry(self, text: bytes) -> None:
        self._entries.append((real_clock(), text.decode("utf-8", "backslashreplace")))
