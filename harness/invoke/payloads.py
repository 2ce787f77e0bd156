"""This file decides which JSON the caller of a function sees (LAM-03, LAM-05, LAM-06, LAM-07).

Files of the function are shown under ``/var/task``, where they lie on AWS; that also keeps the trace the same on two
machines. ``readable_traceback`` has the real paths, for the author's eyes.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import signal
import traceback
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

# LAM-03
MAX_RESPONSE_BYTES = 6_291_556

_MOST_LINKS = 3
_MOST_FRAMES = 12
_LONGEST_MESSAGE = 1000
_JOINT = "\nThat led to:\n\n"

_OURS = str(Path(__file__).resolve().parent.parent) + os.sep
_IMPORTLIB = str(Path(importlib.__file__).parent)


@dataclass(frozen=True, slots=True)
class ErrorPayload:
    """AWS's error object: what the caller sees and what the log repeats."""

    error_type: str
    message: str
    stack: tuple[str, ...] | None = None
    request_id: str | None = None

    def as_json(self) -> bytes:
        """The bytes the caller gets."""
        if self.stack is None:
            # Lambda's own words, not the runtime's.
            platform = {"errorType": self.error_type, "errorMessage": self.message}
            return json.dumps(platform, separators=(",", ":")).encode()
        record: dict[str, Any] = {"errorMessage": self.message, "errorType": self.error_type}
        if self.request_id is not None:
            record["requestId"] = self.request_id
        return json.dumps({**record, "stackTrace": list(self.stack)}).encode()

    def log_entry(self) -> str:
        """As the runtime logs an uncaught error."""
        head = f"[ERROR] {self.error_type}: {self.message}"
        return head + "\nTraceback (most recent call last):\n" + "".join(self.stack or ()).rstrip("\n")


def raised(error: BaseException, code_dir: Path, request_id: str) -> ErrorPayload:
    """What an uncaught exception becomes (LAM-05)."""
    stack = tuple(_lambda_style(frame, code_dir) for frame in author_frames(error.__traceback__))
    return ErrorPayload(type(error).__name__, str(error), stack, request_id)


def timed_out(request_id: str, timeout_s: float) -> ErrorPayload:
    """LAM-06."""
    return ErrorPayload(
        "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds"
    )


def exited(request_id: str, status: int) -> ErrorPayload:
    """LAM-07. A negative status is a signal's number, as Python's ``subprocess`` has it."""
    how = f"exited with error: exit status {status}" if status else "exited without providing a reason"
    if status < 0:
        name = signal.strsignal(-status) if -status in signal.valid_signals() else None
        how = f"exited with error: signal: {(name or 'killed').lower()}"
    return ErrorPayload("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime {how}")


def too_large() -> ErrorPayload:
    """LAM-03."""
    text = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
    return ErrorPayload("Function.ResponseSizeTooLarge", text)


def unmarshallable(error: Exception, request_id: str) -> ErrorPayload:
    """The handler's answer is not JSON (LAM-05)."""
    return ErrorPayload("Runtime.MarshalError", f"Unable to marshal response: {error}", (), request_id)


def marshal(value: Any, runtime: str) -> bytes:
    """The handler's answer as JSON.

    Raises:
        TypeError, ValueError: it cannot be written as JSON.
    """
    # Runtimes before 3.12 escape what is not ASCII.
    ascii_only = runtime in ("python3.8", "python3.9", "python3.10", "python3.11")
    return json.dumps(value, default=_decimal, ensure_ascii=ascii_only).encode()


def _decimal(value: Any) -> float:
    if isinstance(value, Decimal):
        return math.nan if value.is_nan() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def author_frames(tb: TracebackType | None) -> list[traceback.FrameSummary]:
    """The frames of a traceback without ours and without the import machinery's."""
    return [f for f in traceback.extract_tb(tb) if not f.filename.startswith((_OURS, "<frozen importlib", _IMPORTLIB))]


def readable_traceback(error: BaseException) -> str:
    """The author's own traceback, with the paths on this machine, as Python would print it."""
    what = map(_from_here, traceback.format_exception_only(error))
    return "".join(["Traceback (most recent call last):\n", *readable_frames(error), *what])


def readable_frames(error: BaseException) -> list[str]:
    """Where in the author's code an error was raised, with the paths on this machine."""
    return [_from_here(text) for text in traceback.format_list(author_frames(error.__traceback__))]


def _from_here(text: str) -> str:
    """A traceback's text with its files seen from the current folder."""
    return text.replace(f'  File "{Path.cwd()}{os.sep}', '  File "')


def own_traceback(error: BaseException, code_dir: Path) -> str:
    """The traceback as far as it is in the function's own folder, with paths from there; for the trace.

    What led to the error comes before it, as Python prints it. A deep recursion loses its middle, a long text its end.
    """
    links = [error]
    while (before := _led_to(links[-1])) is not None and before not in links and len(links) < _MOST_LINKS:
        links.append(before)
    text = ""
    for link in reversed(links):
        frames = _own_frames(link, code_dir)
        if not frames and link is not error:
            continue
        text += "Traceback (most recent call last):\n" + "".join(frames) if frames else ""
        said = "".join(traceback.format_exception_only(link)).rstrip("\n")
        text += said[:_LONGEST_MESSAGE] + "\n"
        if link is not error:
            text += _JOINT
    return text.rstrip("\n")


def _led_to(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _own_frames(error: BaseException, code_dir: Path) -> list[str]:
    # Without columns: where their marks stand differs from version to version.
    own = [
        traceback.FrameSummary(Path(f.filename).relative_to(code_dir).as_posix(), f.lineno, f.name, line=f.line)
        for f in traceback.extract_tb(error.__traceback__)
        if f.filename.startswith(str(code_dir) + os.sep)
    ]
    if len(own) <= _MOST_FRAMES:
        return traceback.format_list(own)
    half = _MOST_FRAMES // 2
    return [*traceback.format_list(own[:half]), "  ...\n", *traceback.format_list(own[-half:])]


def lambda_path(path: str, code_dir: Path) -> str:
    """A file of the function where it lies on AWS; any other path as it is."""
    if not path.startswith(str(code_dir) + os.sep):
        return path
    return "/var/task" + path.removeprefix(str(code_dir)).replace("\\", "/")


def _lambda_style(frame: traceback.FrameSummary, code_dir: Path) -> str:
    path = lambda_path(frame.filename, code_dir)
    return f'  File "{path}", line {frame.lineno}, in {frame.name}\n    {frame.line}\n'
