"""This file decides how an execution waits: Wait states, retry delays, callbacks, and the end of a child execution.

Upstream: moto 5.2.5 waits with ``threading.Event`` and ``time.sleep``; asks twice a second whether a child execution
has ended (``.sync``); compares a Wait's ``Timestamp`` with the local time (wrong unless the zone is UTC) and drops
what is below a second; draws jitter from ``random``.
Why that can't stay: time is virtual; a child that waits for a month would be asked five million times; SFN-21;
and every draw is a decision (SFN-10). What we do: kernel sleeps and flags, and one wait for a child's end.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: moto takes its clock and events from outside.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl, retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint
from moto.stepfunctions.parser.asl.eval.environment import Environment

from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_executions import Ended
from harness.vendor.stepfunctions_rules import JITTER_SHARES
from harness.vendor.stepfunctions_tasks import Flag, TaskTree, Thread


def apply(patches: Patches, tree: TaskTree, ended: Ended) -> None:
    """Have everything that waits wait on the kernel."""
    kernel = tree.kernel
    sleeping = SimpleNamespace(sleep=kernel.sleep)
    patches.put(WaitFunction, "_wait_interval", _wait_interval(kernel))
    patches.put(Timestamp, "_get_wait_seconds", _seconds_until)
    patches.put(retrier_decl, "time", sleeping)
    patches.put(jitter_strategy_decl, "random", SimpleNamespace(uniform=_jitter(kernel)))
    patches.put(callback, "Event", lambda: Flag(kernel))
    patches.put(state_task_service_callback, "time", sleeping)
    patches.put(
        state_task_service_callback,
        "threading",
        SimpleNamespace(Thread=lambda target, name, daemon: Thread(tree, target)),
    )
    patches.put(StateTaskServiceCallback, "_wait_for_task_token_timeout", _wait_for_token(kernel))
    patches.put(
        StateTaskServiceCallback,
        "_eval_wait_for_task_token",
        _following_the_answer(StateTaskServiceCallback._eval_wait_for_task_token, kernel),
    )
    for name in ("_build_sync_resolver", "_build_sync2_resolver"):
        patches.put(StateTaskServiceSfn, name, _once_it_has_ended(getattr(StateTaskServiceSfn, name), ended))


def _wait_interval(kernel: Kernel) -> Callable[[Any, Environment, float], None]:
    def wait_interval(self: Any, env: Any, wait_seconds: float) -> None:
        # SFN-21: what lies in the past is no wait. Stopping the execution ends the task, so this needs no flag.
        if wait_seconds > 0:
            kernel.sleep(wait_seconds)

    return wait_interval


def _seconds_until(self: Any, env: Any) -> float:
    self.string.eval(env=env)
    text: str = env.stack.pop()
    if self._from_timestamp_string(text) is None:
        raise FailureEventException(self._create_failure_event(env, text))
    return (datetime.fromisoformat(text) - datetime.now(tz=UTC)).total_seconds()


def _jitter(kernel: Kernel) -> Callable[[float, float], float]:
    def uniform(low: float, high: float) -> float:
        return low + (high - low) * kernel.decisions.choose("retry jitter of a state", JITTER_SHARES)

    return uniform


def _wait_for_token(kernel: Kernel) -> Callable[..., Any]:
    def wait(self: Any, timeout_seconds: float, callback_endpoint: CallbackEndpoint) -> Any:
        # The state's own limit ends this task; a second timer for the same moment would only race with it.
        return callback_endpoint.wait()

    return wait


def _following_the_answer(original: Callable[..., Any], kernel: Kernel) -> Callable[..., Any]:
    def wait(
        self: Any,
        env: Any,
        timeout_seconds: float,
        callback_endpoint: CallbackEndpoint,
        heartbeat_endpoint: Any,
    ) -> Any:
        outcome = original(self, env, timeout_seconds, callback_endpoint, heartbeat_endpoint)
        answered_by = getattr(callback_endpoint, "answered_by", None)
        if answered_by is not None:
            kernel.require_current().cause = answered_by
        return outcome

    return wait


def _once_it_has_ended(original: Callable[..., Callable[[], Any]], ended: Ended) -> Callable[..., Callable[[], Any]]:
    def build(
        self: Any,
        env: Any,
        resource_runtime_part: Any,
        normalised_parameters: dict[str, Any],
        state_credentials: Any,
    ) -> Callable[[], Any]:
        arn = env.stack[-1]["ExecutionArn"]
        ask = original(self, env, resource_runtime_part, normalised_parameters, state_credentials)

        def wait_and_ask() -> Any:
            ended.wait(arn)
            return ask()

        return wait_and_ask

    return build
