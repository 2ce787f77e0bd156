"""Names that name nothing are told before the first step, all of them, each at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.act.names import check_names
from harness.errors import ScenarioError
from harness.scenario.load import load_file
from harness.world.stack import Resource, Stack

STACK = Stack(
    "app",
    "us-east-1",
    "123456789012",
    {
        "Raw": Resource("Raw", "AWS::S3::Bucket", "raw"),
        "Main": Resource("Main", "AWS::SQS::Queue", "https://main"),
        "Worker": Resource("Worker", "AWS::Lambda::Function", "worker"),
    },
)
TEXT = """\
pipeline: .
name: x
disturb:
  - fail: {function: %s}
  - deliver_twice: {queue: %s}
when:
  - upload: {bucket: %s, key: k, text: t}
  - repeat:
      times: 2
      steps:
        - send: {queue: %s, body: "{n}"}
  - redeliver: {object: {bucket: %s, key: k}}
then:
  - queue: {name: %s, messages: 0}
  - accounted_for:
      uploads: {bucket: Raw}
      exactly_one_of:
        - object: {bucket: Raw, key: "done/{file}"}
        - queue: {name: %s}
"""
GOOD = ("Worker", "Main", "Raw", "Main", "Raw", "Main", "Main")


def check(folder: Path, *names: str) -> None:
    path = folder / "s.yaml"
    path.write_text(TEXT % names)
    check_names(STACK, load_file(path)[0])


def test_names_that_are_the_template_s_pass(tmp_path: Path) -> None:
    check(tmp_path, *GOOD)


def test_one_unknown_name_is_told_at_its_key_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        check(tmp_path, "Worker", "Main", "Rwa", *GOOD[3:])
    assert str(caught.value) == (
        f'{tmp_path}/s.yaml:7  when[0].upload.bucket: The template has no resource "Rwa" of type AWS::S3::Bucket.\n'
        '  Did you mean "Raw"?'
    )


def test_all_unknown_names_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        check(tmp_path, *(name + "X" for name in GOOD))
    places = [line.strip().partition(": The")[0].rpartition("  ")[2] for line in str(caught.value).splitlines()[1:]]
    assert places == [
        "disturb[0].fail.function",
        "disturb[1].deliver_twice.queue",
        "when[0].upload.bucket",
        "when[1].repeat.steps[0].send.queue",
        "when[2].redeliver.object.bucket",
        "then[0].queue.name",
        "then[1].accounted_for.exactly_one_of[1].queue.name",
    ]
