"""A function's connection ends in this process; everybody else's goes where it went."""

from __future__ import annotations

import asyncio
import inspect
import socket
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from harness.kernel.scheduler import Kernel
from harness.vendor import asyncio_loop, threads
from harness.vendor.http_exchange import Exchange, HttpAnswer, HttpRequest
from harness.vendor.memory_socket import MemorySocket, exchange_of
from harness.vendor.outside_sockets import OutsideSockets
from harness.vendor.patches import Patches
from tests.vendor.test_sandbox_seams import NoHooks

T = TypeVar("T")
seen: list[HttpRequest] = []


def answer(request: HttpRequest) -> HttpAnswer:
    seen.append(request)
    return HttpAnswer(200, (("x-a", "b"),), b"hello")


def inside(main: Callable[[], T], *, on_request: Callable[[HttpRequest], HttpAnswer] = answer) -> T:
    kernel = Kernel()
    seen.clear()
    with Patches() as patches:
        waits = threads.apply(patches, kernel, hooks=NoHooks())
        outside = OutsideSockets(
            waits,
            inside=lambda: kernel.current is not None,
            on_request=on_request,
            on_connection=lambda host, port, sent: f"no way to {host}:{port}",
        )
        outside.apply(patches)
        asyncio_loop.apply(patches, waits, outside)
        return kernel.run(main)


def test_the_targets_exist_with_these_signatures() -> None:
    resolve = list(inspect.signature(socket.getaddrinfo).parameters)
    assert resolve == ["host", "port", "family", "type", "proto", "flags"]
    wrap = list(inspect.signature(ssl.SSLContext.wrap_socket).parameters)
    assert wrap[:3] == ["self", "sock", "server_side"] and "server_hostname" in wrap
    assert list(inspect.signature(ssl.SSLContext.wrap_bio).parameters)[:3] == ["self", "incoming", "outgoing"]
    made = list(inspect.signature(asyncio.BaseEventLoop.create_connection).parameters)
    assert made[:4] == ["self", "protocol_factory", "host", "port"] and {"ssl", "sock"} < set(made)


def test_a_socket_can_still_become_one_of_ours() -> None:
    with socket.socket() as sock:
        sock.__class__ = MemorySocket
        assert isinstance(sock, socket.socket)


def test_upstream_still_goes_to_the_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert exchange_of(client) is None
        assert server.accept()[0].close() is None


def test_outside_of_functions_sockets_are_the_real_ones() -> None:
    kernel = Kernel()
    with Patches() as patches:
        waits = threads.apply(patches, kernel, hooks=NoHooks())
        OutsideSockets(waits, inside=lambda: False, on_request=answer, on_connection=lambda *_: "").apply(patches)
        test_upstream_still_goes_to_the_machine()


def test_a_name_has_one_address_that_is_used_nowhere() -> None:
    def main() -> list[Any]:
        return [
            socket.gethostbyname("a.example.com"),
            socket.getaddrinfo("b.example.com", 443, type=socket.SOCK_STREAM)[0][4],
            socket.gethostbyname("A.example.com"),
            socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4],
        ]

    assert inside(main) == ["198.18.0.1", ("198.18.0.2", 443), "198.18.0.1", ("127.0.0.1", 80)]


def test_a_name_has_no_address_of_the_other_kind() -> None:
    with pytest.raises(socket.gaierror, match="no IPv6 address"):
        inside(lambda: socket.getaddrinfo("a.example.com", 80, socket.AF_INET6))


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_request_is_one_however_it_is_cut_into_pieces(pieces: int) -> None:
    sent = b"POST /x?y=1 HTTP/1.1\r\nHost: a.example.com\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"

    def main() -> bytes:
        with socket.create_connection(("a.example.com", 80)) as sock:
            for piece in [sent[i : i + len(sent) // pieces] for i in range(0, len(sent), len(sent) // pieces)]:
                sock.sendall(piece)
            return sock.makefile("rb").read()

    read = inside(main)
    assert read == b"HTTP/1.1 200 \r\nx-a: b\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello"
    assert [(r.method, r.url, r.body) for r in seen] == [("POST", "http://a.example.com/x?y=1", b"abc")]


def test_a_client_that_waits_to_be_told_to_go_on_is_told() -> None:
    def main() -> bytes:
        with socket.create_connection(("a.example.com", 80)) as sock:
            sock.sendall(b"PUT / HTTP/1.1\r\nHost: a.example.com\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            told = sock.recv(100)
            sock.sendall(b"ok")
            return told + sock.recv(1000)

    assert inside(main).startswith(b"HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 ")


def test_a_head_request_is_answered_without_a_body() -> None:
    def main() -> bytes:
        with socket.create_connection(("a.example.com", 80)) as sock:
            sock.sendall(b"HEAD / HTTP/1.1\r\nHost: a.example.com\r\n\r\n")
            return sock.recv(1000)

    assert inside(main).endswith(b"content-length: 5\r\nconnection: close\r\n\r\n")


def test_tls_is_seen_by_the_other_end_and_by_nobody_else() -> None:
    def main() -> tuple[bytes, Any]:
        context = ssl.create_default_context()
        with context.wrap_socket(
            socket.create_connection(("a.example.com", 443)), server_hostname="a.example.com"
        ) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a.example.com:443\r\n\r\n")
            return sock.recv(12), sock.version()

    assert inside(main) == (b"HTTP/1.1 200", "TLSv1.3")
    assert [r.url for r in seen] == ["https://a.example.com/"]


def test_a_socket_that_does_not_block_says_so_until_the_answer_is_due() -> None:
    def main() -> list[str]:
        with socket.create_connection(("a.example.com", 80)) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            sock.setblocking(False)
            with pytest.raises(BlockingIOError):
                sock.recv(1)
            sock.settimeout(1)
            with pytest.raises(TimeoutError, match="timed out"):
                sock.recv(1)
            sock.settimeout(None)
            first = sock.recv(4, socket.MSG_PEEK)
            return [first.decode(), sock.recv(4).decode()]

    assert inside(main, on_request=lambda request: HttpAnswer(delay_s=5)) == ["HTTP", "HTTP"]


@pytest.mark.parametrize("sent", [b"", b"\x00\x01nonsense\r\n\r\n"])
def test_what_is_no_http_is_refused(sent: bytes) -> None:
    def main() -> None:
        with socket.create_connection(("a.example.com", 5432)) as sock:
            sock.sendall(sent)
            sock.recv(1)

    with pytest.raises(ConnectionRefusedError, match=r"no way to a\.example\.com:5432"):
        inside(main)


def test_asyncios_tls_over_bytes_is_plain_too() -> None:
    async def go() -> bytes:
        reader, writer = await asyncio.open_connection("a.example.com", 443, ssl=True)
        writer.write(b"GET / HTTP/1.1\r\nHost: a.example.com\r\n\r\n")
        data = await reader.read()
        writer.close()
        return data

    assert inside(lambda: asyncio.run(go())).startswith(b"HTTP/1.1 200")
    assert [r.url for r in seen] == ["https://a.example.com/"]


def test_the_other_end_of_a_second_request_says_nothing() -> None:
    exchange = Exchange("a", 80, answer, lambda *_: "")
    exchange.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert exchange.feed(b"GET /again HTTP/1.1\r\n\r\n") == b""
    assert exchange.answer is not None
