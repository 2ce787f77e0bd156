"""What one environment's runtime is answered. The client here is plain HTTP."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from harness.processes.runtime_api import Event, RuntimeApi

NEXT = "/2018-06-01/runtime/invocation/next"
ANSWER = "/2018-06-01/runtime/invocation/{}/{}"


class Heard:
    """What the runtime has said."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def asks_for_next(self) -> None:
        self.said.append("next")

    def answered(self, body: bytes) -> None:
        self.said.append(body)

    def failed(self, error_type: str, body: bytes) -> None:
        self.said.append((error_type, body))

    def answered_too_much(self) -> None:
        self.said.append("too much")

    def could_not_start(self, error_type: str, body: bytes) -> None:
        self.said.append(("init", error_type, body))


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    made = RuntimeApi(Heard())
    yield made
    made.close()


def heard(api: RuntimeApi) -> list[Any]:
    assert isinstance(api.listener, Heard)
    return api.listener.said


def ask(api: RuntimeApi, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
    connection = http.client.HTTPConnection(api.address, timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, answer.headers, text


def given(api: RuntimeApi, request_id: str = "r1") -> None:
    """The runtime has been given a call."""
    api.offer(Event(request_id, {"Lambda-Runtime-Aws-Request-Id": request_id}, b'{"a":1}'))
    status, headers, body = ask(api, "GET", NEXT)
    assert (status, headers["lambda-runtime-aws-request-id"], body) == (200, request_id, b'{"a":1}')


def test_next_waits_for_a_call(api: RuntimeApi) -> None:
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(ask(api, "GET", NEXT)))
    waiting.start()
    api.offer(Event("r1", {"Lambda-Runtime-Trace-Id": "Root=1"}, b"{}"))
    waiting.join()
    assert answers[0][0] == 200
    assert answers[0][1]["lambda-runtime-trace-id"] == "Root=1"


def test_a_call_is_answered_once_and_by_its_own_environment(api: RuntimeApi) -> None:
    given(api)
    assert ask(api, "POST", ANSWER.format("r2", "response"), b"1")[0] == 400
    assert ask(api, "POST", ANSWER.format("r1", "response"), b"2")[0] == 202
    status, _, body = ask(api, "POST", ANSWER.format("r1", "error"), b"3")
    assert (status, json.loads(body)["errorType"]) == (400, "InvalidRequestID")
    assert heard(api) == ["next", b"2"]


def test_a_runtime_that_owes_an_answer_gets_no_other_call(api: RuntimeApi) -> None:
    given(api)
    assert ask(api, "GET", NEXT)[0] == 403


def test_errors_come_with_their_type(api: RuntimeApi) -> None:
    given(api)
    ask(api, "POST", ANSWER.format("r1", "error"), b"{}", Lambda_Runtime_Function_Error_Type="Mine")
    assert heard(api)[-1] == ("Mine", b"{}")


def test_an_init_error_is_heard_before_the_first_call_only(api: RuntimeApi) -> None:
    where = "/2018-06-01/runtime/init/error"
    assert ask(api, "POST", where, b"{}", Lambda_Runtime_Function_Error_Type="Runtime.X")[0] == 202
    assert heard(api) == [("init", "Runtime.X", b"{}")]
    given(api)
    assert ask(api, "POST", where, b"{}")[0] == 404


def test_a_chunked_answer_is_put_together(api: RuntimeApi) -> None:
    given(api)
    assert ask(api, "POST", ANSWER.format("r1", "response"), iter([b"one ", b"two"]))[0] == 202
    assert heard(api)[-1] == b"one two"


@pytest.mark.parametrize("chunked", [False, True])
def test_lam_03_six_megabytes_and_a_byte_are_413(api: RuntimeApi, chunked: bool) -> None:
    given(api)
    body = b"x" * 6_291_557
    status, _, said = ask(api, "POST", ANSWER.format("r1", "response"), iter([body]) if chunked else body)
    assert (status, json.loads(said)["errorType"]) == (413, "RequestEntityTooLarge")
    assert heard(api)[-1] == "too much"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET " + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"POST " + ANSWER.format("r1", "response").encode() + b" HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST " + ANSWER.format("r1", "response").encode() + b" HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST " + ANSWER.format("r1", "response").encode() + b" HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST " + ANSWER.format("r1", "response").encode() + b" HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf",
        b"DELETE / HTTP/1.1\r\n\r\n",
        b"",
    ],
)
def test_what_makes_no_sense_harms_nobody(api: RuntimeApi, sent: bytes) -> None:
    given(api)
    host, _, port = api.address.partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass
    assert heard(api) == ["next"]
    assert ask(api, "POST", ANSWER.format("r1", "response"), b"fine")[0] == 202


def test_more_connections_than_a_runtime_needs_are_closed(api: RuntimeApi) -> None:
    host, _, port = api.address.partition(":")
    idle = [socket.create_connection((host, int(port)), timeout=10) for _ in range(40)]
    assert idle[-1].recv(1) == b""
    for connection in idle:
        connection.close()
