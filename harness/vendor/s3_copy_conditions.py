"""This file decides whether the conditions of a ``CopyObject`` hold.

Upstream: moto 5.2.5 looks at ``x-amz-copy-source-if-none-match`` only. A copy onto a key that is taken overwrites it in
spite of ``If-None-Match: *``, and a source with other content is copied in spite of ``CopySourceIfMatch``. Why that
can't stay: these conditions are how a function copies exactly what it has looked at, once, however many of it run
beside each other (S3-01). What we do: check all of them before moto copies; 412 ``PreconditionFailed`` if one fails.
Since: moto 2.x. Not needed any more when: the contract test says moto refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from moto.s3.exceptions import MissingKey, PreconditionFailed
from moto.s3.responses import S3Response

from harness.vendor.patches import Patches

_SOURCE = "x-amz-copy-source-if-"


def apply(patches: Patches) -> None:
    """Check a copy's conditions first."""

    def copy_object(self: Any) -> Any:
        source = _source(self)
        if source is not None:
            _check_source(self.headers, source)
        _check_target(self.headers, self.backend.get_object(self.bucket_name, self.parse_key_name()))
        return original(self)

    original = patches.put(S3Response, "copy_object", copy_object)


def _source(response: Any) -> Any:
    address = urlsplit(_text(response.headers["x-amz-copy-source"]))
    bucket, _, key = unquote(address.path).lstrip("/").partition("/")
    version_id = parse_qs(address.query).get("versionId", [None])[0]
    return response.backend.get_object(bucket, key, version_id=version_id)


def _check_source(headers: Mapping[str, str], source: Any) -> None:
    # A condition on the ETag outweighs the one on the time that goes with it.
    changed = source.last_modified.replace(microsecond=0, tzinfo=UTC)
    if f"{_SOURCE}match" in headers:
        held = _same(headers[f"{_SOURCE}match"], source)
        _require(held, "x-amz-copy-source-If-Match")
    elif f"{_SOURCE}unmodified-since" in headers:
        held = changed <= _time(headers[f"{_SOURCE}unmodified-since"])
        _require(held, "x-amz-copy-source-If-Unmodified-Since")
    if f"{_SOURCE}none-match" in headers:
        held = not _same(headers[f"{_SOURCE}none-match"], source)
        _require(held, "x-amz-copy-source-If-None-Match")
    elif f"{_SOURCE}modified-since" in headers:
        held = changed > _time(headers[f"{_SOURCE}modified-since"])
        _require(held, "x-amz-copy-source-If-Modified-Since")


def _check_target(headers: Mapping[str, str], target: Any) -> None:
    if "If-Match" in headers:
        if target is None:
            raise MissingKey
        _require(_same(headers["If-Match"], target), "If-Match")
    if headers.get("If-None-Match") == "*":
        _require(target is None, "If-None-Match")


def _require(held: bool, condition: str) -> None:
    if not held:
        raise PreconditionFailed(condition)


def _same(etag: str, key: Any) -> bool:
    return etag.strip('"') == str(key.etag).strip('"')


def _time(text: str) -> datetime:
    return parsedate_to_datetime(text).astimezone(UTC)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
