"""This file decides under which keys a job's outcome is stored.

``<name>`` is the source key below ``uploads/`` with its folders, so ``uploads/north/sales.csv`` and
``uploads/south/sales.csv`` do not meet. Other content uploaded under the same key on the same day does: the
first job to get there has the plain name, a later one has its job id in the name. Nothing is ever
overwritten.
"""

from __future__ import annotations

from common.jobs import JobRef

UPLOAD_PREFIX = "uploads/"
MAX_KEY_BYTES = 1024


def result_keys(ref: JobRef) -> list[str]:
    """The keys to try for a job's report, best first."""
    name = ref.source_key.removeprefix(UPLOAD_PREFIX)
    stem = name[: -len(".csv")] if name.lower().endswith(".csv") else name
    folder = f"processed/{ref.day}/"
    return [_fit(folder, stem, "_result.json"), _fit(folder, stem, f".{ref.job_id}_result.json")]


def failed_keys(ref: JobRef) -> list[str]:
    """The keys to try for a file that could not be processed, best first."""
    name = ref.source_key.removeprefix(UPLOAD_PREFIX)
    stem, dot, extension = name.rpartition(".")
    if not dot or "/" in extension:
        stem, extension = name, ""
    folder = f"failed/{ref.day}/"
    return [
        _fit(folder, stem, dot and f".{extension}"),
        _fit(folder, stem, f".{ref.job_id}.{extension}".rstrip(".")),
    ]


def _fit(folder: str, stem: str, ending: str) -> str:
    """The key; the stem is cut where the whole would be longer than S3 allows."""
    room = MAX_KEY_BYTES - len((folder + ending).encode())
    return folder + stem.encode()[:room].decode(errors="ignore") + ending
