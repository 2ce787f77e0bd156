"""This file decides how requests are read from the network and answers written to it: an HTTP server in a thread.

It uses Hypercorn: one thread and no thread a request, so that any number of clients may wait for a message while others
are answered. Nothing of AWS is known here. What needs no world (``at_once``) is answered in this thread, so it is also
answered while the world computes.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Protocol

from hypercorn.asyncio import serve
from hypercorn.config import Config

from harness.errors import ScenarioError
from harness.serve.requests import Answer, Answered, Request


class Behind(Protocol):
    """Who answers what the server reads."""

    def at_once(self, request: Request) -> Answer | None:
        """Told of what has been read before the body is: an answer for it that needs no world, or None."""

    def take_in(self, request: Request, answered: Answered) -> None:
        """Have a whole request answered; ``answered`` may be called in any thread."""


MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 512 * 1024 * 1024
_TOO_LARGE = Answer(
    413,
    (("connection", "close"), ("content-type", "text/plain")),
    f"A request of more than {MAX_BODY_BYTES} bytes is not taken here.\n".encode(),
)
# How long a client may say nothing in the middle of a request.
SILENCE_S = 30
# How long a connection stays open between two requests: longer than a client's pool is likely to leave one unused,
# since a request that meets a closing connection fails.
IDLE_S = 120
_AMBIGUOUS = Answer(
    400,
    (("connection", "close"), ("content-type", "text/plain")),
    b"Where this request ends cannot be told: it has a Content-Length and a Transfer-Encoding.\n",
)
_NOT_SPOKEN = Answer(505, (("content-type", "text/plain"),), b"HTTP/1.1 is spoken here, not HTTP/2.\n")


class Server:
    """Listens on ``host`` and ``port`` (0: any that is free) inside its block.

    Raises:
        ScenarioError: on entering, that the port is taken.
    """

    def __init__(self, host: str, port: int, behind: Behind) -> None:
        self._socket = _listen(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._behind = behind
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="harness http", daemon=True)

    @property
    def url(self) -> str:
        """Where clients find it."""
        host = {"127.0.0.1": "localhost", "::1": "localhost", "0.0.0.0": "localhost", "::": "localhost"}.get(self.host)
        return f"http://{host or self.host}:{self.port}"

    @property
    def address(self) -> str:
        """Where functions find it: with a number for a host, so that no bucket is looked for among the names."""
        host = {"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(self.host)
        return f"http://{host or self.host}:{self.port}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def call(self, callback: Callable[[], Any]) -> None:
        """Have the server's thread call ``callback`` soon; a signal handler may ask for it too."""
        self._loop.call_soon_threadsafe(callback)

    def _run(self) -> None:
        config = Config()
        # The socket is Hypercorn's from here on.
        config.bind = [f"fd://{self._socket.detach()}"]
        config.include_date_header = config.include_server_header = False
        config.h11_max_incomplete_size = MAX_HEAD_BYTES
        config.h11_pass_raw_headers = True
        config.errorlog = logging.getLogger("harness.serve")
        config.graceful_timeout = 0.5
        config.keep_alive_timeout = IDLE_S
        self._loop.run_until_complete(serve(self._app, config, shutdown_trigger=self._ended.wait))
        self._loop.close()

    async def _app(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        if scope["type"] != "http":
            return
        request = _head(scope, self.port)
        answer = _unfit(scope, request) or self._behind.at_once(request)
        if answer is None:
            body = await _body(request, receive)
            answer = body if isinstance(body, Answer) else await self._served(request, body)
        await _write(answer, scope["method"], send)

    async def _served(self, head: Request, body: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()

        def put(answer: Answer) -> None:
            if not future.done():
                future.set_result(answer)

        request = Request(head.method, head.url, head.headers, body, head.caller)
        self._behind.take_in(request, lambda answer: loop.call_soon_threadsafe(put, answer))
        return await future


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=512)
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise ScenarioError(
                f"Port {port} of {host} is taken, or not yours to take: {error.strerror}.",
                hint=f"Who has it: lsof -i :{port} (Windows: netstat -ano). Or take another with --port; 0 is any.",
            ) from None
        raise ScenarioError(f'"{host}" is no address of this machine: {error.strerror or error}.') from None


def _unfit(scope: Any, request: Request) -> Answer | None:
    """What there is to say against how a request was sent; None if nothing."""
    if scope["http_version"] not in ("1.0", "1.1"):
        return _NOT_SPOKEN
    if request.header("content-length") is not None and request.header("transfer-encoding") is not None:
        return _AMBIGUOUS
    return None


def _head(scope: Any, port: int) -> Request:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    host = next((value for name, value in headers if name.lower() == "host"), "")
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    return Request(scope["method"], f"http://{host or f'localhost:{port}'}{target}", headers, b"", scope["client"][0])


async def _body(head: Request, receive: Callable[[], Awaitable[Any]]) -> bytes | Answer:
    """What was sent, or what there is to say against it."""
    announced = head.header("content-length") or "0"
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
        return _TOO_LARGE
    parts: list[bytes] = []
    size = 0
    while True:
        try:
            message = await asyncio.wait_for(receive(), SILENCE_S)
        except TimeoutError:
            return Answer(408, (("connection", "close"),))
        if message["type"] == "http.disconnect":
            return Answer(400, (("connection", "close"),))
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            return _TOO_LARGE
        if not message.get("more_body"):
            return b"".join(parts)


async def _write(answer: Answer, method: str, send: Callable[[Any], Awaitable[None]]) -> None:
    headers = [(n.lower(), v) for n, v in answer.headers if n.lower() != "transfer-encoding"]
    length = next((v for n, v in headers if n == "content-length"), str(len(answer.body)))
    headers = [(n, v) for n, v in headers if n != "content-length"]
    bodiless = method == "HEAD" or answer.status in (204, 304)
    if answer.status not in (204, 304):
        # What a HEAD would have given has its length too.
        headers.append(("content-length", length if method == "HEAD" else str(len(answer.body))))
    pairs = [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": b"" if bodiless else answer.body})
