"""This file decides which access logs a stage may have: those that go into a log group that is there.

It is the same for REST and HTTP APIs. It writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.world.providers.provider import Request
from harness.world.providers.shapes import Place, Record, Text, honoured

ACCESS_LOG = Record({"DestinationArn": honoured(Text()), "Format": honoured(Text())})


def check_access_log(given: Any, place: Place) -> None:
    """Refuse a log that goes to where nothing here is.

    Raises:
        ScenarioError: its destination is no log group.
    """
    arn = given.get("DestinationArn") if isinstance(given, Mapping) else None
    if isinstance(arn, str) and ":logs:" not in arn:
        raise place.down("DestinationArn").refuse(
            f'The access log of {place.of} goes to "{arn}", which is no log group.',
            "Access logs go into log groups here; leave a Firehose out of the rehearsal.",
        )


def refuse_missing_group(request: Request, given: Mapping[str, Any] | None, name: str) -> None:
    """Refuse a log whose group is not there, as AWS does.

    Raises:
        ScenarioError: there is no such group.
    """
    if not given or "DestinationArn" not in given:
        return
    group = str(given["DestinationArn"]).removesuffix(":*").rpartition(":log-group:")[2]
    there = request.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    if not any(one["logGroupName"] == group for one in there):
        raise request.place.down(name).refuse(
            f'The access log of {request.place.of} goes into the log group "{group}", which is not there.',
            "Add an AWS::Logs::LogGroup, and refer to it.",
        )
