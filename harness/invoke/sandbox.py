"""This file decides under which conditions a function's code runs: what is around it, and what can end it.

While a world is open the sandbox stands between function code and the process: it puts the seams in place that look at
who asks, gives every task of an environment its carrier, and is told by those seams when such a task waits. It does
not decide which environment serves a call, nor what a call's ending means to the caller.

Threads that are left when the handler has returned are frozen, as on AWS: they go on during the next call of their
environment, and end with it.
"""

from __future__ import annotations

import bdb
import shutil
import sys
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSPreparedRequest

from harness.invoke.environment import Environment, EnvironmentPool, make_temp_root
from harness.invoke.watchdog import DEFAULT_BURN_LIMIT_S, BurnedOut, Watchdog
from harness.kernel.scheduler import Kernel, real_clock
from harness.kernel.tasks import Carrier, Task, TaskCancelled
from harness.vendor import (
    asyncio_loop,
    aws_calls,
    debugger,
    function_environ,
    function_logging,
    function_paths,
    process_exit,
    randomness,
    threads,
)
from harness.vendor.function_imports import FunctionFinder
from harness.vendor.http_exchange import Awaited, HttpAnswer, HttpRequest
from harness.vendor.outside_sockets import OutsideSockets
from harness.vendor.patches import Patches
from harness.vendor.surroundings import FunctionCarrier
from harness.world.cloud import Cloud

# How many times the burn limit code may go on at one moment of virtual time if it makes AWS calls all the while.
_WITH_CALLS = 3


class Stopped(BaseException):
    """Raised in a call's code when its time is up."""


class Sandbox:
    """Runs code in environments; one for each world, used as a context manager."""

    def __init__(self, kernel: Kernel, cloud: Cloud, *, burn_limit_s: float = DEFAULT_BURN_LIMIT_S) -> None:
        self.kernel = kernel
        self.watchdog = Watchdog(burn_limit_s)
        self._cloud = cloud
        self._patches = Patches()

    def __enter__(self) -> Sandbox:
        self._temp_root = make_temp_root()
        self.pool = EnvironmentPool(self.kernel, self._temp_root)
        self.watchdog.start()
        patches = self._patches
        self._waits = threads.apply(patches, self.kernel, hooks=self)
        outside = OutsideSockets(
            self._waits,
            inside=lambda: self._carrier() is not None,
            on_request=self._on_request,
            on_connection=self._on_connection,
        )
        outside.apply(patches)
        asyncio_loop.apply(patches, self._waits, outside)
        process_exit.apply(patches, inside=lambda: self._carrier() is not None)
        # Before os.environ is another: programs inherit the machine's.
        function_paths.apply(patches, active=self._paths)
        function_environ.apply(patches, active=self._variables)
        function_logging.apply(patches, active=self._logging, is_own_file=self._is_own_file)
        debugger.apply(patches, active=self._surroundings, on_debugger=self._on_debugger)
        self._unseed = randomness.apply(patches, self.kernel.decisions, who=self._who)
        self._finder = FunctionFinder(self._modules)
        sys.meta_path.insert(0, self._finder)
        self._cloud.on_call.append(self._on_call)
        return self

    def __exit__(self, *_: object) -> None:
        self._cloud.on_call.remove(self._on_call)
        sys.meta_path.remove(self._finder)
        self._unseed()
        self._patches.undo()
        self.watchdog.stop()
        shutil.rmtree(self._temp_root, ignore_errors=True)

    # -- running code -----------------------------------------------------------------------------

    def run(self, environment: Environment, body: Callable[[], Any]) -> tuple[Any, BaseException | None]:
        """Run ``body`` in the current task as the environment's main thread; what it returned, or what ended it.

        What ends the run itself is raised: the end of the world, the user's interrupt, a debugger that was quit.
        """
        task = self.kernel.require_current()
        if environment.main is None:
            environment.main = self._new_carrier(environment, is_thread=False)
        carrier = environment.main
        task.carrier = carrier
        environment.spent.begin_anew(self.kernel.clock.now_us)
        carrier.enter()
        value: Any = None
        error: BaseException | None = None
        try:
            value = body()
        except BaseException as raised:
            error = raised
        # No call before this is done (watchdog.py).
        self.watchdog.active = None
        if self.watchdog.fired:
            try:
                self.watchdog.flush()
            except BurnedOut:
                self.watchdog.fired = False
        carrier.leave()
        task.carrier = None
        if isinstance(error, TaskCancelled):
            environment.dead = True
        if error is not None and _is_for_us(error):
            raise error
        return value, error

    def _new_carrier(self, environment: Environment, *, is_thread: bool) -> FunctionCarrier:
        spent = environment.spent

        def on_enter() -> None:
            if spent.at_us != self.kernel.clock.now_us:
                spent.begin_anew(self.kernel.clock.now_us)
            elif spent.left_step == self.kernel.step:
                # Nobody else has run: this was an AWS call.
                spent.calling_s += real_clock() - spent.left_at_s
            self.watchdog.begin(environment, spent.computing_s)

        def on_leave() -> None:
            spent.computing_s = self.watchdog.end()
            spent.left_step, spent.left_at_s = self.kernel.step, real_clock()

        return FunctionCarrier(
            environment, environment.surroundings, on_enter=on_enter, on_leave=on_leave, is_thread=is_thread
        )

    # -- what the seams ask -----------------------------------------------------------------------

    def _carrier(self) -> FunctionCarrier | None:
        task = self.kernel.current
        if task is None or not isinstance(task.carrier, FunctionCarrier) or not self._waits.in_kernel_thread():
            return None
        return task.carrier

    def _surroundings(self) -> Any:
        carrier = self._carrier()
        return None if carrier is None else carrier.surroundings

    def _variables(self) -> dict[str, str] | None:
        carrier = self._carrier()
        return None if carrier is None else carrier.surroundings.variables

    def _paths(self) -> Any:
        carrier = self._carrier()
        return None if carrier is None else carrier.surroundings.paths

    def _logging(self) -> Any:
        carrier = self._carrier()
        return None if carrier is None else carrier.surroundings.logging

    def _modules(self) -> Any:
        carrier = self._carrier()
        return None if carrier is None else carrier.surroundings.modules

    def _is_own_file(self, path: str) -> bool:
        carrier = self._carrier()
        return carrier is not None and carrier.surroundings.modules.owns_file(path)

    def _who(self) -> str | None:
        carrier = self._carrier()
        if carrier is None:
            return None
        environment: Environment = carrier.environment
        return environment.spec.name

    def _on_debugger(self) -> None:
        self.watchdog.debugging = True

    def _on_call(self, carrier: Carrier | None, call: str, request: AWSPreparedRequest) -> None:
        if not isinstance(carrier, FunctionCarrier):
            return
        self._may_go_on(carrier)
        environment: Environment = carrier.environment
        self._end_if_calling_for_ever(environment)
        self.kernel.emit("invoke", "called", environment.spec.arn, call=call, digest=aws_calls.digest(request))

    def _on_request(self, request: HttpRequest) -> HttpAnswer | Awaited:
        with aws_calls.laid_off(self.kernel.require_current()) as caller:
            return self._cloud.on_request(caller, request)

    def _on_connection(self, host: str, port: int, sent: bytes) -> str:
        with aws_calls.laid_off(self.kernel.require_current()) as caller:
            return self._cloud.on_connection(caller, host, port, sent)

    def _end_if_calling_for_ever(self, environment: Environment) -> None:
        spent_s = environment.spent.calling_s + self.watchdog.computing_s()
        if spent_s > _WITH_CALLS * self.watchdog.burn_limit_s and not self.watchdog.debugging:
            raise BurnedOut

    # -- what the seams tell ----------------------------------------------------------------------

    def before_wait(self) -> None:
        """Code whose time is up does not wait any more."""
        carrier = self._carrier()
        if carrier is not None:
            self._end_if_stopped(carrier)

    def in_background(self) -> bool:
        """A thread's wait lasts as long as the call does, and no longer: the call's own timeout keeps time going."""
        carrier = self._carrier()
        return carrier is not None and carrier.is_thread

    def after_wait(self) -> None:
        """A thread goes on only while its environment serves a call."""
        carrier = self._carrier()
        if carrier is not None:
            self._may_go_on(carrier)

    def _may_go_on(self, carrier: FunctionCarrier) -> None:
        environment: Environment = carrier.environment
        while carrier.is_thread and environment.call is None and not environment.dead:
            environment.thawed.wait(f"the next call of {environment.spec.name}")
        self._end_if_stopped(carrier)
        if carrier.is_thread and environment.call is not None:
            self.kernel.require_current().cause = environment.call.cause

    def cancelled(self) -> None:
        """The run is over: from here on nothing this environment does is seen."""
        carrier = self._carrier()
        if carrier is not None:
            carrier.environment.dead = True

    def adopt(self, task: Task) -> None:
        """A thread belongs to the environment that started it."""
        carrier = self._carrier()
        if carrier is not None:
            task.carrier = self._new_carrier(carrier.environment, is_thread=True)

    def run_thread(self, body: Callable[[], None]) -> None:
        """Run a thread to its end; what would end the process ends the call."""
        carrier = self._carrier()
        if carrier is None:
            body()
            return
        environment: Environment = carrier.environment
        error: BaseException | None = None
        try:
            self.after_wait()
            body()
        except BaseException as raised:
            error = raised
        # No call before this is done (watchdog.py). The scheduler takes the carrier away.
        self.watchdog.active = None
        if self.watchdog.fired:
            try:
                self.watchdog.flush()
            except BurnedOut:
                self.watchdog.fired = False
        if error is None or isinstance(error, Stopped):
            return
        if _is_for_us(error):
            raise error
        call = environment.call
        if call is not None and call.stopped is None:
            call.stopped = error
            self.kernel.interrupt(call.task, error)

    def _end_if_stopped(self, carrier: FunctionCarrier) -> None:
        environment: Environment = carrier.environment
        if environment.dead:
            raise TaskCancelled
        if environment.call is not None and environment.call.stopped is not None:
            raise environment.call.stopped


def _is_for_us(error: BaseException) -> bool:
    """Whether it means the run and not the function: its end, Ctrl-C, a debugger that was quit, pytest's own."""
    return isinstance(error, (TaskCancelled, KeyboardInterrupt, bdb.BdbQuit)) or type(error).__module__.startswith(
        "_pytest."
    )
