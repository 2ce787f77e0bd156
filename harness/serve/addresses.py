"""This file decides what the address of a request means: one of AWS's services, a bucket, an API, a function's URL.

The spellings are LocalStack's where it has one, since tools and habits know them: an API by its path
(``/restapis/ID/STAGE/_user_request_/...``, ``/_aws/execute-api/ID/STAGE/...``) or its host
(``ID.execute-api.localhost.localstack.cloud``), a bucket by its host (``BUCKET.s3.localhost.localstack.cloud``).
A function's URL has a path too, ``/_aws/lambda-url/ID/...``: not every machine finds the names below ``localhost``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class ToUs:
    """A request for the harness itself: ``path`` begins with ``/_harness/`` or ``/_localstack/``."""

    path: str


@dataclass(frozen=True, slots=True)
class ToApi:
    """A request for an API; ``path`` has the stage in front if ``stage`` is None, and an HTTP API's may have none."""

    api_id: str
    stage: str | None
    path: str


@dataclass(frozen=True, slots=True)
class ToFunction:
    """A request for a function's URL."""

    url_id: str
    path: str


@dataclass(frozen=True, slots=True)
class ToBucket:
    """A request for a bucket that the host names; ``path`` is the key's."""

    bucket: str
    path: str


@dataclass(frozen=True, slots=True)
class ToAws:
    """A request for one of AWS's services; ``perhaps_bucket`` is what stands in front of ``localhost``."""

    perhaps_bucket: str = ""


Address = ToUs | ToApi | ToFunction | ToBucket | ToAws

_API_PATH = re.compile(r"/restapis/(?P<id>[a-z0-9]+)/(?P<stage>[^/]+)/_user_request_(?P<path>/.*)?")
_API_BY_ID = re.compile(r"/_aws/execute-api/(?P<id>[a-z0-9]+)(?P<path>/.*)?")
_URL_BY_ID = re.compile(r"/_aws/lambda-url/(?P<id>[a-z0-9]+)(?P<path>/.*)?")
_API_HOST = re.compile(r"(?P<id>[a-z0-9]+)\.execute-api\..+")
_URL_HOST = re.compile(r"(?P<id>[a-z0-9]+)\.lambda-url\..+")
_BUCKET_HOST = re.compile(
    r"(?P<bucket>.+)\.s3[.-](?:(?:dualstack\.)?[a-z]{2}-[a-z-]+-\d\.)?(?:localhost|amazonaws\.com).*"
)
_BELOW_LOCALHOST = re.compile(r"(?P<name>[^:]+)\.localhost(?::\d+)?")
# What AWS's own addresses of APIs and functions look like in a template's outputs.
_AWS_API = re.compile(r"https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")
_AWS_URL = re.compile(r"https://([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.on\.aws")


def read(url: str) -> Address:
    """What a whole, percent-encoded URL addresses."""
    parts = urlsplit(url)
    host, path = parts.netloc.lower(), parts.path or "/"
    if path.startswith(("/_harness/", "/_localstack/")) or path in ("/_harness", "/_localstack"):
        return ToUs(path)
    if found := _API_PATH.fullmatch(path):
        return ToApi(found["id"], found["stage"], found["path"] or "/")
    if found := _API_BY_ID.fullmatch(path):
        return ToApi(found["id"], None, found["path"] or "/")
    if found := _URL_BY_ID.fullmatch(path):
        return ToFunction(found["id"], found["path"] or "/")
    if found := _API_HOST.fullmatch(host):
        return ToApi(found["id"], None, path)
    if found := _URL_HOST.fullmatch(host):
        return ToFunction(found["id"], path)
    if found := _BUCKET_HOST.fullmatch(host):
        return ToBucket(found["bucket"], path)
    below = _BELOW_LOCALHOST.fullmatch(host)
    return ToAws(below["name"] if below else "")


def api_url(base: str, api_id: str) -> str:
    """Where an API is found here, without its stage."""
    return f"{base}/_aws/execute-api/{api_id}"


def function_url(base: str, url_id: str) -> str:
    """Where a function's URL is found here."""
    return f"{base}/_aws/lambda-url/{url_id}"


def localised(text: str, base: str) -> str:
    """A text with AWS's addresses of APIs and functions replaced by those that lead here."""
    text = _AWS_API.sub(lambda found: api_url(base, found[1]), text)
    return _AWS_URL.sub(lambda found: function_url(base, found[1]), text)
