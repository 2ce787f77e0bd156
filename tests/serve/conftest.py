"""A server as a user starts it, for the tests of this folder: in a process of its own, on any free port."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config


@dataclass
class Served:
    """A ``harness up`` that runs."""

    process: subprocess.Popen[str]
    url: str
    said: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}),
        )

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """A plain HTTP request: status, headers by their small names, body."""
        connection = http.client.HTTPConnection("127.0.0.1", int(self.url.rpartition(":")[2]), timeout=120)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def advance(self, seconds: float) -> Any:
        status, _, body = self.ask("POST", f"/_harness/advance?seconds={seconds}")
        assert status == 200, body
        return json.loads(body)

    def outputs(self) -> dict[str, str]:
        """The stack's outputs, as they were said."""
        said = (re.match(r" *Output (\w+) = (\S+)", line) for line in self.said)
        return {found[1]: found[2] for found in said if found}

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C, or another signal; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.said += self.process.communicate(timeout=30)[0].splitlines()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode


def start(*arguments: str) -> Served:
    command = [sys.executable, "-W", "error", "-m", "harness", "up", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.rstrip())
        ready = re.match(r"Ready on (http://\S+)", line)
        if ready:
            return Served(process, ready[1], said)
    raise AssertionError("it never became ready:\n" + "\n".join(said))


@pytest.fixture
def start_server() -> Iterator[Callable[..., Served]]:
    """Starts servers; those that still run are stopped in the end."""
    started: list[Served] = []

    def begin(*arguments: str) -> Served:
        started.append(start(*arguments))
        return started[-1]

    yield begin
    for served in started:
        served.stop()


@pytest.fixture(scope="session")
def app() -> Iterator[Served]:
    """One server with the template of ``app/``."""
    served = start(str(Path(__file__).parent / "app"))
    yield served
    served.stop()


@pytest.fixture(scope="session")
def server() -> Iterator[Served]:
    """One server with an empty account, for all tests that name their resources for themselves."""
    served = start("--quiet")
    yield served
    served.stop()
