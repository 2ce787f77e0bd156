"""This file decides what stands in for threads in moto's Step Functions interpreter: kernel tasks in a tree.

No moto in here; the seams beside it use these pieces. An execution's task has the tasks of its branches, iterations
and time-limited states below it; ``abort`` ends a task with all that is below it, children first. What a task of
somebody else does on the execution's behalf (an invocation that runs) is not in the tree and goes on, as on AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Task, TaskCancelled
from harness.vendor.stepfunctions_rules import NO_TIMEOUT_S


class TaskTree:
    """The kernel tasks of the executions that run."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._below: dict[Task, list[Task]] = {}

    def root(self, function: Callable[[], Any], name: str, cause: int | None) -> Task:
        """A new task that nothing is above of."""
        return self._spawn(function, name, cause, parent=None, joined=False)

    def child(self, function: Callable[[], Any], suffix: str, *, joined: bool = True) -> Task:
        """A new task below the current one, named after it; its error is for the one who joins it, if one does."""
        parent = self.kernel.require_current()
        return self._spawn(function, f"{parent.name} {suffix}", parent.cause, parent=parent, joined=joined)

    def _spawn(
        self, function: Callable[[], Any], name: str, cause: int | None, *, parent: Task | None, joined: bool
    ) -> Task:
        def run() -> None:
            try:
                function()
            finally:
                self._below.pop(task, None)
                if parent in self._below:
                    self._below[parent].remove(task)

        task = self.kernel.spawn(run, name=name, cause=cause, keep_error=joined)
        # LAM-24: no loop is seen through a state machine.
        task.trace_header = None
        if parent is not None:
            self._below.setdefault(parent, []).append(task)
        return task

    def abort(self, task: Task) -> None:
        """End ``task`` and all below it, without their ``except`` clauses.

        Raises:
            TaskCancelled: the current task is one of them; it ends where it called.
        """
        ended: list[Task] = []
        self._collect(task, ended)
        current = self.kernel.current
        for each in ended:
            if each is not current:
                self.kernel.interrupt(each, TaskCancelled())
        if current in ended:
            raise TaskCancelled

    def _collect(self, task: Task, into: list[Task]) -> None:
        for child in self._below.get(task, ()):
            self._collect(child, into)
        if not task.done:
            into.append(task)

    def within(self, timeout_s: float, function: Callable[[], Any]) -> bool:
        """Run ``function``; False if ``timeout_s`` of virtual time passed first, and it was ended.

        Raises:
            Exception: whatever ``function`` raised.
        """
        if timeout_s >= NO_TIMEOUT_S:
            function()
            return True
        task = self.child(function, "(limited)")
        if task.join(timeout_s):
            self.follow(task)
            return True
        self.abort(task)
        return False

    def follow(self, task: Task) -> None:
        """Have the current task's next event follow from the last of ``task``."""
        self.kernel.require_current().cause = task.cause

    def follow_latest(self, tasks: Sequence[Task]) -> None:
        """Have the current task's next event follow from the last that any of ``tasks`` wrote."""
        self.kernel.require_current().cause = max((task.cause or 0 for task in tasks), default=0) or None


class Flag:
    """As ``threading.Event``; AWS's "no timeout" sets no timer, so it does not keep the run going."""

    def __init__(self, kernel: Kernel) -> None:
        self._event = kernel.event("a callback")
        self.is_set = self._event.is_set
        self.set = self._event.set
        self.clear = self._event.clear

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the flag is up; False if ``timeout`` seconds of virtual time passed first."""
        return self._event.wait(None if timeout is None or timeout >= NO_TIMEOUT_S else timeout)


class Thread:
    """As ``threading.Thread``, as far as the interpreter uses it: a task below the one that starts it."""

    def __init__(self, tree: TaskTree, target: Callable[..., Any], args: tuple[Any, ...] = ()) -> None:
        self._tree = tree
        self._target = target
        self._args = args

    def start(self) -> None:
        """Let it run."""
        self._tree.child(lambda: self._target(*self._args), "(worker)", joined=False)
