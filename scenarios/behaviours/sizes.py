"""Messages and batches of an exact size, which YAML cannot say well."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


def send(pipeline: Any, queue: str, letter: str, times: int) -> None:
    pipeline.client("sqs").send_message(QueueUrl=pipeline.name(queue), MessageBody=letter * times)


def send_is_refused(pipeline: Any, queue: str, letter: str, times: int) -> None:
    said = _refusal(lambda: send(pipeline, queue, letter, times))
    assert "Message must be shorter than 1048576 bytes" in said, said


def publish(pipeline: Any, topic: str, letter: str, times: int) -> None:
    pipeline.client("sns").publish(TopicArn=pipeline.arn(topic), Message=letter * times)


def publish_is_refused(pipeline: Any, topic: str, letter: str, times: int) -> None:
    said = _refusal(lambda: publish(pipeline, topic, letter, times))
    assert "Message too long" in said, said


def eleven_attributes_are_refused(pipeline: Any, queue: str) -> None:
    attributes = {f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}
    sqs, url = pipeline.client("sqs"), pipeline.name(queue)
    said = _refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="eleven", MessageAttributes=attributes))
    assert "10" in said, said


def batch_fails_for(pipeline: Any, queue: str, sizes: dict[str, int], failed: list[str]) -> None:
    entries = [{"Id": name, "MessageBody": "x" * size} for name, size in sizes.items()]
    answer = pipeline.client("sqs").send_message_batch(QueueUrl=pipeline.name(queue), Entries=entries)
    assert [one["Id"] for one in answer.get("Failed", [])] == failed, answer


def batch_of_eleven_is_refused(pipeline: Any, queue: str) -> None:
    entries = [{"Id": str(n), "MessageBody": "x"} for n in range(11)]
    sqs, url = pipeline.client("sqs"), pipeline.name(queue)
    said = _refusal(lambda: sqs.send_message_batch(QueueUrl=url, Entries=entries))
    assert "Maximum number of entries per request are 10. You have sent 11." in said, said


def _refusal(call: Any) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    raise AssertionError("AWS did not refuse")
