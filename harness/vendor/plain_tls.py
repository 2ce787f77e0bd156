"""This file decides what stands in for TLS on a connection that never leaves this process: nothing but the words.

Not for sockets, which need no stand-in, but for those who carry TLS over bytes themselves (asyncio, anyio).
"""

from __future__ import annotations

import ssl
from typing import Any

from harness.vendor.http_exchange import TLS_HELLO


class PlainTls:
    """As ``ssl.SSLObject``: says that it is TLS, and passes the bytes on as they are."""

    server_side = False
    server_hostname = None
    session = None
    session_reused = False

    def __init__(self, context: ssl.SSLContext, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
        self.context = context
        self._incoming = incoming
        self._outgoing = outgoing

    def do_handshake(self) -> None:
        """Tell the other end."""
        self._outgoing.write(TLS_HELLO)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """As upstream."""
        data = self._incoming.read(len)
        if not data and not self._incoming.eof:
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "nothing to read yet")
        if buffer is None:
            return data
        count = data.__len__()
        buffer[:count] = data
        return count

    def write(self, data: Any) -> int:
        """As upstream."""
        return self._outgoing.write(data)

    def unwrap(self) -> None:
        """There is nothing to end."""

    def pending(self) -> int:
        """As upstream."""
        return self._incoming.pending

    def getpeercert(self, binary_form: bool = False) -> Any:
        """No certificate has been seen."""
        return None

    def cipher(self) -> Any:
        """There is none."""
        return None

    def shared_ciphers(self) -> Any:
        """There are none."""
        return None

    def compression(self) -> None:
        """There is none."""
        return

    def version(self) -> str:
        """As upstream."""
        return "TLSv1.3"

    def selected_alpn_protocol(self) -> str | None:
        """HTTP/1.1 is what is spoken."""
        return None

    def selected_npn_protocol(self) -> str | None:
        """As upstream."""
        return None

    def get_channel_binding(self, cb_type: str = "tls-unique") -> bytes | None:
        """There is none."""
        return None
