"""This file decides what is put in place while a function's code runs, and taken away each time it is left.

One ``Surroundings`` belongs to one execution environment: modules, loggers, standard streams, temporary folder, current
directory, boto3's default session. One ``FunctionCarrier`` belongs to one task in it: the running event loop, which
asyncio keeps for each OS thread. The kernel enters and leaves the carrier at every switch.

Upstream: all of this is the process's. Why that can't stay: many environments share one process. Since: CPython 3.11,
boto3 1.40. Not needed any more when: each environment is a process of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

import boto3

from harness.vendor.function_imports import FunctionModules
from harness.vendor.function_logging import FunctionLogging
from harness.vendor.function_paths import FunctionPaths


@dataclass
class SharedByFunction:
    """What all environments of one function share: making a session anew each time would cost more than a run."""

    session: Any = None


@dataclass
class Surroundings:
    """The process-wide state of one execution environment."""

    modules: FunctionModules
    paths: FunctionPaths
    logging: FunctionLogging
    stdout: TextIO
    stderr: TextIO
    temp_dir: str
    directory: str
    shared: SharedByFunction
    variables: dict[str, str]
    # A debugger moves the standard streams about; what it leaves there is not the function's.
    debugging: bool = False
    # Not pytest's: what a thread of the function raises is for the function's log.
    thread_hook: Callable[..., Any] = threading.__excepthook__
    _names: Iterator[str] = field(default_factory=lambda: (f"{n:08d}" for n in itertools.count(1)))
    _host: tuple[Any, ...] = ()

    def enter(self) -> None:
        """Put it all in place."""
        temp: Any = tempfile
        self._host = (
            sys.stdout,
            sys.stderr,
            temp.tempdir,
            temp._name_sequence,
            boto3.DEFAULT_SESSION,
            threading.excepthook,
            os.getcwd(),  # noqa: PTH109 - at every switch: Path.cwd() costs ten times as much
        )
        sys.stdout, sys.stderr = self.stdout, self.stderr
        temp.tempdir, temp._name_sequence = self.temp_dir, self._names
        boto3.DEFAULT_SESSION = self.shared.session
        threading.excepthook = self.thread_hook
        os.chdir(self.directory)
        self.modules.enter()
        self.logging.enter()

    def leave(self) -> None:
        """Take it away again, as the function's code left it."""
        self.logging.leave()
        self.modules.leave()
        temp: Any = tempfile
        self.shared.session = boto3.DEFAULT_SESSION
        self.thread_hook = threading.excepthook
        if not self.debugging:
            self.stdout, self.stderr = sys.stdout, sys.stderr
        self.directory = os.getcwd()  # noqa: PTH109
        sys.stdout, sys.stderr, temp.tempdir, temp._name_sequence, boto3.DEFAULT_SESSION, *rest = self._host
        threading.excepthook, directory = rest
        os.chdir(directory)

    @property
    def host_stdout(self) -> TextIO:
        """The standard output of the process, for a debugger that is started inside."""
        stream: TextIO = self._host[0]
        return stream


class FunctionCarrier:
    """What one task of an environment carries. ``environment`` is its owner's business."""

    def __init__(
        self,
        environment: Any,
        surroundings: Surroundings,
        *,
        on_enter: Callable[[], None],
        on_leave: Callable[[], None],
        is_thread: bool = False,
    ) -> None:
        self.environment = environment
        self.surroundings = surroundings
        self.is_thread = is_thread
        self._on_enter = on_enter
        self._on_leave = on_leave
        self._running_loop: Any = None
        self._policy_loop: tuple[Any, bool] = (None, False)
        self._host_loops: tuple[Any, tuple[Any, bool]] = (None, (None, False))

    def enter(self) -> None:
        """Put the environment's state and the task's event loop in place."""
        self.surroundings.enter()
        policy = _policy_state()
        self._host_loops = (asyncio._get_running_loop(), (policy._loop, policy._set_called))
        asyncio._set_running_loop(self._running_loop)
        policy._loop, policy._set_called = self._policy_loop
        self._on_enter()

    def leave(self) -> None:
        """Take them away."""
        self._on_leave()
        policy = _policy_state()
        self._running_loop = asyncio._get_running_loop()
        self._policy_loop = (policy._loop, policy._set_called)
        running, (policy._loop, policy._set_called) = self._host_loops
        asyncio._set_running_loop(running)
        self.surroundings.leave()


def _policy_state() -> Any:
    # The default policy's thread-local: the current loop and whether it was set.
    return asyncio.get_event_loop_policy()._local  # type: ignore[attr-defined]
