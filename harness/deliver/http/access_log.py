"""This file decides what an API's stage writes into its access log: one line a request, in the author's format.

The format is a text with ``$context`` variables; what has no value is a dash. It goes into a log group through
CloudWatch's API, a stream for each stage. What the variables stand for on the way is ``http_context.py`` for HTTP APIs,
``proxy_events.py`` for REST APIs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.deliver.http.exchange import HttpResponse
from harness.deliver.http.http_context import look_up
from harness.kernel.scheduler import Kernel

_VARIABLE = re.compile(r"\$context((?:\.[A-Za-z0-9_:\-]+)+)")


class AccessLogs:
    """Writes access logs; ``client`` gives boto3 clients of the world's cloud."""

    def __init__(self, kernel: Kernel, client: Callable[[str], Any]) -> None:
        self._kernel = kernel
        self._client = client
        self._streams: dict[tuple[str, str], str] = {}

    def write(
        self, settings: Mapping[str, str] | None, stage: str, context: Mapping[str, Any], answer: HttpResponse
    ) -> None:
        """Write the line of one request, if the stage logs; ``stage`` is the API's id and the stage's name."""
        if not settings or not settings.get("destinationArn") or not settings.get("format"):
            return
        known = {**context, **_of(answer)}
        line = _VARIABLE.sub(lambda found: _text(look_up(known, found[1][1:])), settings["format"])
        group = settings["destinationArn"].removesuffix(":*").split(":", 6)[6]
        logs = self._client("logs")
        if (group, stage) not in self._streams:
            name = self._streams[group, stage] = self._kernel.decisions.hex("access log stream", 32)
            logs.create_log_stream(logGroupName=group, logStreamName=name)
        entry = {"timestamp": self._kernel.clock.now_us // 1000, "message": line}
        logs.put_log_events(logGroupName=group, logStreamName=self._streams[group, stage], logEvents=[entry])


def _of(answer: HttpResponse) -> dict[str, Any]:
    own = _own_message(answer)
    return {
        "error": {"message": own, "messageString": None if own is None else json.dumps(own)},
        "integrationErrorMessage": answer.reason or None,
        "responseLength": len(answer.body),
        "status": answer.status,
    }


def _own_message(answer: HttpResponse) -> str | None:
    """What the gateway said by itself; None if it was something behind it."""
    if not answer.reason:
        return None
    try:
        said = json.loads(answer.body)
    except ValueError:
        return None
    return said.get("message") or said.get("Message") if isinstance(said, dict) else None


def _text(value: Any) -> str:
    if value is None or isinstance(value, Mapping):
        return "-"
    return value if isinstance(value, str) else json.dumps(value)
