"""This file decides how much memory an object in a bucket needs beside its content.

Upstream: moto 5.2.5 gives each object (``FakeKey``) a record of forty fields, most of which say nothing, and a buffer
that keeps a record of how to open a file, should the content ever need one. Why that can't stay: that is 2 kB for each
object, however small, and a burst makes thousands. What we do: once an object is made, its fields that say what is
usual are its class's; buffers share the record. Since: moto 4.0. Not needed any more when: ``FakeKey`` has slots.
"""

from __future__ import annotations

import tempfile
from types import SimpleNamespace
from typing import Any

from moto.s3 import models
from moto.s3.models import FakeKey

from harness.vendor.patches import Patches

USUAL: dict[str, Any] = {
    "_etag": None,
    "_expiry": None,
    "_is_versioned": False,
    "_storage_class": "STANDARD",
    "_version_id": None,
    "bucket_key_enabled": None,
    "checksum_algorithm": None,
    "checksum_parts": None,
    "checksum_type": None,
    "checksum_value": None,
    "disposed": False,
    "encryption": None,
    "kms_key_id": None,
    "lock_legal_status": None,
    "lock_mode": None,
    "lock_until": None,
    "multipart": None,
    "website_redirect_location": None,
}
"""What an object's field says if nobody has said otherwise."""

_NOTHING = object()


class Buffer(tempfile.SpooledTemporaryFile[bytes]):
    """A buffer whose way to open a file is shared by all of its kind that open it in the same way."""

    _ways: list[dict[str, Any]] = []  # noqa: RUF012 - all share it

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        buffer: Any = self
        way = buffer._TemporaryFileArgs
        buffer._TemporaryFileArgs = next((known for known in self._ways if known == way), way)
        if buffer._TemporaryFileArgs is way:
            self._ways.append(way)


def apply(patches: Patches) -> None:
    """Keep the records of objects small."""
    make = FakeKey.__init__

    def init(self: FakeKey, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        self.__dict__ = {name: value for name, value in vars(self).items() if USUAL.get(name, _NOTHING) is not value}

    for name, usual in USUAL.items():
        patches.add(FakeKey, name, usual)
    patches.put(FakeKey, "__init__", init)
    patches.put(models, "tempfile", SimpleNamespace(SpooledTemporaryFile=Buffer))
