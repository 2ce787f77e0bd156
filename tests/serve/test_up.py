"""``harness up`` from outside: it begins, serves and ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from harness.cli import main

POLLS = 60

# Two worlds after one another in one process, with the second one's account empty, then a scenario's world.
TWICE = """
import os, signal, socket, sys
from harness.serve.up import Wanted, up
from harness.vendor import sqs_queue
from moto.sqs import models

before, sleep = models.Queue, __import__("time").sleep
said = []
def say(text):
    said.append(text)
    if text.startswith("Ready on"):
        os.kill(os.getpid(), signal.SIGINT)
handlers = signal.getsignal(signal.SIGINT)
for _ in range(2):
    up(Wanted(port=0), say)
assert models.Queue is before and __import__("time").sleep is sleep, "something was not undone"
assert signal.getsignal(signal.SIGINT) is handlers
assert sum(text.startswith("Ready on") for text in said) == 2
print("both ended")
"""


def test_a_message_sent_by_one_client_ends_the_long_poll_of_another(server: Any) -> None:
    sqs = server.client("sqs")
    queue = sqs.create_queue(QueueName="long-poll")["QueueUrl"]
    received: list[Any] = []

    def poll() -> None:
        received.append(server.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20))

    waiting = threading.Thread(target=poll)
    waiting.start()
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    waiting.join()
    assert [m["Body"] for m in received[0]["Messages"]] == ["hello"]


def test_sixty_long_polls_at_once_keep_nobody_else_waiting(server: Any) -> None:
    """And each message reaches one of them."""
    sqs = server.client("sqs")
    queue = sqs.create_queue(QueueName="many-polls")["QueueUrl"]
    clients = [server.client("sqs") for _ in range(POLLS)]
    bodies: list[str] = []

    def poll(client: Any) -> None:
        messages = client.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
        bodies.extend(m["Body"] for m in messages)

    threads = [threading.Thread(target=poll, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    while json.loads(server.ask("GET", "/_harness/health")[2])["pending"]["requests"] < POLLS:
        pass
    for number in range(POLLS):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    for thread in threads:
        thread.join()
    assert sorted(bodies, key=int) == [str(number) for number in range(POLLS)]


def test_a_queue_s_url_is_where_the_client_found_the_server(server: Any) -> None:
    url = server.client("sqs").create_queue(QueueName="its-url")["QueueUrl"]
    assert url == f"{server.url}/123456789012/its-url"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_exit_code_0_and_answers_who_waits(
    start_server: Callable[..., Any], number: signal.Signals
) -> None:
    served = start_server()
    sqs = served.client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    refused: list[int] = []

    def poll() -> None:
        try:
            served.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)
        except ClientError as error:
            refused.append(error.response["ResponseMetadata"]["HTTPStatusCode"])

    waiting = threading.Thread(target=poll)
    waiting.start()
    while b"sqs.ReceiveMessage" not in served.ask("GET", "/_harness/trace")[2]:
        pass
    assert served.stop(number) == 0
    waiting.join()
    assert refused == [503]
    assert not [line for line in served.said if "Traceback" in line or "Warning" in line]


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself Ctrl-C there")
def test_another_world_can_follow_in_the_same_process() -> None:
    command = [sys.executable, "-W", "error", "-c", TWICE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("both ended\n", "")


def test_it_says_what_stands_and_what_happens(app: Any) -> None:
    said = "\n".join(app.said)
    assert "Echo               AWS::Lambda::Function     echo" in said
    assert f"export AWS_ENDPOINT_URL={app.url}" in said
    assert f'eval "$(harness env --port {app.url.rpartition(":")[2]})"' in said


def test_what_happens_is_told_line_by_line_unless_it_should_be_quiet(start_server: Callable[..., Any]) -> None:
    folder = str(Path(__file__).parent / "app")
    told = {}
    for arguments in ((), ("--quiet",)):
        served = start_server(folder, *arguments)
        served.client("lambda").invoke(FunctionName="echo", Payload=b"{}")
        served.stop()
        told[arguments] = [line.split("  ", 1)[1] for line in served.said if line[:2].isdigit()]
    assert told[()] == ["invoke   Echo  started", "invoke   Echo  succeeded"]
    assert told["--quiet",] == []


def test_speed_lets_an_hour_pass_in_a_moment(start_server: Callable[..., Any]) -> None:
    served = start_server("--speed", "100000")
    sqs = served.client("sqs")
    queue = sqs.create_queue(QueueName="q", Attributes={"DelaySeconds": "900"})["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="late")
    found: list[Any] = []
    while not found:
        found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20).get("Messages", [])
    assert found[0]["Body"] == "late"


def test_cloudformation_s_api_says_how_to_deploy_instead(server: Any) -> None:
    with pytest.raises(ClientError) as refused:
        server.client("cloudformation").create_stack(StackName="s", TemplateBody="{}")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "harness up template.yaml" in refused.value.response["Error"]["Message"]


def harness(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def test_a_port_that_is_taken_is_an_error_that_says_who_to_ask() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = harness("up", "--port", str(port))
    assert done.exit_code == 2
    assert f"Port {port} of 127.0.0.1 is taken" in done.stderr
    assert f"lsof -i :{port}" in done.stderr


def test_a_host_that_is_not_this_machine_s_and_a_template_that_is_none_are_refused() -> None:
    assert '"192.0.2.1" is no address of this machine' in harness("up", "--host", "192.0.2.1", "--port", "0").stderr
    assert harness("up", "no-such-folder", "--port", "0").exit_code == 2
    overrides = ("--parameter-overrides", "Stage=x")
    refused = harness("up", str(Path(__file__).parent / "app"), "--port", "0", *overrides)
    assert (refused.exit_code, "Stage" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("shell", "first"),
    [
        ("sh", "export AWS_ENDPOINT_URL=http://localhost:5000"),
        ("fish", "set -gx AWS_ENDPOINT_URL http://localhost:5000;"),
        ("powershell", "$env:AWS_ENDPOINT_URL = 'http://localhost:5000'"),
    ],
)
def test_env_prints_what_a_client_s_shell_needs(shell: str, first: str) -> None:
    lines = harness("env", "--port", "5000", "--shell", shell).stdout.splitlines()
    assert lines[0] == first
    assert len(lines) == 5


def test_env_takes_the_shell_that_runs_it() -> None:
    assert harness("env", SHELL="/usr/bin/fish").stdout.startswith("set -gx ")
    assert harness("env", SHELL="/bin/bash").stdout.startswith("export ")
