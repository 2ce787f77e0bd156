"""This file decides where a function's connection to another host goes: into this process, never into a network.

Upstream: CPython's sockets go to the network, and a client waits in the kernel of the machine. Why that can't stay:
nothing a handler does may leave the machine, a scenario must be able to answer in the place of the internet, and a
wait must be virtual time. What we do, while a function's code runs: a name gets an address of a range that is used
nowhere (198.18.0.0/15, RFC 2544); ``connect`` makes the socket one whose other end is an HTTP exchange in this
process; TLS on it is plain bytes. That is below requests, urllib3, httpx, aiohttp, urllib and http.client, so
nothing has to be known of them. Libraries written in C that open sockets of their own are not caught.
Since: CPython 3.11. Not needed any more when: never.

It does not decide what is answered (``harness/outside``) nor what asyncio does with such a socket
(``asyncio_loop.py``).
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
from collections.abc import Callable
from typing import Any

from harness.vendor import memory_socket
from harness.vendor.http_exchange import TLS_HELLO, Exchange, OnConnection, OnRequest
from harness.vendor.patches import Patches
from harness.vendor.plain_tls import PlainTls
from harness.vendor.waits import Waits

_FIRST_ADDRESS = int(ipaddress.IPv4Address("198.18.0.1"))


class OutsideSockets:
    """The connections of one world's functions. ``inside`` says whether the code that asks is a function's."""

    def __init__(
        self, waits: Waits, *, inside: Callable[[], bool], on_request: OnRequest, on_connection: OnConnection
    ) -> None:
        self.inside = inside
        self.waits = waits
        self._on_request = on_request
        self._on_connection = on_connection
        self._names: dict[str, str] = {}
        self._addresses: dict[str, str] = {}

    def exchange(self, host: str, port: int) -> Exchange:
        """A connection to a host by name or address."""
        return Exchange(self._names.get(host, host), port, self._on_request, self._on_connection)

    def refuse(self, host: str, port: int, sent: bytes = b"") -> ConnectionRefusedError:
        """What a function gets that sends something else than HTTP over TCP."""
        return ConnectionRefusedError(errno.ECONNREFUSED, self._on_connection(self._names.get(host, host), port, sent))

    def address(self, name: str) -> str:
        """The address of a name; always the same."""
        if name not in self._addresses:
            address = str(ipaddress.IPv4Address(_FIRST_ADDRESS + len(self._addresses)))
            self._addresses[name], self._names[address] = address, name
        return self._addresses[name]

    def apply(self, patches: Patches) -> None:
        """Put it in place."""
        self._resolve(patches)
        self._connect(patches)
        self._encrypt(patches)

    def _resolve(self, patches: Patches) -> None:
        real_getaddrinfo, real_gethostbyname = socket.getaddrinfo, socket.gethostbyname

        def getaddrinfo(
            host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
        ) -> list[Any]:
            name = host.decode() if isinstance(host, bytes) else host
            if not self.inside() or not name or name == "localhost" or _is_address(name):
                return real_getaddrinfo(host, port, family, type, proto, flags)
            if family == socket.AF_INET6:
                raise socket.gaierror(socket.EAI_NONAME, f"{name} has no IPv6 address here")
            return real_getaddrinfo(self.address(name.lower()), port, socket.AF_INET, type, proto, flags)

        def gethostbyname(host: str, /) -> str:
            if not self.inside() or host == "localhost" or _is_address(host):
                return real_gethostbyname(host)
            return self.address(host.lower())

        patches.put(socket, "getaddrinfo", getaddrinfo)
        patches.put(socket, "gethostbyname", gethostbyname)

    def _connect(self, patches: Patches) -> None:
        real_connect, real_connect_ex, real_sendto = (
            socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto,
        )  # fmt: skip

        def connect(this: socket.socket, address: Any, /) -> None:
            if not self._leaves(this):
                return real_connect(this, address)
            host, port = str(address[0]), int(address[1])
            if this.type & socket.SOCK_DGRAM and not this.type & socket.SOCK_STREAM:
                raise self.refuse(host, port)
            memory_socket.connect(this, self.exchange(host, port), self.waits)
            return None

        def connect_ex(this: socket.socket, address: Any, /) -> int:
            if not self._leaves(this):
                return real_connect_ex(this, address)
            connect(this, address)
            return 0

        def sendto(this: socket.socket, data: Any, *rest: Any) -> int:
            if not self._leaves(this):
                return int(real_sendto(this, data, *rest))
            host, port = str(rest[-1][0]), int(rest[-1][1])
            if not _is_beside(host):
                raise self.refuse(host, port, bytes(data))
            return len(data)

        patches.put(socket.socket, "connect", connect)
        patches.put(socket.socket, "connect_ex", connect_ex)
        patches.put(socket.socket, "sendto", sendto)

    def _leaves(self, this: socket.socket) -> bool:
        return this.family in (socket.AF_INET, socket.AF_INET6) and self.inside()

    def _encrypt(self, patches: Patches) -> None:
        real_socket, real_bio = ssl.SSLContext.wrap_socket, ssl.SSLContext.wrap_bio

        def wrap_socket(this: ssl.SSLContext, sock: socket.socket, *args: Any, **options: Any) -> Any:
            exchange = memory_socket.exchange_of(sock)
            if exchange is None:
                return real_socket(this, sock, *args, **options)
            exchange.feed(TLS_HELLO)
            return sock

        def wrap_bio(this: ssl.SSLContext, incoming: Any, outgoing: Any, *args: Any, **options: Any) -> Any:
            if not self.inside():
                return real_bio(this, incoming, outgoing, *args, **options)
            return PlainTls(this, incoming, outgoing)

        patches.put(ssl.SSLContext, "wrap_socket", wrap_socket)
        patches.put(ssl.SSLContext, "wrap_bio", wrap_bio)


def _is_beside(host: str) -> bool:
    """Whether it is one of the daemons that Lambda runs beside the code, X-Ray's for one: nobody reads that here."""
    if not _is_address(host):
        return host == "localhost"
    address = ipaddress.ip_address(host)
    return address.is_loopback or address.is_link_local


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
