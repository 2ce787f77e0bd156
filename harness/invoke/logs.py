"""This file decides what a function's log says, and in which lines (LAM-23).

One ``FunctionLog`` is one log stream, of one execution environment. What the code prints is cut into lines; what it
logs is one entry for each record. Entries go to CloudWatch Logs when the call has ended.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from harness.kernel.clock import Clock
from harness.vendor import function_logs
from harness.vendor.function_logs import LogEvent

TAIL_BYTES = 4096


class FunctionLog:
    """One log stream. ``on_line`` is called with each entry that the function's own code makes."""

    def __init__(self, arn: str, group: str, stream: str, clock: Clock, on_line: Callable[[str], bool]) -> None:
        self.stream = stream
        self._arn = arn
        self._group = group
        self._clock = clock
        self._on_line = on_line
        self._entries: list[LogEvent] = []
        # How long ago what is written now has happened.
        self.ago_us = 0

    def platform(self, line: str) -> None:
        """Add a line that Lambda itself writes."""
        self._entries.append({"timestamp": (self._clock.now_us - self.ago_us) // 1000, "message": f"{line}\n"})

    def user(self, line: str) -> None:
        """Add an entry of the function's code, if its environment is alive."""
        if self._on_line(line):
            self.platform(line)

    # -- Lambda's own lines of a call -----------------------------------------------------------------

    def init_start(self, runtime: str) -> None:
        """The code is about to be loaded."""
        self.platform(f"INIT_START Runtime Version: {runtime.replace('python', 'python:')}")

    def start(self, request_id: str, version: str) -> None:
        """The handler is about to be called."""
        self.platform(f"START RequestId: {request_id} Version: {version}")

    def end(self, request_id: str) -> None:
        """The call is over."""
        self.platform(f"END RequestId: {request_id}")

    def report(
        self,
        request_id: str,
        *,
        spent_us: int,
        billed_ms: int,
        memory_mb: int,
        max_memory_mb: int,
        init_us: int | None,
    ) -> None:
        """What the call took. In process nobody measures memory, and the line says 0."""
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {spent_us / 1000:.2f} ms",
            f"Billed Duration: {billed_ms} ms",
            f"Memory Size: {memory_mb} MB",
            f"Max Memory Used: {max_memory_mb} MB",
        ]
        if init_us is not None:
            parts.append(f"Init Duration: {init_us / 1000:.2f} ms")
        self.platform("\t".join([*parts, ""]))

    def flush(self) -> bytes:
        """Write the call's entries to CloudWatch Logs; returns the last 4 KB of them (LAM-01)."""
        entries, self._entries = self._entries, []
        function_logs.write(self._arn, self._group, self.stream, entries)
        return "".join(e["message"] for e in entries).encode()[-TAIL_BYTES:]


class LineCapture(io.TextIOBase):
    """Standard output of an environment: a text stream that cuts what is written into lines."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = ""
        self.buffer = _Bytes(self)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Take text; each finished line goes on at once."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._on_line(line)
        return len(text)

    def finish(self) -> None:
        """The call has ended: what is left is a line too."""
        if self._rest:
            self.write("\n")


class _Bytes(io.RawIOBase):
    """``sys.stdout.buffer``."""

    def __init__(self, capture: LineCapture) -> None:
        self._capture = capture

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._capture.write(bytes(data).decode("utf-8", "backslashreplace"))
        return len(data)


class LambdaLogHandler(logging.Handler):
    """The one handler that Lambda puts on the root logger."""

    def __init__(self, on_entry: Callable[[str], None], request_id: Callable[[], str]) -> None:
        super().__init__()
        self._on_entry = on_entry
        self._request_id = request_id
        self.setFormatter(logging.Formatter("[%(levelname)s]\t%(lambda_time)s\t%(aws_request_id)s\t%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Add one entry; lines of a traceback stay together."""
        record.aws_request_id = self._request_id()
        when = datetime.fromtimestamp(record.created, UTC)
        record.lambda_time = when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"
        try:
            self._on_entry(self.format(record))
        except Exception:
            self.handleError(record)
