"""This file decides how an HTTP request reaches a bucket: a presigned address's, above all. S3-13

Upstream: moto 5.2.5 answers what botocore sends, looks at no signature and at no expiry of an address. Why that can't
stay: a handler uses presigned addresses with any HTTP library, and an expired one is refused on AWS. What we do: find
the bucket in the address, refuse what AWS refuses without looking at the signature itself, and hand the rest to moto.
It changes nothing in moto. Since: moto 5.0. Not needed any more when: moto takes any client's requests and judges them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber
from moto.s3.models import s3_backends

from harness.kernel.clock import Clock
from harness.vendor.http_exchange import HttpAnswer, HttpRequest

_HOST = re.compile(r"(?:(?P<bucket>[a-z0-9.-]+)\.)?s3(?:[.-](?P<region>[a-z]{2}-[a-z]+-\d))?\.amazonaws\.com")
_SIGNED = ("X-Amz-Signature", "Signature")


def bucket_of(url: str) -> str | None:
    """The bucket of this world that an address is of; None if it is none's."""
    parts = urlsplit(url)
    found = _HOST.fullmatch(parts.hostname or "")
    if found is None:
        return None
    bucket = found["bucket"] or unquote(parts.path.lstrip("/").partition("/")[0])
    return bucket if bucket in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets else None


def answer(request: HttpRequest, clock: Clock) -> HttpAnswer:
    """What S3 answers to a request for something of one of its buckets."""
    problem = _problem(request, clock.now())
    if problem is not None:
        return problem
    prepared = AWSPreparedRequest(
        method=request.method,
        url=request.url,
        headers=HeadersDict(request.headers),
        body=request.body,
        stream_output=False,
    )
    given = botocore_stubber.process_request(prepared)
    assert given is not None
    status, headers, body = given
    if status == HTTPStatus.NOT_FOUND and _is_anonymous(request):
        # Who may not list the bucket is not told what is missing.
        return _refused("Access Denied")
    content = body.encode() if isinstance(body, str) else bytes(body)
    return HttpAnswer(status, tuple((name, str(value)) for name, value in headers.items()), content)


def _problem(request: HttpRequest, now: datetime) -> HttpAnswer | None:
    asked = {name: values[-1] for name, values in parse_qs(urlsplit(request.url).query).items()}
    if not any(name in asked for name in _SIGNED):
        # What anybody may read moto knows; what anybody may write it does not.
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        return _refused("Access Denied") if _is_anonymous(request) and not reads else None
    expiry = _expiry(asked)
    if expiry is None:
        return _refused("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
    return _refused("Request has expired") if now > expiry else None


def _is_anonymous(request: HttpRequest) -> bool:
    """Whether nobody has signed it: neither the address, nor a header, nor a form among its fields."""
    headers = {name.lower(): value for name, value in request.headers}
    is_form = request.method == "POST" and headers.get("content-type", "").startswith("multipart/form-data")
    signed = any(f"{name}=" in urlsplit(request.url).query for name in _SIGNED)
    return not (signed or is_form or "authorization" in headers)


def _expiry(asked: Mapping[str, str]) -> datetime | None:
    try:
        if "Expires" in asked:
            return datetime.fromtimestamp(int(asked["Expires"]), UTC)
        begun = datetime.strptime(asked["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return begun + timedelta(seconds=int(asked["X-Amz-Expires"]))
    except (KeyError, ValueError, OverflowError):
        return None


def _refused(message: str) -> HttpAnswer:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>AccessDenied</Code><Message>{escape(message)}</Message></Error>"
    )
    return HttpAnswer(403, (("content-type", "application/xml"),), text.encode())
