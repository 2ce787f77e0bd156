"""This file decides what the workflow knows of a file: pointers, counts and the header, never rows.

It gives the later steps everything they look for by a path: a path that leads nowhere ends an execution in a
way that cannot be caught (SFN-03).
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import boto3
from common.csvfile import count_rows, read_table
from common.jobs import Job
from common.logs import get_logger, record
from common.storage import etag_of, open_source

s3 = boto3.client("s3")
log = get_logger("parse_csv")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    job = Job.from_dict(event)
    ref = job.ref
    source = open_source(s3, ref.source_bucket, ref.source_key, job.source_etag)
    with closing(source["Body"]) as body:
        table = read_table(body)
        row_count = count_rows(table)
    log.info(record("file parsed", job_id=ref.job_id, source_key=ref.source_key, rows=row_count))
    return {
        "job": ref.as_dict(),
        "file": {
            "bucket": ref.source_bucket,
            "key": ref.source_key,
            "etag": etag_of(source),
            "size_bytes": source["ContentLength"],
            "row_count": row_count,
            "headers": table.header,
        },
    }
