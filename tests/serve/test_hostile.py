"""Requests made to harm: each gets an answer, and others are answered meanwhile."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tests.serve.test_bad_input import FORM, signed, target

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
BOMB = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY e0 "lol">' + ENTITIES + b"]>"
FILE = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY e9 SYSTEM "file:///etc/passwd">]>'


def port(server: Any) -> int:
    return int(server.url.rpartition(":")[2])


def sent(server: Any, data: bytes, *, half: bool = False) -> bytes:
    """What comes back for these bytes, at first."""
    with socket.create_connection(("127.0.0.1", port(server)), timeout=30) as connection:
        connection.sendall(data)
        if half:
            connection.shutdown(socket.SHUT_WR)
        return connection.recv(1000)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", b"400"),
        (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", b"400"),
        (HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", b"501"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", b"400"),
        (HEAD + b"Host: evil.example\r\n\r\n", b"400"),
    ],
)
def test_a_request_whose_end_or_host_can_be_read_in_two_ways_is_refused(
    server: Any, data: bytes, status: bytes
) -> None:
    assert sent(server, data).startswith(b"HTTP/1.1 " + status)


def test_a_client_that_hangs_up_in_the_middle_harms_nobody(server: Any) -> None:
    assert sent(server, HEAD + b"Content-Length: 50\r\n\r\nabc", half=True).startswith(b"HTTP/1.1 400")


def test_many_idle_connections_keep_nobody_waiting(server: Any) -> None:
    idle = [socket.create_connection(("127.0.0.1", port(server))) for _ in range(200)]
    try:
        assert server.ask("GET", "/_harness/health")[0] == 200
    finally:
        for connection in idle:
            connection.close()


@pytest.mark.parametrize("body", [b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b"[" * 100_000])
def test_json_that_is_nested_without_end_is_refused(server: Any, body: bytes) -> None:
    status, _, text = server.ask("POST", "/", body, target("dynamodb", "DynamoDB_20120810.PutItem"))
    assert (status, json.loads(text)["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("prologue", [BOMB, FILE])
@pytest.mark.parametrize("query", ["?notification", "?tagging", "?lifecycle", "?cors"])
def test_xml_entities_are_refused_and_never_filled_in(server: Any, prologue: bytes, query: str) -> None:
    server.ask("PUT", "/hostile", b"", signed("s3"))
    body = prologue + b"<Tagging><TagSet><Tag><Key>k</Key><Value>&e9;</Value></Tag></TagSet></Tagging>"
    status, _, text = server.ask("PUT", f"/hostile{query}", body, signed("s3"))
    assert (status, b"<Code>MalformedXML</Code>" in text) == (400, True), text


def test_a_flood_of_parameters_is_refused(server: Any) -> None:
    flood = "".join(f"&MessageAttributes.entry.{n}.Name=a" for n in range(20_000)).encode()
    status, _, text = server.ask("POST", "/", b"Action=Publish" + flood, signed("sns") | FORM)
    assert (status, b"<Code>MalformedQueryString</Code>" in text) == (400, True), text


@pytest.mark.parametrize("query", ["?max-keys=abc", "?list-type=2&max-keys=abc"])
def test_a_number_that_is_none_is_refused(server: Any, query: str) -> None:
    server.ask("PUT", "/hostile", b"", signed("s3"))
    status, _, text = server.ask("GET", f"/hostile{query}", b"", signed("s3"))
    assert (status, b"<Code>InvalidArgument</Code>" in text) == (400, True), text
    status, _, text = server.ask("POST", "/", b'{"Limit": 1e400}', target("dynamodb", "DynamoDB_20120810.ListTables"))
    assert (status, json.loads(text)["__type"]) == (400, "ValidationException")


def test_nobody_outside_this_machine_reaches_it(server: Any) -> None:
    own = [a.address for some in psutil.net_if_addrs().values() for a in some if a.family == socket.AF_INET]
    for address in own:
        if not address.startswith("127."):
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((address, port(server)), timeout=5).close()


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {"Origin": "https://evil.example", "Content-Type": "text/plain"}),
        ("POST", {"Origin": "null", "Content-Type": "multipart/form-data; boundary=x"}),
        ("POST", {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/x-www-form-urlencoded"}),
        ("GET", {"Sec-Fetch-Site": "cross-site"}),
        ("GET", {"Host": "rebound.evil.example"}),
        ("OPTIONS", {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}),
    ],
)
def test_what_a_browser_sends_for_another_site_is_refused(server: Any, method: str, headers: dict[str, str]) -> None:
    status, given, _ = server.ask(method, "/hostile", b"", headers)
    assert status == 403
    assert "access-control-allow-origin" not in given


def test_a_page_that_was_allowed_may_upload_with_a_form(start_server: Callable[..., Any]) -> None:
    served = start_server("--quiet", "--allow-origin", "http://app.test")
    served.ask("PUT", "/forms", b"", signed("s3"))
    parts = ((b'key"', b"k"), (b'file"; filename="a"', b"body"))
    head = b'--x\r\nContent-Disposition: form-data; name="'
    form = b"".join(head + name + b"\r\n\r\n" + value + b"\r\n" for name, value in parts) + b"--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert served.ask("POST", "/forms", form, {**headers, "Origin": "http://evil.example"})[0] == 403
    assert served.ask("POST", "/forms", form, {**headers, "Origin": "http://app.test"})[0] == 204


def test_a_pattern_with_many_stars_holds_up_nobody(server: Any) -> None:
    events = server.client("events")
    pattern = {"source": [{"wildcard": "*a" * 40 + "*b"}]}
    event = {"id": "1", "account": "1", "source": "a" * 3000, "time": "2020-01-01T00:00:00Z", "region": "us-east-1"}
    event |= {"resources": [], "detail-type": "x", "detail": {}}
    assert not events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event)).get("Result")
