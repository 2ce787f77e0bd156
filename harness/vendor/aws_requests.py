"""This file decides how a request of AWS's that came over HTTP, to an address of this machine, reaches moto.

Upstream: moto 5.2.5's server makes one Flask application a service, finds the service by the signature, the target or
the path, and answers what its services raise with pages of HTML. Its other door, the one that boto3 in this process
goes through, wants AWS's own addresses. Why that can't stay: two doors behave in two ways, and ours are at the second
one (``aws_calls.py``). What we do: find the service as moto's server does, write AWS's address in the place of ours,
and go in by the second door. Since: moto 4.0 (``infer_service_region_host``). Not needed any more when: moto's server
hands its requests to ``BotocoreStubber``.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.models import botocore_stubber
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from harness.vendor.aws_calls import Answer, CallRefused

# What moto's server calls by a name where its other door wants an address.
_HOSTS = {
    "dynamodb": "dynamodb.{region}.amazonaws.com",
    "dynamodb_v20111205": "dynamodb.{region}.amazonaws.com",
    "dynamodbstreams": "streams.dynamodb.{region}.amazonaws.com",
    "s3control": "s3-control.{region}.amazonaws.com",
    "sesv2": "email.{region}.amazonaws.com",
}


class NoService(Exception):
    """Nothing says which service a request is for."""


def host_of(method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes, region: str) -> str:
    """AWS's host name for a request.

    Raises:
        NoService: it is signed for no service, has no target, and its path says nothing.
    """
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "HTTP_HOST": parts.netloc,
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = str(len(body))
    try:
        host = _dispatcher().infer_service_region_host(environ, parts.path)
    except (KeyError, IndexError, ValueError) as error:
        raise NoService from error
    if host is None:
        raise NoService
    return _HOSTS.get(host, host).format(region=region)


def answer(call: str, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answer:
    """What the cloud answers a request to one of AWS's addresses; ``call`` is its name for the door.

    Raises:
        CallRefused: nothing here answers it.
    """
    given = HTTPHeaders()
    for name, value in headers:
        given[name] = value
    request = AWSPreparedRequest(method, url, given, body, stream_output=False)
    found = botocore_stubber(f"before-send.{call}", request)
    if found is None:
        raise CallRefused(text=f"Nothing here answers {url}.")
    shown: Mapping[str, Any] = found.headers
    content: bytes = found.raw.getvalue()
    return found.status_code, {str(name): str(value) for name, value in shown.items()}, content


@functools.cache
def _dispatcher() -> DomainDispatcherApplication:
    def nothing(service: Any) -> Any:
        raise AssertionError("no application of moto's is made here")

    return DomainDispatcherApplication(nothing)
