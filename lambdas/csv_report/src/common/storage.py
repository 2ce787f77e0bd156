"""This file decides how objects are read at one fixed content, and how one is written only once."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

_CONFLICT_ATTEMPTS = 3


class SourceGone(Exception):
    """The uploaded file is no longer there."""


class SourceChanged(Exception):
    """Other content has been uploaded under the same key."""


def error_code(error: ClientError) -> str:
    """AWS's code of an error, for example ``NoSuchKey``."""
    return str(error.response.get("Error", {}).get("Code", ""))


def open_source(s3: Any, bucket: str, key: str, etag: str | None) -> dict[str, Any]:
    """S3's answer to GetObject, for exactly the content with this ETag (for what lies there, if None).

    Raises:
        SourceGone: there is no such object.
        SourceChanged: there is one, with another ETag.
    """
    condition = {} if etag is None else {"IfMatch": f'"{etag}"'}
    try:
        response: dict[str, Any] = s3.get_object(Bucket=bucket, Key=key, **condition)
    except ClientError as error:
        if error_code(error) == "NoSuchKey":
            raise SourceGone(f"s3://{bucket}/{key} is no longer there.") from error
        if error_code(error) == "PreconditionFailed":
            raise SourceChanged(f"s3://{bucket}/{key} has other content now than {etag}.") from error
        raise
    return response


def etag_of(response: dict[str, Any]) -> str:
    """The ETag in an answer of S3, without the quotes, as events carry it."""
    return str(response["ETag"]).strip('"')


def create_once(s3: Any, bucket: str, key: str, body: Any, **options: Any) -> bool:
    """True if this call created the object, False if the key was taken; never overwrites."""
    for attempt in range(1, _CONFLICT_ATTEMPTS + 1):
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*", **options)
            return True
        except ClientError as error:
            if error_code(error) == "PreconditionFailed":
                return False
            # Another conditional write to this key is under way; S3 asks to try again.
            if error_code(error) != "ConditionalRequestConflict" or attempt == _CONFLICT_ATTEMPTS:
                raise
            if hasattr(body, "seek"):
                body.seek(0)
    raise AssertionError("unreachable")


def owner_of(s3: Any, bucket: str, key: str) -> str | None:
    """The id of the job that wrote an outcome, "" if none is noted there, None if there is no such object."""
    try:
        response = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchKey"):
            return None
        raise
    return str(response["Metadata"].get("job-id", ""))
