"""This file decides how asyncio reads and writes on a connection whose other end is in this process.

It does not decide when there is one (``asyncio_loop.py``) nor what is answered (``http_exchange.py``).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

from harness.vendor.http_exchange import TLS_HELLO, Exchange


class OutsideTransport(asyncio.Transport):
    """As a socket's or TLS's transport, for one exchange. ``context`` is what TLS was asked for with, if it was."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol: Any,
        exchange: Exchange,
        sock: socket.socket | None,
        context: Any,
    ) -> None:
        # Options may be set on it; nothing is ever sent through it.
        self._sock = sock if sock is not None else socket.socket()
        super().__init__(
            {"peername": (exchange.host, exchange.port), "socket": self._sock, "sslcontext": context or None}
        )
        self._loop = loop
        self._protocol = protocol
        self._exchange = exchange
        self._closing = False
        self._asked = False
        if context:
            exchange.feed(TLS_HELLO)
        protocol.connection_made(self)

    def write(self, data: Any) -> None:
        """Pass it to the other end; its answer comes when it is due."""
        if self._closing or self._asked:
            return
        try:
            told = self._exchange.feed(bytes(data))
        except OSError as error:
            self._end(error)
            return
        if told:
            self._protocol.data_received(told)
        if not self._exchange.asked:
            return
        self._asked = True
        answer, awaited = self._exchange.answer, self._exchange.awaited
        if answer is None:
            assert awaited is not None
            awaited.tell(self._answer_soon)
        elif answer.delay_s is not None:
            self._loop.call_later(answer.delay_s, self._answer)

    def _answer_soon(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        if self._closing:
            return
        answer = self._exchange.answer
        assert answer is not None
        if answer.error is not None:
            self._end(answer.error)
            return
        self._protocol.data_received(self._exchange.answer_bytes())
        if not self._closing and not self._protocol.eof_received():
            self._end(None)

    def _end(self, error: Exception | None) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._lost, error)

    def _lost(self, error: Exception | None) -> None:
        with contextlib.suppress(Exception):
            self._sock.close()
        self._protocol.connection_lost(error)

    def close(self) -> None:
        """As upstream."""
        self._end(None)

    def abort(self) -> None:
        """As upstream."""
        self._end(None)

    def is_closing(self) -> bool:
        """As upstream."""
        return self._closing

    def set_protocol(self, protocol: Any) -> None:
        """As upstream."""
        self._protocol = protocol

    def get_protocol(self) -> Any:
        """As upstream."""
        return self._protocol

    def can_write_eof(self) -> bool:
        """As upstream."""
        return False

    def is_reading(self) -> bool:
        """As upstream."""
        return not self._closing

    def pause_reading(self) -> None:
        """What has been answered is small; there is nothing to hold back."""

    def resume_reading(self) -> None:
        """As above."""

    def get_write_buffer_size(self) -> int:
        """Everything has been passed on."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """As above."""
