"""A server killed in the middle of a burst, several times on one folder: what was acknowledged is there, all of it."""

from __future__ import annotations

import contextlib
import io
import json
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

Start = Callable[..., Any]

ROLE = "arn:aws:iam::123456789012:role/any"
QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:"
# Each message becomes an object; in between the process is sometimes slow, so that a kill finds it at work.
WORKER = """
import time
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        s3.put_object(Bucket="out", Key=record["body"], Body=b"begun")
        time.sleep(0.02)
        s3.put_object(Bucket="out", Key=record["body"], Body=b"done")
"""
CLIENTS = 4


def archive(source: str) -> bytes:
    """A zip with one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("app.py", source)
    return file.getvalue()


def killed(served: Any) -> None:
    served.process.kill()
    served.process.wait()
    served.process.stdout.close()


class Ledger:
    """What clients were told: what is to be there, and what must not be."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.put: set[str] = set()
        self.deleted: set[str] = set()
        # Neither told to be gone nor to be there: the server was killed before it answered.
        self.open: set[str] = set()
        self.items: set[str] = set()
        self.lock = threading.Lock()
        self.acknowledged = 0

    def note(self, where: set[str], name: str) -> None:
        with self.lock:
            where.add(name)
            self.acknowledged += 1


def build(served: Any) -> None:
    """A queue whose function writes objects, a bucket that tells a queue, a table, a schedule."""
    sqs, s3, events = served.client("sqs"), served.client("s3"), served.client("events")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = served.client("iam")
    iam.create_role(RoleName="any", AssumeRolePolicyDocument=policy)
    everything = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    iam.put_role_policy(RoleName="any", PolicyName="all", PolicyDocument=everything)
    for name in ("jobs", "news", "ticks"):
        allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE_ARN + name}
        attributes = {
            "VisibilityTimeout": "60",
            "Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
        }
        sqs.create_queue(QueueName=name, Attributes=attributes)
    for name in ("files", "out"):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_notification_configuration(
        Bucket="files",
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": f"{QUEUE_ARN}news", "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    served.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    served.client("lambda").create_function(
        FunctionName="worker", Runtime="python3.12", Role=ROLE, Handler="app.handler", Timeout=10, MemorySize=256,
        Code={"ZipFile": archive(WORKER)},
    )  # fmt: skip
    served.advance(2)
    served.client("lambda").create_event_source_mapping(FunctionName="worker", EventSourceArn=f"{QUEUE_ARN}jobs")
    events.put_rule(Name="tick", ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule="tick", Targets=[{"Id": "q", "Arn": f"{QUEUE_ARN}ticks"}])


def burst(served: Any, ledger: Ledger, round_number: int, until: int) -> None:
    """Clients that write until so many writes are acknowledged; then the server is killed under them."""
    enough = threading.Event()

    def one(client: int) -> None:
        sqs, s3, table = served.client("sqs"), served.client("s3"), served.client("dynamodb")
        jobs = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
        ready.wait()
        with contextlib.suppress(BotoCoreError, ClientError, OSError):
            for number in range(10_000):
                name = f"{round_number}-{client}-{number}"
                sqs.send_message(QueueUrl=jobs, MessageBody=name, DelaySeconds=(number % 3) * 40)
                ledger.note(ledger.sent, name)
                s3.put_object(Bucket="files", Key=name, Body=name.encode() * (30_000 if number == 5 else 10))
                ledger.note(ledger.put, name)
                table.put_item(TableName="orders", Item={"id": {"S": name}})
                ledger.note(ledger.items, name)
                if number % 4 == 1:
                    ledger.open.add(name)
                    s3.delete_object(Bucket="files", Key=name)
                    ledger.note(ledger.deleted, name)
                    ledger.open.discard(name)
                if ledger.acknowledged >= until:
                    enough.set()

    ready = threading.Barrier(CLIENTS)
    with ThreadPoolExecutor(CLIENTS) as pool:
        for client in range(CLIENTS):
            pool.submit(one, client)
        assert enough.wait(60)
        killed(served)


def keys(s3: Any, bucket: str) -> dict[str, int]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", [])}


def drained(sqs: Any, name: str) -> list[str]:
    url, bodies = sqs.get_queue_url(QueueName=name)["QueueUrl"], []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


@pytest.mark.parametrize("seed", ["0", "7"])
def test_a_server_killed_in_a_burst_loses_nothing_that_was_acknowledged(
    start_server: Start, tmp_path: Path, seed: str
) -> None:
    arguments = ("--state", str(tmp_path), "--seed", seed, "--quiet", "--processes", "2")
    ledger = Ledger()
    served = start_server(*arguments)
    build(served)
    for round_number in range(3):
        burst(served, ledger, round_number, until=ledger.acknowledged + 60)
        served = start_server(*arguments)
        there = keys(served.client("s3"), "files")
        expected = ledger.put - ledger.deleted - ledger.open
        assert expected <= set(there)
        assert not ledger.deleted & set(there)
        pages = served.client("dynamodb").get_paginator("scan").paginate(TableName="orders")
        assert ledger.items <= {item["id"]["S"] for page in pages for item in page["Items"]}
    for _ in range(4):
        served.advance(60)
    done = {key for key, size in keys(served.client("s3"), "out").items() if size == len(b"done")}
    assert ledger.sent <= done
    news = {record["s3"]["object"]["key"] for body in drained(served.client("sqs"), "news")
            for record in json.loads(body).get("Records", [])}  # fmt: skip
    assert ledger.put <= news
    assert len(drained(served.client("sqs"), "ticks")) >= 4
    assert served.stop() == 0
    assert not [line for line in served.said if "A fault of the harness" in line]
