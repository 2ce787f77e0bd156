"""Messages and inputs of an exact size in bytes, which YAML cannot say well."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError


def _job(pipeline: Any, size_bytes: int) -> str:
    job = {
        "job_id": "made-by-hand",
        "source_bucket": pipeline.name("RawBucket"),
        "source_key": "uploads/by-hand.txt",
        "destination_bucket": pipeline.name("ProcessedBucket"),
        "file_size_bytes": 100,
        "row_count": 3,
        "headers": [""],
        "submitted_at": "2030-01-15T09:00:00Z",
    }
    job["headers"] = ["x" * (size_bytes - len(json.dumps(job)))]
    return json.dumps(job)


def send_job_of(pipeline: Any, size_bytes: int) -> None:
    pipeline.client("sqs").send_message(QueueUrl=pipeline.name("MainQueue"), MessageBody=_job(pipeline, size_bytes))


def _text(size_bytes: int) -> str:
    # Three bytes a letter: a limit counted in characters would let three times as much through.
    return "ก" * (size_bytes // 3) + "x" * (size_bytes % 3)


def _send_text(pipeline: Any, size_bytes: int) -> None:
    pipeline.client("sqs").send_message(QueueUrl=pipeline.name("MainQueue"), MessageBody=_text(size_bytes))


def sqs_takes_text_of(pipeline: Any, size_bytes: int) -> None:
    try:
        _send_text(pipeline, size_bytes)
    except ClientError as error:
        raise AssertionError(f"SQS refused a message of {size_bytes} bytes: {error}") from error


def sqs_refuses_text_of(pipeline: Any, size_bytes: int) -> None:
    try:
        _send_text(pipeline, size_bytes)
    except ClientError as error:
        said = error.response["Error"]["Message"]
        assert "must be shorter than 1048576 bytes" in said, said
    else:
        raise AssertionError(f"SQS took a message of {size_bytes} bytes")


def _start(pipeline: Any, size_bytes: int) -> None:
    text = json.dumps(_text(size_bytes - len('""')), ensure_ascii=False)
    pipeline.client("stepfunctions").start_execution(stateMachineArn=pipeline.arn("ProcessCsvWorkflow"), input=text)


def workflow_takes_input_of(pipeline: Any, size_bytes: int) -> None:
    try:
        _start(pipeline, size_bytes)
    except ClientError as error:
        raise AssertionError(f"Step Functions refused an input of {size_bytes} bytes: {error}") from error


def workflow_refuses_input_of(pipeline: Any, size_bytes: int) -> None:
    try:
        _start(pipeline, size_bytes)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ValidationException", error
    else:
        raise AssertionError(f"Step Functions took an input of {size_bytes} bytes")
