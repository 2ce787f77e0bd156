"""This file decides how a file that cannot be processed is kept: a copy, with the reason in its metadata.

The upload itself stays where it is: a second delivery of the same event must find it again.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from common.jobs import JobRef
from common.names import failed_keys
from common.storage import SourceChanged, error_code, owner_of

# All of an object's metadata may have 2 KB.
MAX_REASON_BYTES = 1024


def keep_failed_file(s3: Any, ref: JobRef, etag: str, code: str, reason: str) -> str:
    """The key under which the copy lies; the same one, and no second copy, however often it is asked for.

    Raises:
        SourceChanged: the content with this ETag is no longer there.
    """
    bucket = ref.destination_bucket
    for key in failed_keys(ref):
        owner = owner_of(s3, bucket, key)
        if owner is None and not _copy(s3, ref, etag, key, code, reason):
            owner = owner_of(s3, bucket, key)
            if owner is None:
                raise SourceChanged(f"s3://{ref.source_bucket}/{ref.source_key} has other content now than {etag}.")
        elif owner is None:
            return key
        if owner == ref.job_id:
            return key
    raise RuntimeError(f"Every key for the failed file of job {ref.job_id} is taken by another file.")


def metadata_text(text: str) -> str:
    """Text as it can stand in an object's metadata: ASCII, the rest percent-encoded as UTF-8, cut to fit."""
    safe = "".join(chr(c) for c in range(0x20, 0x7F) if chr(c) != "%")
    encoded = ""
    for character in text:
        piece = quote(character, safe=safe, errors="replace")
        if len(encoded) + len(piece) > MAX_REASON_BYTES:
            break
        encoded += piece
    return encoded.strip()


def _copy(s3: Any, ref: JobRef, etag: str, key: str, code: str, reason: str) -> bool:
    """False if one of the conditions did not hold: the source is the one it was, the target is not there."""
    try:
        s3.copy_object(
            Bucket=ref.destination_bucket,
            Key=key,
            CopySource={"Bucket": ref.source_bucket, "Key": ref.source_key},
            CopySourceIfMatch=f'"{etag}"',
            IfNoneMatch="*",
            MetadataDirective="REPLACE",
            Metadata={"job-id": ref.job_id, "error": code, "reason": metadata_text(reason)},
            # Copying the uploader's tags would need permission to read and write tags.
            TaggingDirective="REPLACE",
        )
    except ClientError as error:
        if error_code(error) == "PreconditionFailed":
            return False
        raise
    return True
