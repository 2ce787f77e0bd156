"""This file decides whether there are as many lines in a log as there must be; it is read through CloudWatch Logs."""

from __future__ import annotations

from botocore.exceptions import ClientError

from harness.act.stage import FUNCTION, LOG_GROUP, Stage
from harness.expect import explain
from harness.expect.looked import Looked
from harness.scenario.model import LogCheck


def look_at_log(stage: Stage, check: LogCheck) -> Looked:
    """Whether as many of the log's lines fit as must."""
    if check.group is not None:
        name, group = check.group, stage.resource(check, check.group, LOG_GROUP).physical_id
    else:
        assert check.function is not None
        name, group = check.function, f"/aws/lambda/{stage.resource(check, check.function, FUNCTION).physical_id}"
    lines = _log_lines(stage, group)
    if check.contains is not None:
        fitting = sum(check.contains in line for line in lines)
        wish = f'contains "{check.contains}"'
    else:
        assert check.line is not None
        fitting = sum(check.line.check(line) is None for line in lines)
        wish = check.line.explain()
    if check.count is None:
        sentence, held = f"the log of {name} has a line that {wish}", fitting > 0
    else:
        wanted = explain.amount(check.count, "line")
        sentence, held = (
            f"the log of {name} has {wanted} each of which {wish}",
            check.count.check(fitting) is None,
        )
    return Looked(
        sentence, [] if held else [_log_seen(lines, fitting, of_function=check.function is not None)], (name,)
    )


def _log_seen(lines: list[str], fitting: int, *, of_function: bool) -> str:
    own = [line for line in lines if line and not line.startswith(("START ", "END ", "REPORT ", "INIT_START "))]
    if not lines:
        return "there is no log: it never ran" if of_function else "nobody wrote a line to it"
    if not own:
        return "it logged nothing of its own"
    number, verb = f"{fitting:,}" if fitting else "none", "do" if fitting > 1 else "does"
    return f"{number} of its {explain.count(len(own), 'line')} {verb}; the last are {explain.few(own[-3:])}"


def _log_lines(stage: Stage, group: str) -> list[str]:
    pages = stage.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    try:
        return [line for page in pages for e in page["events"] for line in e["message"].splitlines()]
    except ClientError as error:
        # LAM-23: Lambda makes the group at the first invocation.
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        raise
