"""This file decides what one environment's runtime is answered: the Lambda Runtime API, on a port of its own.

``GET /2018-06-01/runtime/invocation/next`` waits for the next event, ``POST …/invocation/ID/response`` and ``/error``
end a call, ``POST …/runtime/init/error`` says why none could begin
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). Each environment has its own port, and an answer is
taken only for the one call that this environment has been given: nobody answers for another. Requests that make no
sense are refused and change nothing.
"""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

from harness.invoke.payloads import MAX_RESPONSE_BYTES

_PREFIX = "/2018-06-01/runtime"
_ANSWER = re.compile(rf"{_PREFIX}/invocation/([^/]+)/(response|error)")
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_MOST_CONNECTIONS = 32
# What is read and thrown away of a body that is too large, so that its sender hears why.
_MOST_DISCARDED = 64 << 20
_CHUNK = 65_536


class Listener(Protocol):
    """Who hears what the runtime says; from the server's threads."""

    def asks_for_next(self) -> None:
        """It waits for a call."""

    def answered(self, body: bytes) -> None:
        """The call's answer."""

    def failed(self, error_type: str, body: bytes) -> None:
        """The call's error."""

    def answered_too_much(self) -> None:
        """The call's answer is larger than Lambda takes."""

    def could_not_start(self, error_type: str, body: bytes) -> None:
        """There will be no call."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a runtime is given of one call."""

    request_id: str
    headers: Mapping[str, str]
    body: bytes


class _TooLarge(Exception):
    """More than Lambda takes of one answer."""


class RuntimeApi:
    """The server of one environment; listens from the start until ``close``."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self._changed = threading.Condition()
        self._offered: Event | None = None
        self._given: str | None = None
        self._asked = False
        self._closed = False
        self._server = _Server(self)
        self.address = "{}:{}".format(*self._server.server_address)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="runtime api", daemon=True)
        self._thread.start()

    def offer(self, event: Event) -> None:
        """Give the runtime this call, now or when it asks."""
        with self._changed:
            self._offered = event
            self._changed.notify_all()

    def close(self) -> None:
        """Answer nobody any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    # -- the requests -------------------------------------------------------------------------------

    def next(self) -> Event | None:
        """The next call, when there is one; None if there will be none, or one is not answered yet."""
        with self._changed:
            if self._given is not None:
                return None
            self._asked = True
        self.listener.asks_for_next()
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._offered is not None)
            event, self._offered = self._offered, None
            if self._closed or event is None:
                return None
            self._given = event.request_id
            return event

    def settle(self, request_id: str) -> bool:
        """Take the answer for a call, once."""
        with self._changed:
            if self._given != request_id:
                return False
            self._given = None
            return True

    def has_begun(self) -> bool:
        """Whether the runtime has asked for a call already."""
        with self._changed:
            return self._asked


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = _MOST_CONNECTIONS

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        self._room = threading.Semaphore(_MOST_CONNECTIONS)
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path != f"{_PREFIX}/invocation/next":
            self._say(404, "NotFound", f"Nothing is at {self.path}.")
            return
        event = self.server.api.next()
        if event is None:
            self.close_connection = True
            self._say(403, "InvalidStateTransition", "The last call has not been answered.")
        else:
            self._answer(200, event.body, event.headers)

    def do_POST(self) -> None:
        api, listener = self.server.api, self.server.api.listener
        answer = _ANSWER.fullmatch(self.path)
        error_type = self.headers.get(_ERROR_TYPE, "")
        try:
            body = self._body()
        except _TooLarge:
            if answer is not None and answer[2] == "response" and api.settle(answer[1]):
                listener.answered_too_much()
            text = f"Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
            self._say(413, "RequestEntityTooLarge", text)
        except ValueError:
            self.close_connection = True
            self._say(400, "InvalidRequest", "The body's length makes no sense.")
        else:
            if self.path == f"{_PREFIX}/init/error" and not api.has_begun():
                listener.could_not_start(error_type, body)
                self._accepted()
            elif answer is None:
                self._say(404, "NotFound", f"Nothing is at {self.path}, or not any more.")
            elif not api.settle(answer[1]):
                self._say(400, "InvalidRequestID", "Invalid request ID")
            else:
                if answer[2] == "response":
                    listener.answered(body)
                else:
                    listener.failed(error_type, body)
                self._accepted()

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunked()
        length = int(self.headers.get("Content-Length") or 0)
        if length < 0:
            raise ValueError
        if length <= MAX_RESPONSE_BYTES:
            return self._read(length)
        left = min(length, _MOST_DISCARDED)
        self.close_connection = length > left
        while left > 0 and (read := self.rfile.read(min(left, _CHUNK))):
            left -= len(read)
        raise _TooLarge

    def _chunked(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while (length := int(self.rfile.readline(1024).split(b";")[0], 16)) > 0:
            size += length
            if size > _MOST_DISCARDED:
                self.close_connection = True
                raise _TooLarge
            part = self._read(length)
            if size <= MAX_RESPONSE_BYTES:
                parts.append(part)
            self.rfile.readline(1024)
        while self.rfile.readline(65_537).strip():
            pass
        if size > MAX_RESPONSE_BYTES:
            raise _TooLarge
        return b"".join(parts)

    def _read(self, length: int) -> bytes:
        part = self.rfile.read(length)
        if len(part) < length:
            raise ValueError("it ended in the middle")
        return part

    def _accepted(self) -> None:
        self._answer(202, b'{"status":"OK"}\n', {"Content-Type": "application/json"})

    def _say(self, status: int, error_type: str, message: str) -> None:
        body = json.dumps({"errorMessage": message, "errorType": error_type}).encode()
        self._answer(status, body, {"Content-Type": "application/json"})

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, re.sub(r"[\r\n]+", " ", value))
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
