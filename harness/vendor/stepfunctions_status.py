"""This file decides what is told of a Standard execution whose status has changed. EVB-08

Upstream: moto 5.2.5 tells nobody of an execution; AWS puts an event on the default bus. Why that can't stay: rules for
"Step Functions Execution Status Change" would never match. What we do: ``stepfunctions_executions.py`` says when a
status changes, this file what AWS says of it: all that DescribeExecution does, absent values as null.
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html (looked at 2026-11)
Since: moto 5.0 (the vendored interpreter). Not needed any more when: moto puts such events on its bus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus

from harness.vendor.stepfunctions_rules import MAX_HISTORY_EVENTS, REDRIVABLE_S, json_text, text_bytes

# "If the combined escaped input and escaped output exceeds 248 KiB, the input is excluded", and so on.
MAX_DATA_BYTES = 248 * 1024


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One execution as it is now. ``detail`` makes the event's; ``cause`` is the number of what led to it."""

    execution_arn: str
    account: str
    region: str
    detail: Callable[[], dict[str, Any]]
    cause: int | None


OnStatus = Callable[[StatusChange], None]


def tell(on_status: OnStatus, execution: Any, cause: int | None) -> None:
    """Tell of the execution's status, unless it is none that AWS tells of: only Standard executions are."""
    if execution.sm_type != "EXPRESS":
        account, region = execution.account_id, execution.region_name
        on_status(StatusChange(execution.exec_arn, account, region, lambda: _detail(execution), cause))


def redrives_of(execution: Any) -> list[datetime]:
    """When the execution was redriven; whoever redrives adds to it."""
    return vars(execution).setdefault("harness_redrives", [])  # type: ignore[no-any-return]


def why_not_redrivable(execution: Any) -> str:
    """AWS's reason why an execution cannot be redriven; empty if it can. SFN-25"""
    if execution.exec_status in (ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED):
        return f"Execution is {execution.status} and cannot be redriven."
    if (datetime.now(tz=UTC) - execution.stop_date).total_seconds() > REDRIVABLE_S:
        return "Execution redrivable period exceeded."
    history = execution.exec_worker.env.event_manager.get_event_history()
    if len(history) >= MAX_HISTORY_EVENTS - 1:
        return "Execution history event limit exceeded."
    return ""


def _detail(execution: Any) -> dict[str, Any]:
    redrives, reason = redrives_of(execution), why_not_redrivable(execution)
    given = json_text(execution.input_data)
    output = execution.output if execution.status == "SUCCEEDED" else None
    weight = text_bytes(json_text(output)) if output is not None else 0
    if weight > MAX_DATA_BYTES:
        shown_output, weight = None, 0
    else:
        shown_output = output
    shown_input = given if text_bytes(json_text(given)) + weight <= MAX_DATA_BYTES else None
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": str(execution.status),
        "startDate": _ms(execution.start_date),
        "stopDate": _ms(execution.stop_date),
        "input": shown_input,
        "output": shown_output,
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": len(redrives),
        "redriveDate": _ms(redrives[-1]) if redrives else None,
        "redriveStatus": "NOT_REDRIVABLE" if reason else "REDRIVABLE",
        "redriveStatusReason": reason or None,
        "inputDetails": {"included": shown_input is not None},
        "outputDetails": {"included": shown_output is not None} if output is not None else None,
        "error": execution.error,
        "cause": execution.cause,
    }


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
