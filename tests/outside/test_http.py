"""A function's HTTP requests are answered by the scenario or refused by name, whatever library makes them."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from harness.errors import FunctionError
from harness.report.sentences import sentence
from tests.outside.apps import run_app, told

URL = "https://api.example.com/v1/orders?dry=1"

ASKS = {
    "requests": """
        import requests
        def ask(url): return requests.post(url, json={"n": 1}, timeout=TIMEOUT).json()
    """,
    "urllib": """
        import json, urllib.request
        def ask(url):
            request = urllib.request.Request(url, data=b'{"n": 1}', method="POST")
            return json.load(urllib.request.urlopen(request, timeout=TIMEOUT))
    """,
    "urllib3": """
        import urllib3
        def ask(url):
            return urllib3.PoolManager(retries=False).request("POST", url, json={"n": 1}, timeout=TIMEOUT).json()
    """,
    "http.client": """
        import http.client, json
        from urllib.parse import urlsplit
        def ask(url):
            parts = urlsplit(url)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = kind(parts.netloc, timeout=TIMEOUT)
            try:
                connection.request("POST", f"{parts.path}?{parts.query}", body='{"n": 1}')
                return json.load(connection.getresponse())
            finally:
                connection.close()
    """,
    "httpx": """
        import httpx
        def ask(url): return httpx.post(url, json={"n": 1}, timeout=TIMEOUT).json()
    """,
    "httpx, async": """
        import asyncio, httpx
        async def go(url):
            async with httpx.AsyncClient(timeout=TIMEOUT) as client:
                return (await client.post(url, json={"n": 1})).json()
        def ask(url): return asyncio.run(go(url))
    """,
    "aiohttp": """
        import aiohttp, asyncio
        async def go(url):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session:
                async with session.post(url, json={"n": 1}) as answer:
                    return await answer.json()
        def ask(url): return asyncio.run(go(url))
    """,
    "asyncio streams": """
        import asyncio, json
        from urllib.parse import urlsplit
        async def go(url):
            parts = urlsplit(url)
            tls = parts.scheme == "https"
            reader, writer = await asyncio.open_connection(parts.hostname, 443 if tls else 80, ssl=tls)
            body = b'{"n": 1}'
            head = f"POST {parts.path}?{parts.query} HTTP/1.1\\r\\nHost: {parts.netloc}\\r\\nContent-Length: 8"
            writer.write(head.encode() + b"\\r\\n\\r\\n" + body)
            try:
                return json.loads((await asyncio.wait_for(reader.read(), TIMEOUT)).partition(b"\\r\\n\\r\\n")[2])
            finally:
                writer.close()
        def ask(url): return asyncio.run(go(url))
    """,
}
HANDLER = """
def handler(event, context):
    import time
    began = time.time()
    try:
        answer = ask("%s")
    except Exception as error:
        answer = [type(error).__name__, chain(error)]
    tell([answer, round(time.time() - began, 3)])

def chain(error):
    texts = []
    while error is not None:
        texts += [str(error), *map(str, getattr(error, "exceptions", ()))]
        error = error.__cause__ or error.__context__
    return " ".join(texts)
"""


def app(library: str, url: str = URL, timeout: int = 30) -> str:
    return f"TIMEOUT = {timeout}\n{textwrap.dedent(ASKS[library])}\n{HANDLER % url}"


@pytest.mark.parametrize("library", ASKS)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_request_is_answered_and_can_be_looked_at(library: str, scheme: str, tmp_path: Path) -> None:
    url = URL.replace("https", scheme)
    pattern = f"{scheme}://api.example.com/v1/*"
    result = run_app(
        tmp_path,
        app(library, url),
        stub=[{"url": pattern, "method": "POST", "returns": {"json": {"ok": 1}}}],
        then=[{"calls": {"url": pattern, "count": 1, "parameters": {"json.n": 1, "query.dry": "1", "url": url}}}],
    )
    assert told(tmp_path) == [[{"ok": 1}, 0.0]]
    assert result.outcome == "passed", result.checks


@pytest.mark.parametrize("library", ASKS)
def test_an_answer_may_take_its_time_and_the_time_is_virtual(library: str, tmp_path: Path) -> None:
    stub = [{"url": "https://api.example.com/**", "delay": "7s", "returns": {"json": {"ok": 1}}}]
    run_app(tmp_path, app(library), stub=stub)
    assert told(tmp_path) == [[{"ok": 1}, 7.0]]


@pytest.mark.parametrize("library", ASKS)
@pytest.mark.parametrize("answer", [{"delay": "7s", "returns": {}}, {"error": {"code": "Timeout"}}])
def test_a_clients_own_timeout_ends_its_wait(library: str, answer: dict[str, Any], tmp_path: Path) -> None:
    stub = [{"url": "https://api.example.com/**", **answer}]
    run_app(tmp_path, app(library, timeout=3), stub=stub)
    ((seen, took),) = told(tmp_path)
    assert "time" in seen[0].lower()
    assert took == 3.0


@pytest.mark.parametrize("library", ASKS)
def test_a_request_that_nobody_answers_is_refused_by_name(library: str, tmp_path: Path) -> None:
    result = run_app(tmp_path, app(library))
    ((seen, took),) = told(tmp_path)
    assert "Caller sent POST https://api.example.com/v1/orders?dry=1, and the scenario does not answer it." in seen[1]
    assert took == 0.0
    # Every check holds, and yet the scenario does not say what happens.
    assert all(check.held for check in result.checks)
    assert result.outcome == "failed"
    assert isinstance(result.error, FunctionError)
    assert str(result.error).endswith(
        "say what is answered:\n  stub:\n    - url: https://api.example.com/v1/orders\n      method: POST\n"
        "      returns: {status: 200, json: {}}"
    )


@pytest.mark.parametrize("library", ASKS)
@pytest.mark.parametrize("code", ["ConnectionRefused", "ConnectionReset", "NameNotFound"])
def test_a_request_fails_as_the_scenario_says(library: str, code: str, tmp_path: Path) -> None:
    stub = [{"url": "https://api.example.com/**", "error": {"code": code, "message": "the line is dead"}}]
    result = run_app(tmp_path, app(library), stub=stub)
    ((seen, _),) = told(tmp_path)
    assert "the line is dead" in seen[1]
    assert result.outcome == "passed"


@pytest.mark.parametrize("library", ["httpx, async", "aiohttp"])
def test_requests_side_by_side_take_as_long_as_one(library: str, tmp_path: Path) -> None:
    source = app(library).replace("return asyncio.run(go(url))", "return asyncio.run(both(url))")
    source += "\nasync def both(url): return await asyncio.gather(go(url), go(url))\n"
    stub = [{"url": "https://api.example.com/**", "delay": "5s", "returns": {"json": 1}}]
    run_app(tmp_path, source, stub=stub)
    assert told(tmp_path) == [[[1, 1], 5.0]]


SESSION = """
import requests
def handler(event, context):
    session = requests.Session()
    answers = [session.get("http://a.example.com/x") for _ in range(3)]
    tell([[a.status_code, a.text, a.headers["Content-Type"], a.headers.get("Retry-After")] for a in answers])
"""


def test_several_answers_come_in_order_and_the_last_one_stays(tmp_path: Path) -> None:
    late = {"status": 503, "headers": {"Retry-After": "1"}, "text": "later"}
    answers = [{"returns": late}, {"returns": {"json": [1]}}]
    stub = [{"url": "http://a.example.com/x", "answers": answers}]
    run_app(tmp_path, SESSION, stub=stub)
    assert told(tmp_path) == [
        [
            [503, "later", "text/plain; charset=utf-8", "1"],
            [200, "[1]", "application/json", None],
            [200, "[1]", "application/json", None],
        ]
    ]


def test_the_first_stub_that_fits_answers(tmp_path: Path) -> None:
    stub = [
        {"url": "https://api.example.com/**", "method": "GET", "returns": {"json": "method"}},
        {"url": "https://api.example.com/**", "parameters": {"json.n": 2}, "returns": {"json": "content"}},
        {"url": "https://api.example.com/v1", "returns": {"json": "another path"}},
        {"url": "https://api.example.com/v1/orders?dry=2", "returns": {"json": "another query"}},
        {"url": "https://API.example.com/v1/orders", "returns": {"json": "this one"}},
        {"url": "https://api.example.com/**", "returns": {"json": "too late"}},
    ]
    run_app(tmp_path, app("requests"), stub=stub)
    assert told(tmp_path) == [["this one", 0.0]]


PYTHON = """
seen = []
def answer(request, status):
    seen.append(request["headers"]["host"])
    return {"status": status, "json": {"n": request["json"]["n"] + 1, "hosts": seen}}
def wrong(request):
    return {"stats": 200}
def falls(request):
    raise KeyError("oops")
"""


def test_a_python_function_answers_what_it_was_asked(tmp_path: Path) -> None:
    call = {"call": "answers.py:answer", "args": {"status": 201}}
    stub = [{"url": "https://api.example.com/**", "python": call}]
    run_app(tmp_path, app("requests"), stub=stub, python=PYTHON)
    assert told(tmp_path) == [[{"n": 2, "hosts": ["api.example.com"]}, 0.0]]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("wrong", "What answers.py:wrong returned: ['stats'] An HTTP answer has no \"stats\"."),
        ("falls", "answers.py:falls raised KeyError: 'oops' (line 9, in falls)."),
    ],
)
def test_a_python_function_that_cannot_answer_is_its_authors_error(name: str, words: str, tmp_path: Path) -> None:
    stub = [{"url": "https://api.example.com/**", "python": f"answers.py:{name}"}]
    result = run_app(tmp_path, app("requests"), stub=stub, python=PYTHON)
    assert result.outcome == "error"
    assert words in str(result.error)
    assert "one.yaml:4  stub[0]" in str(result.error)


RAW = """
import socket
def handler(event, context):
    for name, talk in {"speaks": speaks, "listens": listens, "datagram": datagram}.items():
        try:
            talk()
        except OSError as error:
            tell([name, str(error)])
    daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    daemon.setblocking(False)
    tell(daemon.sendto(b"trace", ("127.0.0.1", 2000)))
    daemon.close()
def speaks():
    with socket.create_connection(("db.example.com", 5432)) as s:
        s.sendall(b"\\0\\0hello")
def listens():
    with socket.create_connection(("mail.example.com", 25)) as s:
        s.recv(10)
def datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x", ("stats.example.com", 8125))
"""


def test_what_is_no_http_is_refused_and_a_datagram_to_the_daemon_is_dropped(tmp_path: Path) -> None:
    result = run_app(tmp_path, RAW)
    speaks, listens, datagram, dropped = told(tmp_path)
    assert "Caller connected to db.example.com:5432 and sent 7 bytes that are no HTTP." in speaks[1]
    assert "Caller connected to mail.example.com:25 and waited for it to speak first." in listens[1]
    assert "stats.example.com:8125" in datagram[1]
    assert dropped == 5
    assert result.outcome == "failed"


def test_the_story_tells_who_was_asked_what(tmp_path: Path) -> None:
    stub = [{"url": "https://api.example.com/**", "returns": {}}]
    result = run_app(tmp_path, app("requests"), stub=stub)
    (event,) = [e for e in result.events if e.station == "outside"]
    assert sentence(event) == "Caller  POST https://api.example.com/v1/orders?dry=1 answered by stub 1"
    assert event.detail["asked"] == '{"n": 1}'
