"""This file decides which HTTP answer a function's return value stands for (APIG-04, APIG-05).

Format 1.0 is strict, format 2.0 makes an answer of whatever it gets. A value that cannot be used is ``Malformed``;
which status that becomes is the API's business.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from harness.deliver.http.exchange import HttpResponse, Pairs, with_defaults


class Malformed(Exception):
    """The function's return value is no answer; the message says why, as the gateway's log would."""


def answer_v1(value: Any) -> tuple[HttpResponse, bool]:
    """Format 1.0 (APIG-04): the answer, its body still as text, and whether that text is base64.

    Raises:
        Malformed: it does not have the shape.
    """
    if not isinstance(value, dict):
        raise Malformed(f"a {_kind(value)} was returned; an object with statusCode, headers and body is wanted")
    status = _status(value.get("statusCode"))
    headers: list[tuple[str, str]] = []
    multiple = value.get("multiValueHeaders") or {}
    single = value.get("headers") or {}
    if not isinstance(single, dict) or not isinstance(multiple, dict):
        raise Malformed("headers and multiValueHeaders must be objects")
    for name, one in single.items():
        # Numbers and true/false pass: answers with "Access-Control-Allow-Credentials": true are in wide use.
        if not isinstance(one, str | int | float):
            raise Malformed(f'the header "{name}" is a {_kind(one)}; a text is wanted')
        if name not in multiple:
            headers.append((name, one if isinstance(one, str) else json.dumps(one)))
    for name, several in multiple.items():
        if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
            raise Malformed(f'the header "{name}" in multiValueHeaders must be a list of texts')
        headers += [(name, one) for one in several]
    body = value.get("body")
    if body is not None and not isinstance(body, str):
        raise Malformed(f"body is a {_kind(body)}; a text is wanted (json.dumps makes one)")
    encoded = (body or "").encode()
    answer = HttpResponse(status, with_defaults(tuple(headers), {"Content-Type": "application/json"}), encoded)
    return answer, value.get("isBase64Encoded") is True


def answer_v2(value: Any) -> HttpResponse:
    """Format 2.0 (APIG-05): whatever has no statusCode is the body of a 200.

    Raises:
        Malformed: it has a statusCode and something else in it cannot be used.
    """
    if not isinstance(value, dict) or "statusCode" not in value:
        body = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return HttpResponse(200, (("content-type", "application/json"),), body.encode())
    given, is_base64 = answer_v1({**value, "multiValueHeaders": None})
    cookies = value.get("cookies") or []
    if not isinstance(cookies, list):
        raise Malformed("cookies must be a list")
    headers: Pairs = tuple((name.lower(), one) for name, one in given.headers)
    headers += tuple(("set-cookie", str(cookie)) for cookie in cookies)
    return HttpResponse(given.status, headers, decoded(given.body) if is_base64 else given.body)


def decoded(body: bytes) -> bytes:
    """What a base64 text stands for.

    Raises:
        Malformed: it is none.
    """
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("isBase64Encoded is true, and the body is no base64") from None


def _status(value: Any) -> int:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and 100 <= int(text) <= 599):
        raise Malformed(f"statusCode is {json.dumps(value)}; a status from 100 to 599 is wanted")
    return int(text)


def _kind(value: Any) -> str:
    kinds = {bool: "truth value", dict: "object", float: "number", int: "number", list: "list", str: "text"}
    return "null" if value is None else kinds.get(type(value), type(value).__name__)
