"""This file decides what goes to a process sandbox and what comes back: plain data, both of it.

An ``Order`` goes out, one ``Completion`` comes back, whatever happens. Besides the AWS calls that the code makes, the
completion is all that a process does to the world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.world.functions import FunctionSpec

# As ``harness.invoke.result.Ending`` has them, those that are the code's.
Status = Literal["succeeded", "failed", "timed out", "exited", "could not start"]


@dataclass(frozen=True, slots=True)
class Order:
    """One call whose code is to run.

    A new environment's log stream is called ``log_prefix`` and 32 hexadecimal digits. ``parent`` is the call that waits
    for this one, if one does. ``discard`` ends the environment after the call.
    """

    call_id: int
    spec: FunctionSpec
    invoked_arn: str
    payload: bytes
    request_id: str
    trace_header: str
    log_prefix: str
    client_context: bytes | None = None
    parent: int | None = None
    discard: bool = False


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry of the log: how many microseconds of the machine's before the call's end, and the text."""

    ago_us: int
    text: str


@dataclass(frozen=True, slots=True)
class Completion:
    """How the call's code ended.

    ``payload`` is the answer or the error object, as the runtime sent it or as Lambda words it. ``log_stream`` is the
    environment's; ``init_us`` is None if it was a warm one. Times are the machine's, and in the world ``speed`` times
    as long.
    ``notes`` is what AWS would not say.
    """

    status: Status
    payload: bytes
    log_stream: str
    duration_us: int
    init_us: int | None = None
    error_type: str = ""
    lines: tuple[LogLine, ...] = ()
    notes: tuple[str, ...] = ()
    max_memory_mb: int = 0
    speed: float = 1.0
