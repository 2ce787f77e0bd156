"""This file decides where a report is written, and that a job has one report however often it is asked."""

from __future__ import annotations

import tempfile
from contextlib import closing
from typing import IO, Any

import boto3
from common.csvfile import read_table
from common.jobs import JobRef
from common.logs import get_logger, record
from common.names import result_keys
from common.storage import create_once, open_source, owner_of

from transform_data.report import SPOOL_BYTES, write_report

s3 = boto3.client("s3")
log = get_logger("transform_data")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    ref = JobRef.from_dict(event["job"])
    file = event["file"]
    source = open_source(s3, file["bucket"], file["key"], file["etag"])
    with closing(source["Body"]) as body, tempfile.SpooledTemporaryFile(SPOOL_BYTES) as report:
        summary = write_report(report, ref, read_table(body))
        key = _store(ref, report)
    result = {
        "bucket": ref.destination_bucket,
        "key": key,
        "total_rows": summary.total_rows,
        "unreadable_rows": summary.unreadable_rows,
        # A text: Step Functions reads numbers as floats.
        "total_revenue": str(summary.total_revenue),
    }
    log.info(record("report written", job_id=ref.job_id, **result))
    return {"job": ref.as_dict(), "result": result}


def _store(ref: JobRef, report: IO[bytes]) -> str:
    """The key under which the job's report lies, written now or by an earlier attempt."""
    for key in result_keys(ref):
        report.seek(0)
        options = {"ContentType": "application/json", "Metadata": {"job-id": ref.job_id}}
        if create_once(s3, ref.destination_bucket, key, report, **options):
            return key
        if owner_of(s3, ref.destination_bucket, key) == ref.job_id:
            return key
    raise RuntimeError(f"Every key for the report of job {ref.job_id} is taken by another report.")
