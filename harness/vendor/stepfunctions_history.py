"""This file decides which events of an execution's history are written into the trace, and how.

Upstream: moto 5.2.5 keeps each execution's history in an ``EventManager``; every step of the interpreter goes
through its ``add_event``, so that is the one place to listen at. Retries and catches leave no event of their own in
AWS's history; the two methods that handle them are listened to as well. Why that can't stay: it can, nothing is
changed but that the trace hears of it, and that each event follows from the one before it in the same branch. What is
over is kept packed: a history repeats the same few JSON texts at every step, and thousands of them fill the memory.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: moto offers a listener for history events.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.catch.catch_outcome import CatchOutcome
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry.retry_outcome import RetryOutcome
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_rules import MAX_HISTORY_EVENTS

_CAUSE_SHOWN = 200

# As far as zlib looks back.
_EXAMPLE_BYTES = 32 * 1024

_ENDINGS = {
    "ExecutionSucceeded": "succeeded",
    "ExecutionFailed": "failed",
    "ExecutionTimedOut": "timed out",
    "ExecutionAborted": "aborted",
}


class Story:
    """What the trace is told of one execution.

    ``last`` is the number of the event told last. ``on_full`` is called in place of an event for which the history
    has no room any more; it must end the current task.
    """

    def __init__(self, kernel: Kernel, state_machine_arn: str, execution: str) -> None:
        self._kernel = kernel
        self._state_machine_arn = state_machine_arn
        self._execution = execution
        self.last: int | None = None
        self.on_full: Callable[[], None] | None = None

    def of_child(self, name: str) -> Story:
        """The story of an execution that is part of this one."""
        return Story(self._kernel, self._state_machine_arn, f"{self._execution}/{name}")

    def tell(self, what: str, *, of_caller: bool = False, **detail: Any) -> None:
        """Write an event; the current task's next one follows from it, unless it is only the caller's doing."""
        detail = {"execution": self._execution, **{key: value for key, value in detail.items() if value is not None}}
        task = self._kernel.current
        # Not by ``emit``: AWS's word for what an error says is `cause` too.
        event = self._kernel.trace.record(
            "workflow", what, self._state_machine_arn, None if task is None else task.cause, detail
        )
        self.last = event.number
        if task is not None and not of_caller:
            task.cause = self.last


def _shortened(cause: str | None) -> str | None:
    return None if cause is None else cause[:_CAUSE_SHOWN]


def tell_history_event(story: Story, event_type: str, details: Mapping[str, Any]) -> None:
    """Write the trace event for a history event, if the trace has one for it."""
    body = next(iter(details.values()), None) or {}
    if event_type == "ExecutionStarted":
        story.tell("started", of_caller=True)
    elif event_type == "ExecutionRedriven":
        story.tell("redriven", of_caller=True)
    elif event_type.endswith("StateEntered"):
        story.tell("entered", state=body["name"])
    elif event_type.endswith("StateExited"):
        story.tell("left", state=body["name"])
    elif event_type in _ENDINGS:
        story.tell(
            _ENDINGS[event_type],
            of_caller=event_type == "ExecutionAborted",
            error=body.get("error"),
            cause=_shortened(body.get("cause")),
        )


def apply(patches: Patches) -> None:
    """Write history events, retries and catches of every execution that has a ``Story`` into the trace."""
    add_event = EventManager.add_event
    get_history = EventManager.get_event_history
    handle_retry = ExecutionState._handle_retry
    handle_catch = ExecutionState._handle_catch

    def add_and_tell(
        self: Any,
        context: Any,
        event_type: HistoryEventType,
        event_details: Any = None,
        timestamp: Any = None,
        update_source_event_id: bool = True,
    ) -> int:
        _unpack(self)
        story: Story | None = getattr(self, "story", None)
        full = len(self._history_event_list) >= MAX_HISTORY_EVENTS - 1
        if full and event_type.value not in _ENDINGS and story is not None and story.on_full is not None:
            story.on_full()
        number: int = add_event(self, context, event_type, event_details, timestamp, update_source_event_id)
        if story is not None:
            tell_history_event(story, event_type.value, event_details or {})
        return number

    def retry_and_tell(self: Any, env: Any, failure_event: FailureEvent) -> RetryOutcome:
        outcome = handle_retry(self, env, failure_event)
        if outcome == RetryOutcome.CanRetry:
            _tell_failure(env, failure_event, "retried", self.name)
        return outcome

    def catch_and_tell(self: Any, env: Any, failure_event: FailureEvent) -> None:
        handle_catch(self, env, failure_event)
        if env.stack[-1] == CatchOutcome.Caught:
            _tell_failure(env, failure_event, "caught", self.name, next=env.next_state_name)

    def get_event_history(self: Any) -> Any:
        packed: Packed | None = getattr(self, "packed", None)
        return get_history(self) if packed is None else packed.get_event_history()

    patches.put(EventManager, "add_event", add_and_tell)
    patches.put(EventManager, "get_event_history", get_event_history)
    patches.put(ExecutionState, "_handle_retry", retry_and_tell)
    patches.put(ExecutionState, "_handle_catch", catch_and_tell)


class Packed:
    """The history of what is over, in a fortieth of the room: said as it differs from that of another execution."""

    __slots__ = ("_like", "_packed")

    def __init__(self, history: list[dict[str, Any]], examples: dict[str, bytes], state_machine_arn: str) -> None:
        text = pickle.dumps(history)
        # The executions of a state machine hardly differ.
        self._like = examples.setdefault(state_machine_arn, text[-_EXAMPLE_BYTES:])
        packer = zlib.compressobj(level=3, zdict=self._like)
        self._packed = packer.compress(text) + packer.flush()

    def __len__(self) -> int:
        return len(self._packed)

    def get_event_history(self) -> list[dict[str, Any]]:
        """As ``EventManager``'s."""
        text = zlib.decompressobj(zdict=self._like).decompress(self._packed)
        history: list[dict[str, Any]] = pickle.loads(text)  # written above, in this process
        return history


def pack(manager: Any, examples: dict[str, bytes], state_machine_arn: str) -> None:
    """Pack the history of what is over; whoever asks for it or goes on with it is not told.

    ``examples`` takes one of each state machine's histories.
    """
    if getattr(manager, "packed", None) is None:
        manager.packed = Packed(manager._history_event_list, examples, state_machine_arn)
        manager._history_event_list = []


def _unpack(manager: Any) -> None:
    packed: Packed | None = getattr(manager, "packed", None)
    if packed is not None:  # a redrive goes on where the execution ended
        manager._history_event_list, manager.packed = packed.get_event_history(), None


def _tell_failure(env: Any, failure: FailureEvent, what: str, state: str, **detail: Any) -> None:
    story: Story | None = getattr(env.event_manager, "story", None)
    if story is not None:
        error, cause = FailureEventException(failure).extract_error_cause_pair() or (None, None)
        story.tell(what, state=state, error=error, cause=_shortened(cause), **detail)
