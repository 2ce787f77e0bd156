"""This file decides which process serves a call, and how many there are.

There are never more environments than ``cap``, over all functions together; calls beyond that wait. First come, first
served: an environment goes on with the oldest call of its own function, unless another function's has waited for
``PATIENCE_S``; then the slot is that one's. An environment whose code waits for another function (a synchronous call)
does not count meanwhile, so that functions that call functions cannot wait for one another's slots for ever; with those
there are ``4 × cap`` at most.

Every method may be called from any thread, and none waits.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.invoke.payloads import ErrorPayload
from harness.kernel.scheduler import real_clock
from harness.processes.code_state import CodeState
from harness.processes.environment import Environment
from harness.processes.orders import Completion, Order
from harness.processes.programs import CannotRun, access_key, program
from harness.world.functions import FunctionSpec

PATIENCE_S = 2.0
IDLE_S = 300.0
_OVER_CAP = 4


def default_cap() -> int:
    """How many environments there are at most unless somebody says otherwise."""
    return (os.cpu_count() or 1) * 4


@dataclass(frozen=True, slots=True)
class Settings:
    """``endpoint`` is where the functions' AWS calls go; an environment that serves nothing for ``idle_s`` ends."""

    endpoint: str
    cap: int = field(default_factory=default_cap)
    idle_s: float = IDLE_S


class Pool:
    """The processes of all functions. ``done`` is told of each order once, with how it ended."""

    def __init__(self, settings: Settings, done: Callable[[int, Completion], None]) -> None:
        self._settings = settings
        self._done = done
        self._lock = threading.RLock()
        self._waiting: deque[tuple[float, Order]] = deque()
        self._all: list[Environment] = []
        self._idle: list[Environment] = []
        self._code: dict[Environment, object] = {}
        self._keys: dict[str, Environment] = {}
        self._lending: dict[int, int] = {}
        self._numbers = 0
        self._closed = False
        self._empty = threading.Condition(self._lock)
        self._code_state = CodeState()
        self._root = Path(tempfile.mkdtemp(prefix="harness-up-")).resolve()

    # -- for the world ------------------------------------------------------------------------------

    def start(self, order: Order) -> None:
        """Have the order carried out, now or when there is room."""
        with self._lock:
            if order.parent is not None:
                self._lending[order.parent] = self._lending.get(order.parent, 0) + 1
            self._waiting.append((real_clock(), order))
            self._dispatch()

    def abandon(self, call_id: int) -> None:
        """Nobody waits for this call any more."""
        with self._lock:
            self._waiting = deque((at, o) for at, o in self._waiting if o.call_id != call_id)
            for environment in self._all:
                if environment.order is not None and environment.order.call_id == call_id:
                    environment.kill()

    def call_of(self, key: str) -> int | None:
        """The call that the environment with this access key id serves."""
        with self._lock:
            environment = self._keys.get(key)
            order = environment.order if environment is not None else None
            return None if order is None else order.call_id

    def keys(self) -> list[str]:
        """The access key ids of the environments that stand."""
        with self._lock:
            return list(self._keys)

    def __len__(self) -> int:
        """How many environments there are."""
        return len(self._all)

    def close(self) -> None:
        """End every process; none is left when this returns."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            for environment in self._all:
                environment.kill()
            self._empty.wait_for(lambda: not self._all)
        shutil.rmtree(self._root, ignore_errors=True)

    # -- what environments tell ---------------------------------------------------------------------

    def done(self, environment: Environment, order: Order, completion: Completion) -> None:
        """See ``Owner``."""
        self._over(order)
        self._done(order.call_id, completion)

    def idle(self, environment: Environment) -> None:
        """See ``Owner``."""
        with self._lock:
            self._idle.append(environment)
            self._dispatch()

    def late(self, environment: Environment) -> None:
        """See ``Owner``."""
        with self._lock:
            self._dispatch()

    def gone(self, environment: Environment) -> None:
        """See ``Owner``."""
        with self._lock:
            self._all.remove(environment)
            if environment in self._idle:
                self._idle.remove(environment)
            self._code.pop(environment, None)
            self._keys.pop(access_key(environment.log_stream), None)
            order = environment.order
            if order is not None and not self._closed:
                self._begin(order, second_try=True)
            self._dispatch()
            self._empty.notify_all()
        shutil.rmtree(self._temp_dir(environment), ignore_errors=True)

    # -- who is next --------------------------------------------------------------------------------

    def _dispatch(self) -> None:
        while self._waiting and not self._closed and self._serve_one():
            pass

    def _serve_one(self) -> bool:
        """Serve one waiting order if that is possible now."""
        self._idle = [environment for environment in self._idle if not environment.dead]
        came, head = self._waiting[0]
        if real_clock() - came < PATIENCE_S and self._serve_warm():
            return True
        warm = self._warm(head.spec)
        if warm is not None:
            self._waiting.popleft()
            self._hand(warm, head)
        elif any(e.coming_back and not e.dead and e.spec == head.spec for e in self._all):
            return False  # in a moment it is idle
        elif self._has_room():
            self._waiting.popleft()
            self._begin(head)
        elif self._idle:
            # Its slot comes free when it has gone.
            self._idle.pop(0).kill()
            return False
        else:
            return False
        return True

    def _serve_warm(self) -> bool:
        """Serve the oldest order for which there is a warm environment."""
        seen: set[tuple[str, str]] = set()
        for number, (_, order) in enumerate(self._waiting):
            if not self._idle:
                return False
            function = (order.spec.arn, order.spec.version)
            if function in seen:
                continue
            seen.add(function)
            warm = self._warm(order.spec)
            if warm is not None:
                del self._waiting[number]
                self._hand(warm, order)
                return True
        return False

    def _warm(self, spec: FunctionSpec) -> Environment | None:
        """The environment that served this very function last; those of older code end."""
        for environment in reversed(self._idle):
            same = (environment.spec.arn, environment.spec.version) == (spec.arn, spec.version)
            if not same or environment.dead:
                continue
            if environment.spec == spec and self._code[environment] == self._code_state.of(spec):
                return environment
            environment.kill()
        return None

    def _hand(self, environment: Environment, order: Order) -> None:
        self._idle.remove(environment)
        environment.serve(order)

    def _has_room(self) -> bool:
        lending = sum(e.order is not None and e.order.call_id in self._lending for e in self._all)
        return len(self._all) - lending < self._settings.cap and len(self._all) < _OVER_CAP * self._settings.cap

    def _begin(self, order: Order, *, second_try: bool = False) -> None:
        """Start an environment for the order."""
        spec = order.spec
        self._numbers += 1
        # Another one in each run of the harness: a stream goes on only in its own environment.
        name = hashlib.sha256(f"{os.getpid()}/{self._numbers}/{self._root}".encode()).hexdigest()[:32]
        log_stream = order.log_prefix + name
        environment = Environment(self, spec, log_stream, self._settings.idle_s, second_try=second_try)
        temp_dir = self._temp_dir(environment)
        temp_dir.mkdir()
        try:
            wanted = program(
                spec,
                address=environment.address,
                endpoint=self._settings.endpoint,
                key=access_key(log_stream),
                temp_dir=temp_dir,
                log_stream=log_stream,
            )
        except CannotRun as error:
            environment.close_unused()
            self._refuse(order, log_stream, str(error))
            return
        self._all.append(environment)
        self._keys[access_key(log_stream)] = environment
        self._code[environment] = self._code_state.of(spec)
        environment.begin(order, wanted)

    def _refuse(self, order: Order, log_stream: str, why: str) -> None:
        self._over(order)
        text = f"RequestId: {order.request_id} Error: {why}"
        payload = ErrorPayload("Runtime.InvalidEntrypoint", text).as_json()
        self._done(order.call_id, Completion("could not start", payload, log_stream, 0))

    def _over(self, order: Order) -> None:
        if order.parent is None:
            return
        with self._lock:
            left = self._lending.pop(order.parent, 1) - 1
            if left:
                self._lending[order.parent] = left

    def _temp_dir(self, environment: Environment) -> Path:
        return self._root / environment.log_stream.rpartition("]")[2]
