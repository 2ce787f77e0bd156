"""A consumer outside of Lambda that keeps the receipt handle of what it received first."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

_handles: list[str] = []


def receive(pipeline: Any, queue: str) -> None:
    answer = pipeline.client("sqs").receive_message(QueueUrl=pipeline.name(queue))
    _handles.extend(message["ReceiptHandle"] for message in answer["Messages"])


def delete_with_first_handle(pipeline: Any, queue: str) -> None:
    pipeline.client("sqs").delete_message(QueueUrl=pipeline.name(queue), ReceiptHandle=_handles[0])


def delete_is_refused(pipeline: Any, queue: str, says: str) -> None:
    try:
        delete_with_first_handle(pipeline, queue)
    except ClientError as error:
        assert says in error.response["Error"]["Message"], error
    else:
        raise AssertionError("the delete was accepted")


def prolong(pipeline: Any, queue: str, seconds: int) -> None:
    pipeline.client("sqs").change_message_visibility(
        QueueUrl=pipeline.name(queue), ReceiptHandle=_handles[0], VisibilityTimeout=seconds
    )


def prolonging_is_refused(pipeline: Any, queue: str, seconds: int, says: str) -> None:
    try:
        prolong(pipeline, queue, seconds)
    except ClientError as error:
        assert says in error.response["Error"]["Message"], error
    else:
        raise AssertionError("the longer visibility timeout was accepted")


def poll(pipeline: Any, queue: str, wait_seconds: int, finds: int) -> None:
    answer = pipeline.client("sqs").receive_message(QueueUrl=pipeline.name(queue), WaitTimeSeconds=wait_seconds)
    found = len(answer.get("Messages", []))
    assert found == finds, f"a poll of {wait_seconds} s found {found} messages"
