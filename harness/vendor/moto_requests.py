"""This file decides how an AWS request is put into the form in which moto's services read it.

Upstream: moto 5.2.5 has werkzeug's test client build each request, which takes every part of it apart and puts it
together again; it asks over and over for the request's address, for the methods of a service's class, and whether a
host is a bucket's. Why that can't stay: it is a tenth of a burst. What we do: write the very environment that werkzeug
writes, for requests of the plain form that botocore sends, and leave others to werkzeug; remember what cannot change.
Since: moto 5.2. Not needed any more when: moto reads botocore's requests as they are.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlparse

import moto.core.responses
from botocore.httpchecksum import AwsChunkedWrapper
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    Request,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.s3.responses import S3Response

from harness.vendor.patches import Patches

_PORTS = {"http": "80", "https": "443"}
_HOST = re.compile(r"[a-z0-9.-]+")
# What needs no quoting, and is no host to whoever takes the path apart.
_PATH = re.compile(r"/(?!/)[A-Za-z0-9/._~%!$&'()*+,:;=@-]*")
# With these and no body, werkzeug makes up a body.
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def apply(patches: Patches) -> None:
    """Take the short way where there is one."""
    responses: Any = moto.core.responses
    build = Request.from_primitives

    def from_primitives(cls: type[Request], method: str, url: str, headers: Any, body: Any = None) -> Request:
        if isinstance(body, AwsChunkedWrapper) or hasattr(body, "read"):
            body = body.read()
        built = plain_request(cls, method, url, headers, body)
        return build(method, url, headers, body) if built is None else built

    raw_url = functools.cached_property(Request.raw_url.fget)  # type: ignore[attr-defined]
    raw_url.__set_name__(Request, "raw_url")
    of_request = S3Response.subdomain_based_buckets

    @functools.cache
    def of_host(host: str) -> bool:
        return bool(of_request(SimpleNamespace(headers={"host": host})))

    def subdomain_based_buckets(request: Any) -> bool:
        host = request.headers.get("host")
        return of_host(host) if host else bool(of_request(request))

    patches.put(Request, "from_primitives", classmethod(from_primitives))
    patches.put(Request, "raw_url", raw_url)
    patches.put(S3Response, "subdomain_based_buckets", staticmethod(subdomain_based_buckets))
    patches.put(responses, "method_names_from_class", Methods)


class Methods:
    """The names of a class's methods, for those who ask whether one is among them."""

    def __init__(self, of: type) -> None:
        self._of = of

    def __contains__(self, name: str) -> bool:
        return inspect.isfunction(getattr(self._of, name, None))


def plain_request(cls: type[Request], method: str, url: str, headers: Any, body: Any) -> Request | None:
    """The request in moto's form; None if it is not of the plain form."""
    address = urlparse(url)
    if not (_HOST.fullmatch(address.netloc) and _PATH.fullmatch(address.path) and url.isascii()):
        return None
    content = body.encode() if isinstance(body, str) else body or b""
    fields = headers_of(headers)
    if not isinstance(content, bytes) or address.scheme not in _PORTS or fields is None:
        return None
    content_type = fields.pop("HTTP_CONTENT_TYPE", None)
    if not content and content_type is not None and content_type.startswith(_FORMS):
        return None
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(address.path).encode().decode("latin1"),
        "QUERY_STRING": address.query,
        "REQUEST_URI": address.path,
        "RAW_URI": address.path,
        "SERVER_NAME": address.netloc,
        "SERVER_PORT": _PORTS[address.scheme],
        "HTTP_HOST": address.netloc,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": address.scheme,
        "wsgi.input": BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if content_type is not None:
        environ["CONTENT_TYPE"] = content_type
    if content:
        environ["CONTENT_LENGTH"] = str(len(content))
    fields.pop("HTTP_CONTENT_LENGTH", None)
    environ |= fields
    # Requests that their environment holds too would wait for the cycle collector.
    request = cls(environ, populate_request=False)
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {
        environ_key_for_header(key): key for key in headers if should_preserve_original_header_name(key)
    }
    environ.setdefault("CONTENT_LENGTH", "0")
    return request


def headers_of(headers: Any) -> dict[str, str] | None:
    """Headers as WSGI names them; None if two have one name, or one is no single line of text."""
    fields: dict[str, str] = {}
    for key, given in headers.items():
        if key.lower() == "transfer-encoding":
            continue
        name = f"HTTP_{key.upper().replace('-', '_')}"
        value = given.decode("utf-8") if isinstance(given, bytes) else given
        if name in fields or not isinstance(value, str) or "\n" in value or "\r" in value:
            return None
        fields[name] = value
    return fields
