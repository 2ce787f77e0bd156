"""The seams under function code: what each replaces is there, does what its header says, and comes back."""

from __future__ import annotations

import _thread
import _threading_local
import asyncio
import concurrent.futures.thread
import inspect
import logging
import os
import pdb
import queue
import random
import socket
import ssl
import threading
import time
from typing import Any

import pytest
from moto.kms import utils as kms
from moto.logs.models import LogGroup, LogsBackend

from harness.kernel.decisions import First
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Task
from harness.vendor import (
    asyncio_loop,
    debugger,
    function_environ,
    function_logging,
    process_exit,
    randomness,
    threads,
)
from harness.vendor.http_exchange import HttpAnswer
from harness.vendor.outside_sockets import OutsideSockets
from harness.vendor.patches import Patches
from harness.vendor.process_exit import ProcessExit
from harness.vendor.waits import TaskLock, TaskRLock, Waits


class NoHooks:
    """Tasks that nobody owns."""

    def before_wait(self) -> None: ...

    def after_wait(self) -> None: ...

    def in_background(self) -> bool:
        return False

    def cancelled(self) -> None: ...

    def adopt(self, task: Task) -> None: ...

    def run_thread(self, body: Any) -> None:
        body()


POLICY = asyncio.events.BaseDefaultEventLoopPolicy
TARGETS: list[tuple[Any, str]] = [
    (time, "sleep"), (time, "monotonic"), (time, "monotonic_ns"), (threading, "_time"), (queue, "time"),
    (threading, "Lock"), (threading, "_allocate_lock"), (threading, "RLock"), (threading, "local"),
    (queue, "SimpleQueue"), (_threading_local, "RLock"), (_threading_local, "current_thread"),
    (threading.Thread, "start"), (threading.Thread, "join"), (threading.Thread, "is_alive"),
    (threading, "current_thread"), (threading, "get_ident"), (threading, "_counter"),
    (concurrent.futures.thread.ThreadPoolExecutor, "_counter"), (POLICY, "new_event_loop"),
    (os, "environ"), (os, "_exit"), (os, "urandom"), (random, "_urandom"), (random, "choice"), (random.Random, "seed"),
    (socket, "getaddrinfo"), (socket, "gethostbyname"), (socket.socket, "connect"), (socket.socket, "connect_ex"),
    (socket.socket, "sendto"), (ssl.SSLContext, "wrap_socket"), (ssl.SSLContext, "wrap_bio"),
    (logging, "getLogger"), (logging.Logger, "callHandlers"), (pdb.Pdb, "__init__"),
]  # fmt: skip


def apply_all(patches: Patches, kernel: Kernel) -> tuple[Waits, Any]:
    waits = threads.apply(patches, kernel, hooks=NoHooks())
    outside = OutsideSockets(
        waits, inside=lambda: False, on_request=lambda request: HttpAnswer(), on_connection=lambda *_: ""
    )
    outside.apply(patches)
    asyncio_loop.apply(patches, waits, outside)
    function_environ.apply(patches, active=lambda: None)
    function_logging.apply(patches, active=lambda: None, is_own_file=lambda path: False)
    process_exit.apply(patches, inside=lambda: True)
    debugger.apply(patches, active=lambda: None, on_debugger=lambda: None)
    return waits, randomness.apply(patches, kernel.decisions, who=lambda: "f")


def test_undo_restores_the_very_same_objects() -> None:
    before = [getattr(target, name) for target, name in TARGETS]
    state = random.getstate()
    with Patches() as patches:
        _, unseed = apply_all(patches, Kernel())
        assert all(getattr(t, n) is not b for (t, n), b in zip(TARGETS, before, strict=True))
        unseed()
    assert all(getattr(t, n) is b for (t, n), b in zip(TARGETS, before, strict=True))
    assert random.getstate() == state


def test_what_the_standard_library_must_still_have() -> None:
    assert list(inspect.signature(threading.Thread.start).parameters) == ["self"]
    assert list(inspect.signature(threading.Thread.join).parameters) == ["self", "timeout"]
    assert list(inspect.signature(pdb.Pdb.__init__).parameters)[:4] == ["self", "completekey", "stdin", "stdout"]
    assert list(inspect.signature(random.Random.seed).parameters) == ["self", "a", "version"]
    assert list(inspect.signature(logging.Logger.callHandlers).parameters) == ["self", "record"]
    assert isinstance(random._inst, random.Random)  # type: ignore[attr-defined]
    assert queue._PySimpleQueue  # type: ignore[attr-defined]
    thread = threading.Thread()
    assert not thread._started.is_set()  # type: ignore[attr-defined]
    assert thread._invoke_excepthook  # type: ignore[attr-defined]
    policy = asyncio.get_event_loop_policy()
    assert hasattr(policy._local, "_loop") and hasattr(policy._local, "_set_called")  # type: ignore[attr-defined]


def test_what_moto_must_still_have() -> None:
    assert list(inspect.signature(LogsBackend.create_log_group).parameters)[:3] == ["self", "log_group_name", "tags"]
    assert list(inspect.signature(LogGroup.create_log_stream).parameters) == ["self", "log_stream_name"]
    assert list(inspect.signature(LogGroup.put_log_events).parameters) == ["self", "log_stream_name", "log_events"]


def test_upstream_blocks_the_os_thread() -> None:
    lock = threading.Lock()
    lock.acquire()
    assert not lock.acquire(timeout=0.001)
    assert type(lock).__module__ == "_thread"


def test_locks_made_outside_of_tasks_are_the_real_ones() -> None:
    with Patches() as patches:
        apply_all(patches, Kernel())
        assert type(threading.Lock()) is _thread.LockType
        assert type(queue.SimpleQueue()).__module__ == "_queue"


def test_a_lock_made_in_a_task_can_be_used_outside() -> None:
    kernel = Kernel()
    with Patches() as patches:
        apply_all(patches, kernel)
        lock, rlock = kernel.run(lambda: (threading.Lock(), threading.RLock()))
        assert (type(lock), type(rlock)) == (TaskLock, TaskRLock)
        with lock, rlock, rlock:
            assert lock.locked()
            assert not lock.acquire(timeout=0.001)
            other = threading.Thread(target=lock.acquire)
            other.start()
            lock.release()
            other.join()
            assert lock.locked()


def test_an_os_thread_can_wake_a_task() -> None:
    kernel = Kernel()

    released = _thread.allocate_lock()
    released.acquire()

    def main() -> tuple[bool, float]:
        lock = threading.Lock()
        lock.acquire()
        waiter = kernel.spawn(lambda: lock.acquire(timeout=60), name="waiter")
        kernel.sleep(1)
        _thread.start_new_thread(lambda: (lock.release(), released.release()), ())
        # Stands still, as real time does not count, until the other thread is done.
        released.acquire()
        waiter.join()
        return waiter.result, kernel.clock.elapsed_us / 1_000_000

    with Patches() as patches:
        apply_all(patches, kernel)
        assert kernel.run(main) == (True, 1)


def test_only_the_owner_releases_an_rlock() -> None:
    kernel = Kernel()

    def release_elsewhere() -> None:
        lock = threading.RLock()
        lock.acquire()
        task = kernel.spawn(lock.release, name="other", keep_error=True)
        with pytest.raises(RuntimeError, match="un-acquired"):
            task.join()

    with Patches() as patches:
        apply_all(patches, kernel)
        kernel.run(release_elsewhere)


def test_a_thread_starts_once() -> None:
    kernel = Kernel()

    def main() -> None:
        thread = threading.Thread(target=time.sleep, args=(1,))
        thread.start()
        with pytest.raises(RuntimeError, match="threads can only be started once"):
            thread.start()

    with Patches() as patches:
        apply_all(patches, kernel)
        kernel.run(main)


def test_sleep_refuses_the_past() -> None:
    kernel = Kernel()
    with Patches() as patches:
        apply_all(patches, kernel)
        with pytest.raises(ValueError, match="non-negative"):
            kernel.run(lambda: time.sleep(-1))


def test_random_numbers_depend_on_the_seed_and_the_function_only() -> None:
    def draws(seed: int, who: str) -> list[object]:
        with Patches() as patches:
            unseed = randomness.apply(patches, First(seed), who=lambda: who)
            drawn: list[object] = [random.random(), random.choice("abcdefgh"), os.urandom(40), random.Random().random()]
            unseed()
        return drawn

    assert draws(1, "f") == draws(1, "f")
    assert draws(1, "f") != draws(2, "f")
    assert draws(1, "f") != draws(1, "g")


def test_upstream_draws_of_motos_own_differ_from_run_to_run() -> None:
    assert kms.generate_data_key(32) != kms.generate_data_key(32)


def test_what_moto_draws_depends_on_the_seed_and_on_nobody_elses_draws() -> None:
    def draws(seed: int) -> tuple[bytes, bytes]:
        with Patches() as patches:
            unseed = randomness.apply(patches, First(seed), who=lambda: None)
            elsewhere, drawn = os.urandom(32), kms.generate_data_key(32)
            unseed()
        return drawn, elsewhere

    (drawn, elsewhere), (again, others) = draws(1), draws(1)
    assert (drawn == again, elsewhere == others) == (True, False)
    assert draws(2)[0] != drawn


def test_os_exit_is_an_exception_inside() -> None:
    with Patches() as patches:
        process_exit.apply(patches, inside=lambda: True)
        with pytest.raises(ProcessExit) as caught:
            os._exit(3)
    assert caught.value.status == 3


def test_environ_is_the_functions_or_the_real_one() -> None:
    own: dict[str, str] = {"A": "1"}
    active: dict[str, str] | None = own
    with Patches() as patches:
        function_environ.apply(patches, active=lambda: active)
        environ: Any = os.environ
        assert dict(os.environ) == own == environ | {} == {} | environ
        assert repr(environ) == "environ({'A': '1'})"
        environ |= {"B": "2"}
        with pytest.raises(TypeError, match="str expected, not int"):
            os.environ["C"] = 3  # type: ignore[assignment]
        del os.environ["A"]
        assert own == {"B": "2"}
        active = None
        assert os.environ["PATH"] == os.getenv("PATH") != ""
        assert environ.encodekey("A") is not None
