"""This file decides how much memory an object in a bucket needs beside its content, and who closes its buffer.

Upstream: moto 5.2.5 gives each object (``FakeKey``) a dictionary of forty fields, a lock, a temporary file that begins
in memory with a record of how to open it on disk, and an entry among the tagged resources, tags or none. An object that
goes before its world does warns of its buffer. Why that can't stay: that is 2.5 kB for each object, however small, and
a burst makes thousands. What we do: the same objects with slots, which share what is the same for all; small content is
kept as it is; what is not tagged is not written down; an object closes its buffer without a word when it goes.
Since: moto 4.0. Not needed any more when: ``FakeKey`` has slots.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from types import SimpleNamespace
from typing import IO, Any

from moto.s3 import models
from moto.s3.models import FakeKey
from moto.utilities.tagging_service import TaggingService

from harness.vendor.patches import Patches

_TRANSITIONS = [(None, "IN_PROGRESS"), ("IN_PROGRESS", "RESTORED")]
# It is held while a buffer is read, and nothing waits meanwhile.
_LOCK = threading.Lock()


class Buffer:
    """As ``tempfile.SpooledTemporaryFile``, as far as moto uses one: what is longer than ``max_size`` is on disk."""

    __slots__ = ("_at", "_content", "_max_size", "file")

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._content: bytes | None = b""
        self._at = 0
        self.file: IO[bytes] | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing can be read any more."""
        return self._content is None

    def seek(self, at: int) -> None:
        """Go on at this byte."""
        self._open()
        self._at = at

    def truncate(self) -> None:
        """Throw away what follows."""
        self._content = self._open()[: self._at]
        if self.file is not None:
            self.file.truncate(self._at)

    def write(self, data: bytes) -> int:
        """Put bytes here, in the place of what is there."""
        content, end = self._open(), self._at + len(data)
        if self.file is None and end > self._max_size:
            self.file = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as the object is there
            self.file.write(content)
            self._content = b""
        if self.file is not None:
            self.file.seek(self._at)
            self.file.write(data)
        else:
            self._content = content[: self._at] + data + content[end:]
        self._at = end
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """As many bytes, or all that are left."""
        content = self._open()
        if self.file is not None:
            self.file.seek(self._at)
            data = self.file.read(size)
        elif size < 0:
            data = content[self._at :]
        else:
            data = content[self._at : self._at + size]
        self._at += len(data)
        return data

    def close(self) -> None:
        """Let go of the content."""
        self._content = None
        if self.file is not None:
            self.file.close()

    def _open(self) -> bytes:
        if self._content is None:
            raise ValueError("I/O operation on closed file.")
        return self._content


class Key(FakeKey):
    """An object in a bucket."""

    __slots__ = (
        "_etag", "_expiry", "_is_versioned", "_max_buffer_size", "_metadata", "_status", "_storage_class", "_tick",
        "_time_progressed", "_transitions", "_value_buffer", "_version_id", "account_id", "acl", "bucket_key_enabled",
        "bucket_name", "checksum_algorithm", "checksum_parts", "checksum_type", "checksum_value", "contentsize",
        "disposed", "encryption", "kms_key_id", "last_modified", "lock", "lock_legal_status", "lock_mode", "lock_until",
        "model_name", "multipart", "name", "partition", "region_name", "website_redirect_location",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._transitions, self.lock = _TRANSITIONS, _LOCK
        if self.bucket_name is not None:
            # Each request has its own.
            self.bucket_name = sys.intern(self.bucket_name)

    def set_metadata(self, metadata: Any, replace: bool = False) -> None:
        """As upstream; most objects have the same, of which each request has its own."""
        super().set_metadata(metadata, replace)
        for name, value in self._metadata.items():
            if type(value) is str:
                self._metadata[name] = sys.intern(value)

    def __getstate__(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in self.__slots__ if hasattr(self, name)}
        value = b"" if self._value_buffer.closed else self.value
        del fields["_value_buffer"], fields["lock"]
        return {**vars(self), **fields, "value": value}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.lock = _LOCK
        self._value_buffer = Buffer(state["_max_buffer_size"])  # type: ignore[assignment]
        for name, value in state.items():
            setattr(self, name, value)

    def __del__(self) -> None:
        self.dispose()


def apply(patches: Patches) -> None:
    """Keep objects small."""
    original = TaggingService.tag_resource

    def tag_resource(self: TaggingService, arn: str, tags: list[dict[str, str]] | None) -> None:
        if tags or ":s3:::" not in arn:
            original(self, arn, tags)

    patches.put(models, "FakeKey", Key)
    patches.put(models, "tempfile", SimpleNamespace(SpooledTemporaryFile=Buffer))
    patches.put(TaggingService, "tag_resource", tag_resource)
