"""This file decides what is left in memory of an execution that has succeeded: what Step Functions' API still shows.

Upstream: moto 5.2.5 keeps each execution's worker with the interpreter's whole environment, and its input twice, as a
text and as a value. Why that can't stay: it is 14 kB for an execution that neither goes on nor can be redriven, and a
burst makes thousands. What we do: keep the history, packed, and whatever callbacks and map runs there were; the input
is read from its text again. An execution that ended in another way keeps all, since it may be redriven (SFN-25).
Since: moto 5.0 (the vendored interpreter). Not needed any more when: an execution that is over has no environment.
"""

from __future__ import annotations

import json
from typing import Any

from moto.stepfunctions.parser.api import CloudWatchEventsExecutionDataDetails, ExecutionStatus
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.map_run_record import (
    MapRunRecordPoolManager,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackPoolManager
from moto.stepfunctions.parser.backend.execution import Execution

from harness.vendor.patches import Patches

_NO_CALLBACKS = CallbackPoolManager(activity_store={})
_NO_MAP_RUNS: Any = MapRunRecordPoolManager()  # type: ignore[no-untyped-call]
_INCLUDED = CloudWatchEventsExecutionDataDetails(included=True)


class Succeeded:
    """What stands in the place of a worker and its environment."""

    __slots__ = ("callback_pool_manager", "event_manager", "map_run_record_pool_manager")

    def __init__(self, env: Any) -> None:
        self.event_manager = env.event_manager.packed
        self.callback_pool_manager = env.callback_pool_manager if env.callback_pool_manager._pool else _NO_CALLBACKS
        runs = env.map_run_record_pool_manager
        self.map_run_record_pool_manager = runs if runs._pool else _NO_MAP_RUNS

    @property
    def env(self) -> Succeeded:
        """Itself."""
        return self

    def stop(self, **_: Any) -> None:
        """There is nothing to stop."""


class _InputAgain:
    """The value of an execution's input, where it is not kept."""

    def __get__(self, execution: Any, owner: type[Execution]) -> Any:
        return json.loads(execution.execution_input)


def apply(patches: Patches) -> None:
    """Let executions that keep no input as a value read it from its text."""
    patches.add(Execution, "input_data", _InputAgain())


def let_go(execution: Any) -> None:
    """The execution is over and its history packed: let go of what nobody can ask for any more."""
    if execution.exec_status != ExecutionStatus.SUCCEEDED:
        return
    execution.exec_worker = Succeeded(execution.exec_worker.env)
    execution.input_details = execution.output_details = _INCLUDED
    del execution.input_data
