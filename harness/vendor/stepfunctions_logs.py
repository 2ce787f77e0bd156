"""This file decides which history events of an execution go to CloudWatch Logs, and what a line of theirs looks like.

Upstream: moto 5.2.5 has the levels and the contents of the lines, opens no log for an execution, and could not write
one (it takes the time from what is already text). Why that can't stay: SFN-26; for an Express execution the log is all
there is. What we do: open one when the state machine says so, and write at once; a group that is not there is refused
when the state machine is created.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: ``start_execution`` opens a logging session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.logs.models import logs_backends
from moto.stepfunctions.parser.api import InvalidLoggingConfiguration
from moto.stepfunctions.parser.asl.eval.event.logging import (
    CloudWatchLoggingConfiguration,
    CloudWatchLoggingSession,
)

from harness.vendor.stepfunctions_executions import utc_now
from harness.vendor.stepfunctions_rules import json_text


class _Log(CloudWatchLoggingSession):
    """One execution's log."""

    def publish_history_log(self, history_log: Mapping[str, Any]) -> None:
        """Write one line."""
        to = self.configuration
        group = self._logs_client.groups.get(to.log_group_name)
        if group is None:
            # Deleted since: AWS goes on without.
            return
        if to.log_stream_name not in group.streams:
            group.create_log_stream(to.log_stream_name)
        now_ms = int(utc_now().timestamp() * 1000)
        line = {**history_log, "event_timestamp": str(now_ms), "redrive_count": "0"}
        group.put_log_events(to.log_stream_name, [{"timestamp": now_ms, "message": json_text(line)}])


def _configuration(machine_arn: str, asked: Mapping[str, Any] | None) -> Any:
    complete: Any = {"includeExecutionData": False, **(asked or {})}
    return CloudWatchLoggingConfiguration.from_logging_configuration(machine_arn, complete)


def check(machine_arn: str, asked: Mapping[str, Any] | None) -> None:
    """Refuse to log to a group that is not there.

    Raises:
        InvalidLoggingConfiguration: it is not there, or none is named.
    """
    if not asked or asked.get("level", "OFF") == "OFF":
        return
    found = _configuration(machine_arn, asked)
    if found is None or found.log_group_name not in logs_backends[found.log_account_id][found.log_region].groups:
        raise InvalidLoggingConfiguration("Invalid Logging Configuration: Log Destination not found.")


def log_of(machine: Any, execution_arn: str) -> CloudWatchLoggingSession | None:
    """The log of a new execution of the machine; None if it has none."""
    found = _configuration(machine.arn, machine.loggingConfiguration)
    if found is None:
        return None
    # AWS adds random digits.
    found.log_stream_name = f"states/{machine.name}/{utc_now():%Y-%m-%d-%H-%M}"
    return _Log(execution_arn, found)
