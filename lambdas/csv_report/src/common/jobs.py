"""This file decides what a job is, when two uploads are the same job, and which jobs are refused.

A job's id comes from bucket, key and ETag and nothing else: the same event delivered twice and the same
content uploaded twice are one job; other content under the same key is another. It becomes the execution's
name, so it keeps to what Step Functions allows there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

# An execution's input and each state's output end at 262,144 bytes, and running into that limit cannot be
# caught (SFN-02, SFN-03). A job stays well below, whoever sent it.
MAX_JOB_BYTES = 128 * 1024

# Step Functions: 1 to 80 characters, no white space, brackets, wildcards or other specials (SFN-05).
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


class InvalidJob(Exception):
    """A message is not a job."""


@dataclass(frozen=True, slots=True)
class JobRef:
    """What every step needs to know of a job: the file it is about, and where its outcome goes.

    ``submitted_at`` is an ISO 8601 time; its day in UTC is the day in the outcome's key.
    """

    job_id: str
    source_bucket: str
    source_key: str
    destination_bucket: str
    submitted_at: str

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> JobRef:
        """The reference in an earlier step's output.

        Raises:
            KeyError: a field is missing.
        """
        return cls(*(value[name] for name in cls.__slots__))

    def as_dict(self) -> dict[str, str]:
        """The reference as it travels through the workflow."""
        return asdict(self)

    @property
    def day(self) -> str:
        """The day on which the job was submitted, as ``YYYY/MM/DD``."""
        return parse_time(self.submitted_at).strftime("%Y/%m/%d")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it lies in the main queue.

    ``source_etag`` pins the content; a job sent by hand may leave it out and takes what lies there.
    """

    ref: JobRef
    file_size_bytes: int
    row_count: int
    headers: list[str]
    source_etag: str | None = None

    def to_json(self) -> str:
        """The message's body. Plain ASCII, since SQS refuses some characters that a header may contain."""
        fields: dict[str, Any] = {
            "job_id": self.ref.job_id,
            "source_bucket": self.ref.source_bucket,
            "source_key": self.ref.source_key,
            "destination_bucket": self.ref.destination_bucket,
            "file_size_bytes": self.file_size_bytes,
            "row_count": self.row_count,
            "headers": self.headers,
            "submitted_at": self.ref.submitted_at,
        }
        if self.source_etag is not None:
            fields["source_etag"] = self.source_etag
        return json.dumps(fields)

    @classmethod
    def from_json(cls, body: str) -> Job:
        """The job in a message's body.

        Raises:
            InvalidJob: the body is not JSON, or is not a job.
        """
        try:
            value = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise InvalidJob(f"The body is not JSON: {error}") from error
        return cls.from_dict(value)

    @classmethod
    def from_dict(cls, value: Any) -> Job:
        """The job in a decoded body or an execution's input.

        Raises:
            InvalidJob: a field is missing, of another type, or out of bounds.
        """
        if not isinstance(value, dict):
            raise InvalidJob(f"A job is an object; this is {type(value).__name__}.")
        ref = JobRef(*(_text(value, name) for name in JobRef.__slots__))
        if not _JOB_ID.fullmatch(ref.job_id):
            raise InvalidJob('"job_id" must be 1 to 80 letters, digits, "-" or "_".')
        try:
            parse_time(ref.submitted_at)
        except (ValueError, OverflowError) as error:
            raise InvalidJob('"submitted_at" must be an ISO 8601 time.') from error
        headers = value.get("headers")
        if not isinstance(headers, list) or not all(isinstance(name, str) for name in headers):
            raise InvalidJob('"headers" must be a list of strings.')
        etag = _text(value, "source_etag") if value.get("source_etag") is not None else None
        job = cls(ref, _count(value, "file_size_bytes"), _count(value, "row_count"), headers, etag)
        if len(job.to_json()) > MAX_JOB_BYTES:
            raise InvalidJob(f"The job is larger than {MAX_JOB_BYTES} bytes.")
        return job


def make_job_id(bucket: str, key: str, etag: str) -> str:
    """The id of the job that this content under this key is. Rules: see the module."""
    # A key can contain any separator; the lengths keep ("a", "bc") and ("ab", "c") apart.
    identity = "".join(f"{len(part)}:{part}" for part in (bucket, key, etag))
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def parse_time(text: str) -> datetime:
    """The time in UTC; a time that names no zone is taken to be UTC.

    Raises:
        ValueError: it is not an ISO 8601 time.
    """
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise InvalidJob(f'"{name}" must be a text that is not empty.')
    return found


def _count(value: dict[str, Any], name: str) -> int:
    found = value.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise InvalidJob(f'"{name}" must be a whole number, zero or more.')
    return found
