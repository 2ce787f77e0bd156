"""The line a failure ends with is tested by using it: in another process, under another hash seed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from tests.acceptance.stub import load_plugin

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead:
    Type: AWS::SQS::Queue
  Main:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: worker/
      Handler: app.handler
      Runtime: python3.11
      Timeout: 5
      Events:
        Main: {Type: SQS, Properties: {Queue: !GetAtt Main.Arn, BatchSize: 2}}
"""

HANDLER = """\
import json

def handler(event, context):
    for record in event["Records"]:
        print(json.loads(record["body"]))
"""

SCENARIO = """\
pipeline: lambdas/jobs
name: two poison messages and a "good" one
when:
  - send: {queue: Main, body: "not json"}
  - send: {queue: Main, body: {id: 1}}
  - send: {queue: Main, body: "nor this"}
then:
  - queue: {name: Dead, messages: 0}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "lambdas/jobs/template.yaml": TEMPLATE,
        "lambdas/jobs/worker/app.py": HANDLER,
        "scenarios/poison.yaml": SCENARIO,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def run(project: Path, arguments: list[str], hash_seed: str) -> str:
    """What ``python -m`` prints; it must have failed an expectation and nothing else."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(harness.__file__).parent.parent),
        "PYTHONHASHSEED": hash_seed,
        "CI": "true",  # where pytest cuts no line short
    }
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def traces(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def replay(output: str) -> list[str]:
    (line,) = [line for line in output.splitlines() if "replay: " in line]
    return shlex.split(line.partition("replay: ")[2])


@pytest.mark.parametrize("seed", [[], ["--seed", "7"]], ids=["plain", "drawn"])
def test_the_line_of_the_command_line_gives_the_same_trace_byte_for_byte(project: Path, seed: list[str]) -> None:
    first = run(project, ["harness", "run", "--trace", "first", *seed], "1")
    run(project, [*replay(first), "--trace", "second"], "2")
    assert traces(project / "first") == traces(project / "second")
    assert len(traces(project / "first")[0].splitlines()) > 10


def test_the_line_of_pytest_gives_the_same_story(project: Path) -> None:
    options = ["-p", "no:cacheprovider", *load_plugin()]
    first = run(project, ["pytest", *options, "scenarios", "--seed", "7"], "1")
    words = replay(first)
    assert words[0] == "pytest"
    second = run(project, ["pytest", *options, *words[1:]], "2")
    told = [out[out.index("scenarios/poison.yaml:8  then:") : out.index("seed 7")] for out in (first, second)]
    assert told[0] == told[1]
