"""This file decides whether an uploaded file becomes a job.

S3 calls it asynchronously and at least once. What it does for a file, it does again without effect: the
job's id and the time of its submission are fixed by whoever came first, and the rest follows from these.
"""

from __future__ import annotations

import json
import os
from contextlib import closing
from typing import Any
from urllib.parse import unquote_plus

import boto3
from common.csvfile import Rejected, count_rows, read_table
from common.failed_files import keep_failed_file
from common.jobs import Job, JobRef, make_job_id
from common.logs import get_logger, record
from common.notices import failure_notice, notify_once
from common.storage import SourceChanged, SourceGone, create_once, etag_of, open_source

MAIN_QUEUE_URL = os.environ["MAIN_QUEUE_URL"]
NOTIFICATION_TOPIC_ARN = os.environ["NOTIFICATION_TOPIC_ARN"]
PROCESSED_BUCKET = os.environ["PROCESSED_BUCKET"]

s3 = boto3.client("s3")
sqs = boto3.client("sqs")
sns = boto3.client("sns")
log = get_logger("csv_validator")


def handler(event: dict[str, Any], context: Any) -> None:
    # The test event that S3 sends when notifications are set up has no records (S3E-07).
    for notification in event.get("Records", []):
        _validate(notification, context.aws_request_id)


def _validate(notification: dict[str, Any], delivery: str) -> None:
    bucket = notification["s3"]["bucket"]["name"]
    key = unquote_plus(notification["s3"]["object"]["key"])  # form-encoded (S3E-05)
    try:
        source = open_source(s3, bucket, key, notification["s3"]["object"].get("eTag"))
    except SourceGone:
        log.warning(record("upload withdrawn before it was read", bucket=bucket, key=key))
        return
    except SourceChanged:
        # The newer upload has an event of its own.
        log.warning(record("upload replaced before it was read", bucket=bucket, key=key))
        return
    etag = etag_of(source)
    with closing(source["Body"]) as body:
        ref = _remember(bucket, key, etag, notification["eventTime"])
        try:
            table = read_table(body)
            row_count = count_rows(table)
        except Rejected as rejected:
            _reject(ref, etag, rejected, delivery)
            return
    _send(Job(ref, source["ContentLength"], row_count, table.header, etag))


def _remember(bucket: str, key: str, etag: str, event_time: str) -> JobRef:
    """The job's reference; a job seen before keeps the time at which it was first submitted.

    Without that, the same file uploaded again after midnight would be stored under another day.
    """
    job_id = make_job_id(bucket, key, etag)
    ref = JobRef(job_id, bucket, key, PROCESSED_BUCKET, event_time)
    record_key = f"jobs/{job_id}.json"
    if create_once(s3, PROCESSED_BUCKET, record_key, json.dumps(ref.as_dict()).encode()):
        return ref
    return JobRef.from_dict(json.loads(s3.get_object(Bucket=PROCESSED_BUCKET, Key=record_key)["Body"].read()))


def _reject(ref: JobRef, etag: str, rejected: Rejected, delivery: str) -> None:
    failed_key = keep_failed_file(s3, ref, etag, rejected.code, rejected.reason)
    failure = {
        "reason": rejected.reason,
        "missing_columns": [],
        "bucket": ref.destination_bucket,
        "key": failed_key,
    }
    notified = notify_once(s3, sns, NOTIFICATION_TOPIC_ARN, ref, delivery, failure_notice(ref, failure))
    fields = {"error": rejected.code, **failure, "notified": notified}
    log.warning(record("file rejected", job_id=ref.job_id, source_key=ref.source_key, **fields))


def _send(job: Job) -> None:
    sqs.send_message(
        QueueUrl=MAIN_QUEUE_URL,
        MessageBody=job.to_json(),
        MessageAttributes={"job_type": {"DataType": "String", "StringValue": "csv_processing"}},
    )
    log.info(record("job sent", job_id=job.ref.job_id, source_key=job.ref.source_key, rows=job.row_count))
