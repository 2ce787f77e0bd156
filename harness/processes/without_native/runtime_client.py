"""This file decides how awslambdaric asks for calls and answers them where its own client, written in C++, is missing.

That one is built on Linux only; on macOS pip installs awslambdaric without it. This has the same four functions and
needs the standard library alone. It is imported inside functions' processes, never by the harness.
"""

from __future__ import annotations

import http.client
import os

_PREFIX = "/2018-06-01/runtime/invocation"
_connection: http.client.HTTPConnection | None = None
_agent = ""


def initialize_client(user_agent: str) -> None:
    """Say who asks."""
    global _agent
    _agent = user_agent


def next() -> tuple[bytes, dict[str, str]]:
    """The next call's event and headers, when there is one.

    Raises:
        RuntimeError: there will be none.
    """
    status, headers, body = _ask("GET", f"{_PREFIX}/next")
    if status != http.HTTPStatus.OK:
        raise RuntimeError(f"Failed to get next: {status}")
    return body, headers


def post_invocation_result(
    invoke_id: str, result: bytes, content_type: str = "application/json", invocation_id: str | None = None
) -> None:
    """Answer a call.

    Raises:
        RuntimeError: the answer was not taken.
    """
    _post(f"{_PREFIX}/{invoke_id}/response", result, {"Content-Type": content_type})


def post_error(invoke_id: str, error: str, xray_fault: str, invocation_id: str | None = None) -> None:
    """Say how a call failed.

    Raises:
        RuntimeError: that was not taken.
    """
    _post(f"{_PREFIX}/{invoke_id}/error", error.encode(), {"Content-Type": "application/json"})


def _post(path: str, body: bytes, headers: dict[str, str]) -> None:
    status = _ask("POST", path, body, headers)[0]
    if status != http.HTTPStatus.ACCEPTED:
        raise RuntimeError(f"Failed to post invocation response: {status}")


def _ask(
    method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    global _connection
    if _connection is None:
        _connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    _connection.request(method, path, body, {"User-Agent": _agent, **(headers or {})})
    answer = _connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()
