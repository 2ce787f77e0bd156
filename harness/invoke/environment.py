"""This file decides what an execution environment is, and which one a call gets (LAM-20).

One environment serves one call at a time; its module globals and temporary files survive from call to call. A call
gets the idle environment that was used last, or a new one. An environment whose call timed out or whose process ended
is thrown away. AWS also throws idle ones away after some minutes; here they stay as long as the world.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

from harness.invoke.context import log_group, variables
from harness.invoke.logs import FunctionLog, LambdaLogHandler, LineCapture
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Task, WaitList
from harness.vendor import aws_calls
from harness.vendor.function_imports import FunctionModules, own_names
from harness.vendor.function_logging import FunctionLogging
from harness.vendor.function_paths import TASK_ROOT, FunctionPaths
from harness.vendor.surroundings import FunctionCarrier, SharedByFunction, Surroundings
from harness.world.functions import FunctionSpec


@dataclass
class RunningCall:
    """The call that an environment serves at present. ``stopped`` is what its code must end with, if anything."""

    request_id: str
    task: Task
    cause: int
    deadline_us: int = 0
    stopped: BaseException | None = None


@dataclass
class SpentTime:
    """How long, on the machine's clock, a call has been at it since virtual time last moved for it."""

    at_us: int = 0
    computing_s: float = 0.0
    calling_s: float = 0.0
    left_step: int = -1
    left_at_s: float = 0.0

    def begin_anew(self, now_us: int) -> None:
        """Virtual time has moved, or another call begins."""
        self.at_us, self.computing_s, self.calling_s, self.left_step = now_us, 0.0, 0.0, -1


class Environment:
    """One execution environment of one function."""

    def __init__(
        self, spec: FunctionSpec, kernel: Kernel, temp_dir: Path, shared: SharedByFunction, names: frozenset[str]
    ) -> None:
        self.spec = spec
        self.handler: Callable[[Any, Any], Any] | None = None
        self.call: RunningCall | None = None
        # Thrown away: what is left of its code ends as soon as it would wait or make an AWS call.
        self.dead = False
        self.spent = SpentTime()
        self.thawed = WaitList(kernel)
        self._kernel = kernel
        self._temp_dir = str(temp_dir)
        stream_id = kernel.decisions.hex(f"log stream of {spec.name}", 32)
        stream = f"{kernel.clock.now():%Y/%m/%d}/[{spec.version}]{stream_id}"
        self.log = FunctionLog(spec.arn, log_group(spec), stream, kernel.clock, self._note_line)
        self.capture = LineCapture(self.log.user)
        self._paths = FunctionPaths([(TASK_ROOT, spec.code_dir), *spec.mounts])
        path = os.pathsep.join([*self._paths.programs, os.environ.get("PATH", os.defpath)])
        self.variables = variables(spec, log_stream=stream, path=path, temp_dir=self._temp_dir)
        self._shared = shared
        self._names = names
        self.reset_code()

    def reset_code(self) -> None:
        """Forget every module and logger, as a new process would."""
        self.surroundings = Surroundings(
            modules=FunctionModules((self.spec.code_dir, *self.spec.layers), self._names, self._paths),
            paths=self._paths,
            logging=FunctionLogging(LambdaLogHandler(self.log.user, self._request_id)),
            stdout=cast(TextIO, self.capture),
            stderr=cast(TextIO, self.capture),
            temp_dir=self._temp_dir,
            directory=str(self.spec.code_dir),
            shared=self._shared,
            variables=self.variables,
        )
        self.main: FunctionCarrier | None = None

    def has_module(self, name: str) -> bool:
        """Whether the function's folder or a layer has a module of that name's first part."""
        return name.partition(".")[0] in self._names

    @property
    def alive(self) -> bool:
        """Whether its code may still do anything that others can see."""
        return not self.dead and self.call is not None and self.call.stopped is None

    def as_on_aws(self, text: str) -> str:
        """``text`` with the environment's folders where they lie on AWS: their names differ from run to run."""
        text = text.replace(self._temp_dir, "/tmp").replace(str(self.spec.code_dir), "/var/task")
        for folder in self.spec.layers:
            text = text.replace(str(folder), "/opt/python")
        for at, folder in self.spec.mounts:
            text = text.replace(str(folder), at)
        return text

    def _request_id(self) -> str:
        return "" if self.call is None else self.call.request_id

    def _note_line(self, line: str) -> bool:
        """Whether the line counts; writes it into the trace if so."""
        if not self.alive:
            return False
        text = self.as_on_aws(line)
        with aws_calls.laid_off(self._kernel.require_current()):
            self._kernel.emit("invoke", "logged", self.spec.arn, text=text[:200])
        return True


class EnvironmentPool:
    """The environments of all functions. ``temp_root`` is where their temporary folders lie."""

    def __init__(self, kernel: Kernel, temp_root: Path) -> None:
        self._kernel = kernel
        self._temp_root = temp_root
        self._numbers = itertools.count(1)
        self._idle: dict[tuple[str, str], list[Environment]] = {}
        self._shared: dict[str, tuple[SharedByFunction, frozenset[str]]] = {}

    def take(self, spec: FunctionSpec) -> tuple[Environment, bool]:
        """An environment for one call, and whether it is a cold one."""
        idle = self._idle.get((spec.arn, spec.version))
        while idle:
            environment = idle.pop()
            # Its last call may have been its end, or the function may have been deployed anew.
            if environment.spec is spec and not environment.dead:
                return environment, False
        return self._new(spec), True

    def give_back(self, environment: Environment) -> None:
        """The call has ended and the environment may serve the next."""
        spec = environment.spec
        self._idle.setdefault((spec.arn, spec.version), []).append(environment)

    def _new(self, spec: FunctionSpec) -> Environment:
        if spec.arn not in self._shared:
            self._shared[spec.arn] = (SharedByFunction(), own_names((spec.code_dir, *spec.layers)))
        shared, names = self._shared[spec.arn]
        temp_dir = self._temp_root / str(next(self._numbers))
        temp_dir.mkdir()
        return Environment(spec, self._kernel, temp_dir, shared, names)


def make_temp_root() -> Path:
    """A new folder for the temporary files of one world."""
    return Path(tempfile.mkdtemp(prefix="harness-"))
