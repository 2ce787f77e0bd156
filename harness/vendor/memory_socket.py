"""This file decides how a connected socket reads and writes when its other end is in this process.

It does not decide which sockets are connected so (``outside_sockets.py``) nor what is answered (``http_exchange.py``).
"""

from __future__ import annotations

import errno
import socket
import weakref
from typing import Any

from harness.kernel.tasks import WaitList
from harness.vendor.http_exchange import Awaited, Exchange
from harness.vendor.waits import Waits


class _End:
    """What a connected socket holds: the exchange, and what of the answer is still to be read."""

    def __init__(self, waits: Waits, exchange: Exchange) -> None:
        self.exchange = exchange
        self._waits = waits
        self._due_s: float | None = None
        self._unread = b""
        self._answered = False

    def send(self, data: Any) -> int:
        data = bytes(data)
        asked_before = self.exchange.asked
        self._unread += self.exchange.feed(data)
        answer = self.exchange.answer
        if answer is not None and not asked_before:
            self._due_s = None if answer.delay_s is None else self._waits.monotonic() + answer.delay_s
        return len(data)

    def read(self, most: int, timeout_s: float | None, *, keep: bool = False) -> bytes:
        """As ``recv``: nothing at the end."""
        if not self._unread and not self._answered:
            self._wait(timeout_s)
        data = self._unread[:most]
        if not keep:
            self._unread = self._unread[most:]
        return data

    def _wait(self, timeout_s: float | None) -> None:
        if not self.exchange.asked:
            raise self.exchange.refused()
        awaited = self.exchange.awaited
        if awaited is not None:
            self._wait_for(awaited, timeout_s)
        answer = self.exchange.answer
        assert answer is not None
        if awaited is not None:
            self._due_s = self._waits.monotonic()
        left_s = None if self._due_s is None else self._due_s - self._waits.monotonic()
        if timeout_s == 0 and (left_s is None or left_s > 0):
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        if left_s is None or left_s > 0:
            late = timeout_s is not None and (left_s is None or left_s > timeout_s)
            what = f"an answer from {self.exchange.host}"
            self._waits.on(WaitList(self._waits.kernel), what, timeout_s if late else left_s)
            if late:
                raise TimeoutError("timed out")
        self._answered = True
        if answer.error is not None:
            raise answer.error
        self._unread = self.exchange.answer_bytes()

    def _wait_for(self, awaited: Awaited, timeout_s: float | None) -> None:
        if awaited.answer is None and timeout_s == 0:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        if awaited.answer is None and not self._waits.on(
            awaited.waiters, f"an answer from {self.exchange.host}", timeout_s
        ):
            raise TimeoutError("timed out")


_ENDS: weakref.WeakKeyDictionary[socket.socket, _End] = weakref.WeakKeyDictionary()


class MemorySocket(socket.socket):
    """A connected socket whose other end is in this process; TLS included."""

    __slots__ = ()

    def send(self, data: Any, flags: int = 0, /) -> int:
        """As upstream."""
        return _ENDS[self].send(data)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """As upstream."""
        _ENDS[self].send(data)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """As upstream; waits in virtual time."""
        return _ENDS[self].read(bufsize, self.gettimeout(), keep=bool(flags & socket.MSG_PEEK))

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As upstream; waits in virtual time."""
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data)

    read = recv

    def write(self, data: Any) -> int:
        """As a socket with TLS has it."""
        return self.send(data)

    def shutdown(self, how: int, /) -> None:
        """There is nobody to tell."""

    def getpeername(self) -> Any:
        """Host and port."""
        exchange = _ENDS[self].exchange
        return exchange.host, exchange.port

    def getpeercert(self, binary_form: bool = False) -> Any:
        """No certificate has been seen."""
        return None

    def selected_alpn_protocol(self) -> str | None:
        """HTTP/1.1 is what is spoken."""
        return None

    def version(self) -> str:
        """As a socket with TLS has it."""
        return "TLSv1.3"

    def unwrap(self) -> MemorySocket:
        """Without TLS it is the same."""
        return self


def connect(sock: socket.socket, exchange: Exchange, waits: Waits) -> None:
    """Make a socket one whose other end is ``exchange``."""
    sock.__class__ = MemorySocket
    _ENDS[sock] = _End(waits, exchange)


def exchange_of(sock: socket.socket | None) -> Exchange | None:
    """The other end of a socket, if it is one of ours."""
    end = None if sock is None else _ENDS.get(sock)
    return None if end is None else end.exchange
