"""This file decides how the bytes that a client sends become one HTTP request, and an answer the bytes it reads.

No sockets in here: ``outside_sockets.py`` and ``asyncio_loop.py`` carry the bytes. One exchange is one connection and
serves one request; the answer closes it, which every client can live with.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass

import h11

from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import WaitList

# What our stand-in for TLS sends first, so that the other end knows.
TLS_HELLO = b"\x16tls\n"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it was sent; the names of its headers are in small letters."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What is answered after ``delay_s``; None is never. An ``error`` is raised in the place of an answer."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: OSError | None = None
    delay_s: float | None = 0.0


class Awaited:
    """An answer that somebody in this process is still at work on."""

    def __init__(self, kernel: Kernel) -> None:
        self.answer: HttpAnswer | None = None
        self.waiters = WaitList(kernel)
        self._on_given: list[Callable[[], None]] = []

    def give(self, answer: HttpAnswer) -> None:
        """Here it is."""
        self.answer = answer
        self.waiters.wake()
        for callback in self._on_given:
            callback()

    def tell(self, callback: Callable[[], None]) -> None:
        """Call when it is there."""
        self._on_given.append(callback)


# Given a request: its answer. Given a host, a port and what was sent that is no HTTP: the words of the refusal.
OnRequest = Callable[[HttpRequest], HttpAnswer | Awaited]
OnConnection = Callable[[str, int, bytes], str]


class Exchange:
    """One connection to ``host`` and ``port``.

    Once a whole request has been sent its ``answer`` is there, or is ``awaited``.
    """

    def __init__(self, host: str, port: int, on_request: OnRequest, on_connection: OnConnection) -> None:
        self.host = host
        self.port = port
        self.tls = False
        self.awaited: Awaited | None = None
        self.sent = b""
        self._answer: HttpAnswer | None = None
        self._on_request = on_request
        self._on_connection = on_connection
        self._server = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = b""

    @property
    def asked(self) -> bool:
        """Whether a whole request has been sent."""
        return self._answer is not None or self.awaited is not None

    @property
    def answer(self) -> HttpAnswer | None:
        """What is answered, as soon as that is known."""
        return self._answer if self.awaited is None else self.awaited.answer

    def feed(self, data: bytes) -> bytes:
        """Take what the client sends; what it is told at once (to go on sending).

        Raises:
            ConnectionRefusedError: it is no HTTP.
        """
        self.sent += data
        if self.sent.startswith(TLS_HELLO) and not self.tls:
            self.tls, data = True, self.sent[len(TLS_HELLO) :]
        if self.asked or not data:
            return b""
        try:
            self._server.receive_data(data)
            return self._read_on()
        except h11.RemoteProtocolError:
            raise self.refused() from None

    def refused(self) -> ConnectionRefusedError:
        """What a client gets that speaks no HTTP, or waits for a greeting."""
        return ConnectionRefusedError(errno.ECONNREFUSED, self._on_connection(self.host, self.port, self.sent))

    def _read_on(self) -> bytes:
        while True:
            event = self._server.next_event()
            if isinstance(event, h11.Request):
                self._head = event
            elif isinstance(event, h11.Data):
                self._body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                given = self._on_request(self._request())
                if isinstance(given, Awaited):
                    self.awaited = given
                else:
                    self._answer = given
                return b""
            else:
                if self._server.they_are_waiting_for_100_continue:
                    return self._server.send(h11.InformationalResponse(status_code=100, headers=[])) or b""
                return b""

    def _request(self) -> HttpRequest:
        assert self._head is not None
        headers = tuple((name.decode(), value.decode("latin-1")) for name, value in self._head.headers)
        target = self._head.target.decode("latin-1")
        if not target.startswith("http"):
            scheme, plain = ("https", 443) if self.tls else ("http", 80)
            named = next((value for name, value in headers if name == "host"), "")
            place = named.lower() or (self.host if self.port == plain else f"{self.host}:{self.port}")
            target = f"{scheme}://{place.removesuffix(f':{plain}')}{target}"
        return HttpRequest(self._head.method.decode(), target, headers, self._body)

    def answer_bytes(self) -> bytes:
        """The answer as the client reads it."""
        answer = self.answer
        assert answer is not None
        assert self._head is not None
        given = [
            (name, value) for name, value in answer.headers if name.lower() not in ("content-length", "connection")
        ]
        length = str(len(answer.body))
        if self._head.method == b"HEAD":
            # What a GET would be answered, if that is known.
            length = next((value for name, value in answer.headers if name.lower() == "content-length"), length)
        headers = [*given, ("content-length", length), ("connection", "close")]
        data = self._server.send(h11.Response(status_code=answer.status, headers=headers)) or b""
        if self._head.method != b"HEAD" and answer.status not in (204, 304):
            data += self._server.send(h11.Data(data=answer.body)) or b""
        return data


def unreachable(code: str, url: str, message: str) -> OSError | None:
    """The error of a connection that a scenario asks for by this code; None stands for no answer at all."""
    text = f"{message} ({url})"
    if code == "ConnectionRefused":
        return ConnectionRefusedError(errno.ECONNREFUSED, text)
    if code == "ConnectionReset":
        return ConnectionResetError(errno.ECONNRESET, text)
    if code == "NameNotFound":
        return socket.gaierror(socket.EAI_NONAME, text)
    return None
