"""What an operator does to running executions."""

from __future__ import annotations

from typing import Any


def stop(pipeline: Any, state_machine: str, error: str, cause: str) -> None:
    workflows = pipeline.client("stepfunctions")
    (running,) = workflows.list_executions(stateMachineArn=pipeline.arn(state_machine))["executions"]
    workflows.stop_execution(executionArn=running["executionArn"], error=error, cause=cause)
