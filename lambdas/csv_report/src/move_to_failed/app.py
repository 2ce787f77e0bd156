"""This file decides what becomes of a file without the columns a report needs: it is kept with the reason."""

from __future__ import annotations

from typing import Any

import boto3
from common.failed_files import keep_failed_file
from common.jobs import JobRef
from common.logs import get_logger, record

s3 = boto3.client("s3")
log = get_logger("move_to_failed")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    ref = JobRef.from_dict(event["job"])
    schema = event["checks"]["schema"]
    key = keep_failed_file(s3, ref, event["file"]["etag"], "BadSchema", schema["reason"])
    failure = {
        "reason": schema["reason"],
        "missing_columns": schema["missing_columns"],
        "bucket": ref.destination_bucket,
        "key": key,
    }
    log.warning(record("file failed", job_id=ref.job_id, source_key=ref.source_key, **failure))
    return {"job": ref.as_dict(), "failure": failure}
