"""A bare moto with the pipeline's resources, and each handler loaded as Lambda would load it."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest
from moto import mock_aws

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "lambdas" / "csv_report" / "src"
FIXTURES = ROOT / "fixtures" / "csv_report"
HEADER = "order_id,customer_name,product,quantity,price,date\n"
GOOD = (HEADER + "1001,Alice,Widget,2,19.99,2026-01-05\n").encode()
RAW, PROCESSED = "raw-bucket", "processed-bucket"
SUBMITTED_AT = "2026-01-05T23:59:59.000Z"

Load = Callable[[str], ModuleType]


def fixture_bytes(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def context(request_id: str = "request-1") -> SimpleNamespace:
    return SimpleNamespace(aws_request_id=request_id)


def _forget_modules() -> None:
    ours = {path.name for path in SOURCE.iterdir()}
    for name in [name for name in sys.modules if name.split(".")[0] in ours]:
        del sys.modules[name]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Gives a function's ``app`` module, or any other of the source tree, freshly imported."""
    monkeypatch.setattr(sys, "path", [str(SOURCE), *sys.path])
    _forget_modules()
    yield lambda name: importlib.import_module(name)
    _forget_modules()


@dataclass
class World:
    """The resources, and what the tests ask of them."""

    s3: Any
    sqs: Any
    stepfunctions: Any
    queue_url: str
    inbox_url: str

    def upload(self, key: str, body: bytes) -> dict[str, Any]:
        """Put the object and give the event that S3 would send."""
        etag = self.s3.put_object(Bucket=RAW, Key=key, Body=body)["ETag"].strip('"')
        return event_for(key, etag)

    def keys(self, prefix: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=PROCESSED, Prefix=prefix)
        return [item["Key"] for item in listed.get("Contents", [])]

    def read(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=PROCESSED, Key=key)["Body"].read())

    def metadata(self, key: str) -> dict[str, str]:
        return dict(self.s3.head_object(Bucket=PROCESSED, Key=key)["Metadata"])

    def messages(self) -> list[dict[str, Any]]:
        """What lies in the main queue, taken out of it."""
        return self.drain(self.queue_url)

    def notifications(self) -> list[dict[str, Any]]:
        """What the topic sent since the last look, as an SQS subscriber sees it."""
        return [json.loads(message["Body"]) for message in self.drain(self.inbox_url)]

    def drain(self, url: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=0
        ).get("Messages"):
            for message in batch:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found += batch
        return found


def event_for(key: str, etag: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "eventTime": SUBMITTED_AT,
                "s3": {
                    "bucket": {"name": RAW},
                    "object": {"key": quote_plus(key, safe="/"), "eTag": etag},
                },
            }
        ]
    }


def build_world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Create the resources in the moto that is active, and name them in the environment."""
    s3, sqs, sns = boto3.client("s3"), boto3.client("sqs"), boto3.client("sns")
    s3.create_bucket(Bucket=RAW)
    s3.create_bucket(Bucket=PROCESSED)
    queue_url = sqs.create_queue(QueueName="main")["QueueUrl"]
    inbox_url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    topic_arn = sns.create_topic(Name="notifications")["TopicArn"]
    inbox = sqs.get_queue_attributes(QueueUrl=inbox_url, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=inbox["QueueArn"])
    monkeypatch.setenv("MAIN_QUEUE_URL", queue_url)
    monkeypatch.setenv("NOTIFICATION_TOPIC_ARN", topic_arn)
    monkeypatch.setenv("PROCESSED_BUCKET", PROCESSED)
    return World(s3, sqs, boto3.client("stepfunctions"), queue_url, inbox_url)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with mock_aws():
        world = build_world(monkeypatch)
        machine = world.stepfunctions.create_state_machine(
            name="ProcessCSVWorkflow",
            definition='{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}',
            roleArn="arn:aws:iam::123456789012:role/workflow",
        )
        monkeypatch.setenv("STATE_MACHINE_ARN", machine["stateMachineArn"])
        yield world


def job_fields(key: str = "uploads/sales.csv", **changes: Any) -> dict[str, Any]:
    """A job as somebody would send it by hand."""
    fields = {
        "job_id": "job-1",
        "source_bucket": RAW,
        "source_key": key,
        "destination_bucket": PROCESSED,
        "file_size_bytes": 10,
        "row_count": 1,
        "headers": HEADER.strip().split(","),
        "submitted_at": SUBMITTED_AT,
    }
    return fields | changes
