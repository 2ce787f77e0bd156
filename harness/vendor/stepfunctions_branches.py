"""This file decides how the branches of a Parallel and the iterations of a Map run beside each other.

Upstream: moto 5.2.5 starts two threads per branch; when one fails, the others are told to stop but go on until they
look, with their side effects; a branch that fails with a name of AWS's own (``States.Timeout``) makes the whole
execution fail as ``States.Runtime``, because only names of the user's are expected there. A Map starts a worker per
item when ``MaxConcurrency`` is 0, takes items by recursion (1000 of them hit Python's limit), and lets the other
iterations run on after a failure. Why that can't stay: threads, and SFN-19 and SFN-20.
What we do: one task per branch and at most 40 workers, ended as soon as one of them fails.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: moto runs them on a scheduler it is given.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker, job
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (
    InlineIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl import BranchesDecl
from moto.stepfunctions.parser.asl.eval.program_state import ProgramError

from harness.kernel.tasks import Task
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_errors import failure
from harness.vendor.stepfunctions_rules import MAX_INLINE_ITERATIONS
from harness.vendor.stepfunctions_tasks import Flag, TaskTree


def apply(patches: Patches, tree: TaskTree) -> None:
    """Run branches and iterations as tasks of ``tree``."""
    patches.put(BranchesDecl, "_eval_body", _eval_branches(tree))
    patches.put(InlineIterationComponent, "_eval_body", _eval_iterations(tree))
    patches.put(IterationWorker, "eval", _work_through)
    patches.put(InlineIterationComponent, "_launch_worker", _launch_worker(tree))
    patches.put(job, "threading", SimpleNamespace(Lock=vars(job)["threading"].Lock, Event=lambda: Flag(tree.kernel)))
    patches.put(iteration_worker, "CustomErrorName", ErrorName)


def _eval_branches(tree: TaskTree) -> Callable[[Any, Any], None]:
    def eval_branches(self: Any, env: Any) -> None:
        value = env.stack.pop()
        over = tree.kernel.event("the branches")
        left = len(self.programs)
        failed: list[int] = []
        frames: list[Any] = []
        tasks: list[Task] = []

        def run(number: int) -> None:
            nonlocal left
            self.programs[number].eval(frames[number])
            left -= 1
            if isinstance(frames[number].program_state(), ProgramError):
                failed.append(number)
            if failed or not left:
                over.set()

        for number in range(left):
            frame = env.open_inner_frame()
            frame.states.reset(input_value=value)
            frames.append(frame)
            tasks.append(tree.child(functools.partial(run, number), f"branch {number + 1}"))
        over.wait()
        if failed:
            tree.follow(tasks[failed[0]])
            _end_branches(tree, env, frames, tasks)
            raise _branch_failure(env, frames[failed[0]])
        tree.follow_latest(tasks)
        env.stack.append([frame.states.get_input() for frame in frames])
        for frame in frames:
            env.close_frame(frame)

    return eval_branches


def _end_branches(tree: TaskTree, env: Any, frames: list[Any], tasks: list[Task]) -> None:
    # SFN-20: what a branch that goes on would still do must not happen.
    for frame, task in zip(frames, tasks, strict=True):
        tree.abort(task)
        env.close_frame(frame)


def _branch_failure(env: Any, frame: Any) -> FailureEventException:
    details = frame.program_state().error or {}
    return FailureEventException(
        failure(env, ErrorName(details.get("error")), HistoryEventType.ExecutionFailed, details)
    )


def _launch_worker(tree: TaskTree) -> Callable[..., IterationWorker]:
    def launch_worker(self: Any, env: Any, eval_input: Any, job_pool: Any) -> Any:
        worker = self._create_worker(env=env, eval_input=eval_input, job_pool=job_pool)
        worker.task = tree.child(worker.eval, "iterations", joined=False)
        return worker

    return launch_worker


def _eval_iterations(tree: TaskTree) -> Callable[[Any, Any], None]:
    def eval_iterations(self: Any, env: Any) -> None:
        eval_input = env.stack.pop()
        items = eval_input.input_items
        pool = job.JobPool(job_program=self._get_iteration_program(), job_inputs=items)
        at_once = min(len(items), eval_input.max_concurrency or MAX_INLINE_ITERATIONS, MAX_INLINE_ITERATIONS)
        workers = [self._launch_worker(env=env, eval_input=eval_input, job_pool=pool) for _ in range(at_once)]
        pool.await_jobs()
        if workers:
            tree.follow_latest([worker.task for worker in workers])
        failure = pool.get_worker_exception()
        if failure is not None:
            for worker in workers:
                tree.abort(worker.task)
            raise failure
        env.stack.append([closed.job_output for closed in pool.get_closed_jobs()])

    return eval_iterations


def _work_through(self: Any) -> None:
    frame = self._env.open_frame()
    current = self._job_pool.next_job()
    while current is not None:
        job_frame = frame.open_inner_frame()
        self._eval_job(env=job_frame, job=current)
        frame.close_frame(job_frame)
        failed = isinstance(current.job_output, Exception)
        following = None if failed or self.stopped() else self._job_pool.next_job()
        if following is None:
            # The Map goes on when its last job is closed: the frame must be closed by then.
            if not failed:
                frame.event_history_context.source_event_id = job_frame.event_history_context.last_published_event_id
            self._env.close_frame(frame)
            self._job_pool.close_job(current)
            return
        self._job_pool.close_job(current)
        current = following
    self._env.close_frame(frame)
