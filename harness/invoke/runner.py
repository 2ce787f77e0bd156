"""This file decides what a call is to whoever runs its code, and what comes back: the joint between ``call.py``, which
is the same for every call, and the two ways to run code, in this process (``in_process.py``) or as a process of its own
(``harness/processes``).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from harness.invoke.faults import InvocationFault
from harness.invoke.load import StartProblem
from harness.invoke.logs import FunctionLog
from harness.invoke.result import Ending
from harness.world.functions import FunctionSpec


@dataclass(frozen=True, slots=True)
class Call:
    """One call whose code is to run.

    ``invoked_arn`` is the function's with the qualifier as called, ``number`` the trace event with which the call
    began, ``cause`` the one that set it off. ``trace_header`` goes with whatever follows from it (LAM-24), ``fault`` is
    what a scenario puts in its way.
    """

    spec: FunctionSpec
    invoked_arn: str
    payload: bytes
    request_id: str
    number: int
    cause: int | None
    trace_header: str
    client_context: bytes | None = None
    fault: InvocationFault | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """How the code ran.

    ``spent_us`` and ``init_us`` are what the call and its init took (None: there was none), ``traceback`` the author's
    own with the paths on this machine, ``own_traceback`` the same as the trace has it.
    """

    ending: Ending
    payload: bytes
    spent_us: int
    init_us: int | None = None
    traceback: str = ""
    own_traceback: str = ""
    max_memory_mb: int = 0


class Place(Protocol):
    """Where one call runs."""

    @property
    def cold(self) -> bool | None:
        """Whether the code must be loaded first; None if nobody knows yet."""

    @property
    def log(self) -> FunctionLog:
        """The log stream; of a call that has run."""

    def run(self, call: Call) -> Ran:
        """Run the code, in the current task; its log has all lines from INIT_START to the code's last."""

    def leave(self, ending: Ending) -> None:
        """The call is over."""


class Runner(Protocol):
    """A way to run code; a context manager that must be open while the kernel runs.

    ``start_problems`` says what kept code from being loaded, ``burns`` where code was stopped because it never came
    back: by function, the first of each.
    """

    start_problems: dict[str, StartProblem]
    burns: dict[str, str]

    def __enter__(self) -> Runner: ...

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def take(self, spec: FunctionSpec) -> Place:
        """A place for one call of the function."""
