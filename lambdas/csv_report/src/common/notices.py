"""This file decides what the operators are told, and that they are told once for each job.

A job's notification is claimed by an object that only one delivery can create, published, and then marked
as sent. Whoever finds it sent is done. Whoever finds it claimed but not sent looks at whose claim it is.
Its own: an earlier attempt of the same delivery died on the way, and it publishes; a rare second mail is
better than a failed file nobody hears of. Another's: it leaves the matter to that one and its retries,
unless the claim is so old that all of them are over. So a second mail can only arise where an attempt is
repeated although the one before it had published: a crash between publishing and marking.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from common.jobs import JobRef
from common.storage import create_once, error_code

# SNS wants less than 100 characters (SNS-15). An emoji may be counted as two; then this still holds.
MAX_SUBJECT_UNITS = 99
# Longer than all attempts of one delivery: three of the validator, 120 s each, 60 s and 120 s apart (LAM-10).
ABANDONED_AFTER = timedelta(minutes=15)
SUCCESS = "success"
FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to the operators; ``status`` is ``success`` or ``failure``."""

    status: str
    subject: str
    text: str


def success_notice(ref: JobRef, result: dict[str, Any]) -> Notice:
    """What is said of a report: rows, revenue, where it is."""
    rows = f"Rows: {result['total_rows']}"
    if result["unreadable_rows"]:
        rows += f", of which {result['unreadable_rows']} could not be read; the result lists them"
    lines = [
        f"File: {ref.source_key}",
        rows,
        f"Total revenue: {result['total_revenue']}",
        f"Result: s3://{result['bucket']}/{result['key']}",
    ]
    return Notice(SUCCESS, _subject("CSV processed: ", ref.source_key), _text(lines, ref))


def failure_notice(ref: JobRef, failure: dict[str, Any]) -> Notice:
    """What is said of a file that was not processed: why, which columns are missing, where it went."""
    lines = [f"File: {ref.source_key}", f"Reason: {failure['reason']}"]
    if failure["missing_columns"]:
        lines.append(f"Missing columns: {', '.join(failure['missing_columns'])}")
    lines.append(f"Failed file: s3://{failure['bucket']}/{failure['key']}")
    return Notice(FAILURE, _subject("CSV failed: ", ref.source_key), _text(lines, ref))


def notify_once(s3: Any, sns: Any, topic_arn: str, ref: JobRef, delivery: str, notice: Notice) -> bool:
    """True if the notice was published now, False if it is, or will be, another delivery's.

    ``delivery`` names the execution or invocation that asks, and is the same for all its attempts.
    """
    bucket, key = ref.destination_bucket, f"notifications/{ref.job_id}.json"
    claim = {"delivery": delivery, "status": notice.status, "state": "claimed"}
    if not _claim(s3, bucket, key, claim):
        return False
    sent = sns.publish(
        TopicArn=topic_arn,
        Subject=notice.subject,
        Message=notice.text,
        MessageAttributes={
            "job_id": {"DataType": "String", "StringValue": ref.job_id},
            "status": {"DataType": "String", "StringValue": notice.status},
        },
    )
    done = {**claim, "state": "sent", "message_id": sent["MessageId"]}
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(done).encode())
    return True


def _claim(s3: Any, bucket: str, key: str, claim: dict[str, str]) -> bool:
    """True if the notification is now this delivery's to send."""
    body = json.dumps(claim).encode()
    if create_once(s3, bucket, key, body):
        return True
    existing = s3.get_object(Bucket=bucket, Key=key)
    found = json.loads(existing["Body"].read())
    if found["state"] == "sent":
        return False
    if found["delivery"] == claim["delivery"]:
        return True
    if datetime.now(UTC) - existing["LastModified"] < ABANDONED_AFTER:
        return False
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, IfMatch=existing["ETag"])
    except ClientError as error:
        # Somebody else has taken it up in this moment.
        if error_code(error) in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise
    return True


def _subject(head: str, source_key: str) -> str:
    """The head and the file's base name, its middle left out where it is too long for a subject."""
    name = _printable(source_key.rpartition("/")[2])
    room = MAX_SUBJECT_UNITS - _units(head)
    if _units(name) > room:
        tail = name[-20:]
        while _units(name) > room - 1 - _units(tail):
            name = name[:-1]
        name = f"{name}…{tail}"
    return (head + name).strip()


def _text(lines: list[str], ref: JobRef) -> str:
    return "\n".join(_printable(line) for line in [*lines, f"Job: {ref.job_id}"]) + "\n"


def _printable(text: str) -> str:
    """The text without control characters, line separators and code points that stand for nothing."""
    unwanted = ("Cc", "Cn", "Cs", "Zl", "Zp")
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in unwanted else c for c in text)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
