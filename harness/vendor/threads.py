"""This file decides what a thread is inside a task: a task of its own, on virtual time.

Upstream: CPython starts an OS thread; ``time.sleep`` and ``time.monotonic`` read the machine's clock. Why that
can't stay: a handler that waits for its threads would stop the kernel that must run them, and the order of their
AWS calls would change from run to run. What we do: inside a task ``Thread.start`` spawns a task, locks are
``waits.TaskLock``, and sleeps and the monotonic clock are the kernel's. With that ``ThreadPoolExecutor``,
``queue``, ``Timer`` and boto3's transfers work unchanged, because they look these names up when they are called.
Other OS threads and code outside of tasks keep the real ones, and so does whoever took a name (``from time import
sleep``) before the world began. Since: CPython 3.11. Not needed any more when: never; it is what one thread and
virtual time mean.
"""

from __future__ import annotations

import _threading_local
import concurrent.futures.thread
import itertools
import queue
import threading
import time
from typing import Any

from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Task
from harness.vendor.patches import Patches
from harness.vendor.waits import Hooks, TaskLock, TaskRLock, Waits


def apply(patches: Patches, kernel: Kernel, *, hooks: Hooks) -> Waits:
    """Put the threads of tasks on the kernel; returns how their code waits."""
    waits = Waits(kernel, hooks)
    _clocks(patches, waits)
    _locks(patches, waits)
    _Threads(waits).apply(patches)
    return waits


def _clocks(patches: Patches, waits: Waits) -> None:
    real_sleep, real_monotonic, real_monotonic_ns = time.sleep, time.monotonic, time.monotonic_ns

    def sleep(seconds: float, /) -> None:
        if waits.inside():
            waits.sleep(seconds)
        else:
            real_sleep(seconds)

    def monotonic() -> float:
        return waits.monotonic() if waits.inside() else real_monotonic()

    def monotonic_ns() -> int:
        return round(waits.monotonic() * 1_000_000) * 1000 if waits.inside() else real_monotonic_ns()

    patches.put(time, "sleep", sleep)
    patches.put(time, "monotonic", monotonic)
    patches.put(time, "monotonic_ns", monotonic_ns)
    # Modules of the standard library that took the name for themselves.
    patches.put(threading, "_time", monotonic)
    patches.put(queue, "time", monotonic)


def _locks(patches: Patches, waits: Waits) -> None:
    real_lock, real_rlock, real_simple_queue = threading.Lock, threading.RLock, queue.SimpleQueue

    def lock() -> Any:
        return TaskLock(waits) if waits.inside() else real_lock()

    def rlock() -> Any:
        return TaskRLock(waits) if waits.inside() else real_rlock()

    def simple_queue() -> Any:
        # The standard library's own, written with the locks above.
        return queue._PySimpleQueue() if waits.inside() else real_simple_queue()  # type: ignore[attr-defined]

    patches.put(threading, "Lock", lock)
    patches.put(threading, "_allocate_lock", lock)
    patches.put(threading, "RLock", rlock)
    patches.put(_threading_local, "RLock", rlock)
    patches.put(queue, "SimpleQueue", simple_queue)
    # Not the one written in C, which knows OS threads only; and a class, because handlers derive from it.
    patches.put(threading, "local", _threading_local.local)


class _Threads:
    """``threading.Thread`` for one kernel."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._task_of: dict[threading.Thread, Task] = {}
        self._thread_of: dict[Task, threading.Thread] = {}
        self._idents = itertools.count(1)

    def apply(self, patches: Patches) -> None:
        """Replace the methods that touch the OS thread."""
        thread = threading.Thread
        real_start, real_join, real_alive = thread.start, thread.join, thread.is_alive
        real_current, real_ident = threading.current_thread, threading.get_ident

        def start(this: threading.Thread) -> None:
            if self._waits.inside():
                self._start(this)
            else:
                real_start(this)

        def join(this: threading.Thread, timeout: float | None = None) -> None:
            if this in self._task_of:
                self._join(this, timeout)
            else:
                real_join(this, timeout)

        def is_alive(this: threading.Thread) -> bool:
            task = self._task_of.get(this)
            return real_alive(this) if task is None else not task.done

        def current_thread() -> threading.Thread:
            return self._current() or real_current()

        def get_ident() -> int:
            current = self._current()
            return real_ident() if current is None else current.ident or 0

        patches.put(thread, "start", start)
        patches.put(thread, "join", join)
        patches.put(thread, "is_alive", is_alive)
        patches.put(threading, "current_thread", current_thread)
        patches.put(_threading_local, "current_thread", current_thread)
        patches.put(threading, "get_ident", get_ident)
        # Names such as "Thread-1" and "ThreadPoolExecutor-0_0" count from the start of the world.
        patches.put(threading, "_counter", itertools.count(1).__next__)
        patches.put(concurrent.futures.thread.ThreadPoolExecutor, "_counter", itertools.count().__next__)

    def _current(self) -> threading.Thread | None:
        task = self._waits.kernel.current
        return self._thread_of.get(task) if task is not None and self._waits.inside() else None

    def _start(self, thread: threading.Thread) -> None:
        started = thread._started  # type: ignore[attr-defined]
        if started.is_set():
            raise RuntimeError("threads can only be started once")
        task = self._waits.kernel.spawn(lambda: self._run(thread), name=f"thread {thread.name}", daemon=True)
        self._waits.hooks.adopt(task)
        self._task_of[thread] = task
        self._thread_of[task] = thread
        # A number of its own, far from those of the OS.
        thread._ident = next(self._idents)  # type: ignore[attr-defined]
        # Not waited for, as upstream does: nothing may go first while a caller holds the pool's global lock.
        started.set()

    def _run(self, thread: threading.Thread) -> None:
        try:
            self._waits.hooks.run_thread(lambda: _body(thread))
        finally:
            # Upstream joins what it finds here when the interpreter ends.
            concurrent.futures.thread._threads_queues.pop(thread, None)  # type: ignore[attr-defined]
            if hasattr(thread, "_is_stopped"):
                thread._is_stopped = True
            task = self._task_of[thread]
            del self._thread_of[task]

    def _join(self, thread: threading.Thread, timeout: float | None) -> None:
        task = self._task_of[thread]
        if task.done:
            return
        if not self._waits.inside():
            raise RuntimeError(f"cannot join {thread.name!r}: it runs on virtual time, and only a task can wait for it")
        if task is self._waits.kernel.current:
            raise RuntimeError("cannot join current thread")
        self._waits.on(task.finished, f"thread {thread.name}", None if timeout is None else max(timeout, 0))


def _body(thread: threading.Thread) -> None:
    try:
        thread.run()
    except Exception:
        thread._invoke_excepthook(thread)  # type: ignore[attr-defined]
    except SystemExit:
        # As upstream: it ends the thread and nothing else.
        pass
