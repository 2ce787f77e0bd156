"""What the harness itself answers: ``/_harness/...`` and LocalStack's health."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest


def virtual_time(server: Any) -> datetime:
    return datetime.fromisoformat(json.loads(server.ask("GET", "/_harness/health")[2])["virtual_time"])


def test_health_says_what_runs_and_how_fast(server: Any) -> None:
    status, headers, body = server.ask("GET", "/_harness/health")
    said = json.loads(body)
    assert (status, headers["content-type"], said["status"], said["speed"]) == (200, "application/json", "running", 1.0)
    assert {"s3", "sqs", "lambda", "stepfunctions"} <= set(said["services"])
    assert set(said["pending"]) == {"tasks", "timers", "requests"}


def test_localstack_s_clients_find_what_they_look_for(server: Any) -> None:
    said = json.loads(server.ask("GET", "/_localstack/health")[2])
    assert said["services"]["sqs"] == "running"
    assert {"edition", "version"} <= set(said)


def test_time_jumps_and_what_falls_due_fires_at_its_own_time(server: Any) -> None:
    sqs = server.client("sqs")
    queue = sqs.create_queue(QueueName="jump")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="late", DelaySeconds=600)
    before = virtual_time(server)
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    server.advance(601)
    assert virtual_time(server) - before >= timedelta(seconds=601)
    message = sqs.receive_message(QueueUrl=queue, AttributeNames=["All"])["Messages"][0]
    assert message["Body"] == "late"


def test_mail_is_in_the_inbox(server: Any) -> None:
    sns = server.client("sns")
    topic = sns.create_topic(Name="mail")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    sns.publish(TopicArn=topic, Subject="hello", Message="there")
    server.advance(1)
    mails = json.loads(server.ask("GET", "/_harness/inbox?to=ops@example.com")[2])["messages"]
    assert [(m["subject"], m["body"]) for m in mails] == [("hello", "there")]
    assert json.loads(server.ask("GET", "/_harness/inbox?to=nobody@example.com")[2])["messages"] == []


def test_the_trace_comes_as_json_lines_from_a_number_on_and_of_one_resource(server: Any) -> None:
    server.client("sqs").create_queue(QueueName="traced")
    events = [json.loads(line) for line in server.ask("GET", "/_harness/trace")[2].splitlines()]
    call = next(e for e in events if e["who"] == "sqs.CreateQueue")
    later = [json.loads(line) for line in server.ask("GET", f"/_harness/trace?since={call['n']}")[2].splitlines()]
    assert all(e["n"] > call["n"] for e in later)
    of_it = [json.loads(line) for line in server.ask("GET", "/_harness/trace?who=sqs.CreateQueue")[2].splitlines()]
    assert {e["who"] for e in of_it} == {"sqs.CreateQueue"}


def test_reset_gives_the_account_that_was_there_at_first(start_server: Callable[..., Any]) -> None:
    served = start_server()
    served.client("sqs").create_queue(QueueName="gone-soon")
    served.advance(86_400)
    ahead = virtual_time(served)
    assert served.ask("POST", "/_harness/reset")[0] == 200
    assert "QueueUrls" not in served.client("sqs").list_queues()
    assert virtual_time(served) < ahead


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/_harness/nope", 404, "There is no /_harness/nope. There are: /_harness/health"),
        ("GET", "/_harness", 404, "There is no /_harness."),
        ("GET", "/_harness/advance", 405, "/_harness/advance takes POST, not GET."),
        ("POST", "/_harness/health", 405, "/_harness/health takes GET, not POST."),
        ("POST", "/_harness/advance", 400, "seconds must be a number of at least 0, and is not given"),
        ("POST", "/_harness/advance?seconds=-1", 400, "seconds must be a number of at least 0, and is '-1'"),
        ("POST", "/_harness/advance?seconds=nan", 400, "seconds must be"),
        ("POST", "/_harness/advance?seconds=1e12", 400, "400 days"),
        ("POST", "/_harness/advance?minutes=1", 400, '"minutes" is not known here; known: seconds.'),
        ("GET", "/_harness/trace?since=x", 400, "since must be a number"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_clear_words(
    server: Any, method: str, path: str, status: int, said: str
) -> None:
    found, headers, body = server.ask(method, path)
    assert (found, headers["content-type"]) == (status, "text/plain; charset=utf-8")
    assert said in body.decode()
