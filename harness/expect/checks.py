"""This file decides which module looks for which kind of check. When to look is up to ``settle.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.act.stage import Stage
from harness.expect.accounted_for import look_at_accounts
from harness.expect.alarms import look_at_alarm
from harness.expect.calls import look_at_calls
from harness.expect.connections import look_at_connection
from harness.expect.executions import look_at_executions
from harness.expect.functions import look_at_function
from harness.expect.inbox import look_at_inbox
from harness.expect.items import look_at_item, look_at_items
from harness.expect.logs import look_at_log
from harness.expect.looked import Looked
from harness.expect.objects import look_at_object, look_at_objects
from harness.expect.python import look_by_python
from harness.expect.queues import look_at_queue
from harness.expect.responses import look_at_responses
from harness.scenario.model import (
    AccountedForCheck,
    AlarmCheck,
    CallsCheck,
    Check,
    ConnectionCheck,
    ElapsedCheck,
    ExecutionCheck,
    FunctionCheck,
    InboxCheck,
    ItemCheck,
    ItemsCheck,
    LogCheck,
    ObjectCheck,
    ObjectsCheck,
    PythonCheck,
    QueueCheck,
    ResponseCheck,
)


def look(stage: Stage, check: Check) -> Looked:
    """Look at the world once, now.

    Raises:
        ScenarioError: the check names a resource that does not stand there.
    """
    return _LOOKS[type(check)](stage, check)


def _look_at_elapsed(stage: Stage, check: ElapsedCheck) -> Looked:
    problem = check.time.check(stage.kernel.clock.elapsed_us - stage.started_us)
    return Looked(f"the virtual time that passes {check.time.explain()}", [problem] if problem else [])


_LOOKS: dict[type[Check], Callable[[Stage, Any], Looked]] = {
    ObjectCheck: look_at_object,
    ObjectsCheck: look_at_objects,
    ItemCheck: look_at_item,
    ItemsCheck: look_at_items,
    QueueCheck: look_at_queue,
    InboxCheck: look_at_inbox,
    FunctionCheck: look_at_function,
    AlarmCheck: look_at_alarm,
    ExecutionCheck: look_at_executions,
    ResponseCheck: look_at_responses,
    ConnectionCheck: look_at_connection,
    LogCheck: look_at_log,
    ElapsedCheck: _look_at_elapsed,
    AccountedForCheck: look_at_accounts,
    CallsCheck: look_at_calls,
    PythonCheck: look_by_python,
}
