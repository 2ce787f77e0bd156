"""This file decides how a function's log lines get into CloudWatch Logs: straight into moto's backend.

Upstream: the way in is ``PutLogEvents`` through boto3. Why that can't stay: a burst of 1000 calls would pay for 1000 of
them, more than for the calls themselves. What we do: call the backend's own methods, which create the group and the
stream as Lambda does when they are missing (LAM-23). Since: moto 5.2.5. Not needed any more when: an API call costs
less than a call of a function.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from moto.logs.models import logs_backends


class LogEvent(TypedDict):
    """One line: milliseconds since 1970, and the text."""

    timestamp: int
    message: str


def write(arn: str, group: str, stream: str, events: Sequence[LogEvent]) -> None:
    """Append to the stream in the account and region of the function ``arn``."""
    _, _, _, region, account_id, *_ = arn.split(":")
    backend = logs_backends[account_id][region]
    log_group = backend.groups.get(group)
    if log_group is None:
        log_group = backend.create_log_group(group, {})
    if stream not in log_group.streams:
        log_group.create_log_stream(stream)
    log_group.put_log_events(stream, [dict(event) for event in events])
