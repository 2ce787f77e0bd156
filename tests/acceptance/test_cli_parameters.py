from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.cli_parameters import read_overrides

TEMPLATE = """\
Parameters:
  Delay: {Type: Number, Default: 0, MaxValue: 900}
  Stage: {Type: String, Default: dev}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Ref Delay
      QueueName: !Sub "jobs-${Stage}"
"""
SCENARIO = """\
pipeline: lambdas/pipe
name: a message waits
parameters: {Delay: 901}
when:
  - send: {queue: Jobs, body: x}
then:
  - queue: {name: Jobs, messages: 1}
---
pipeline: lambdas/pipe
name: it fails
when:
  - send: {queue: Jobs, body: x}
then:
  - queue: {name: Jobs, messages: 0}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "lambdas" / "pipe").mkdir(parents=True)
    (tmp_path / "lambdas" / "pipe" / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "a.yaml").write_text(SCENARIO)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def harness(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["A=1", "B=2"], {"A": "1", "B": "2"}),
        (["A=1 B=2"], {"A": "1", "B": "2"}),
        (["ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue=2"], {"A": "1", "B": "2"}),
        (["A=x y"], {"A": "x y"}),
        (["A='x B=y'"], {"A": "x B=y"}),
        (["A=arn:aws:sns:us-east-1:1:t=1"], {"A": "arn:aws:sns:us-east-1:1:t=1"}),
        (["A="], {"A": ""}),
        (["A=it's"], {"A": "it's"}),
    ],
)
def test_values_are_written_as_for_awss_own_tools(texts: list[str], expected: dict[str, str]) -> None:
    assert read_overrides(texts) == expected


def test_a_value_from_the_command_line_comes_before_the_scenarios_own(project: Path) -> None:
    assert harness("run", "-k", "waits").exit_code == 2
    assert harness("run", "--parameter-overrides", "Delay=7", "Stage=prod", "-k", "waits").exit_code == 0


def test_the_line_to_paste_has_the_values_in_it(project: Path) -> None:
    first = harness("run", "--parameter-overrides", "Delay=7", "Stage=prod")
    line = next(line for line in first.stdout.splitlines() if "replay: harness " in line)
    assert line.endswith('--parameter-overrides "Delay=7" "Stage=prod"')
    again = harness(*shlex.split(line.partition("replay: harness ")[2]))
    assert line in again.stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["Delai=7"],
            'gives a value for "Delai", a parameter that none of the templates has.\n  Did you mean',
        ),
        (["Delay"], '--parameter-overrides cannot read "Delay".'),
        (["Delay=901"], 'The parameter "Delay" cannot be "901": it must be at most 900.'),
    ],
)
def test_a_value_that_fits_nothing_is_refused(project: Path, arguments: list[str], expected: str) -> None:
    result = harness("run", "--parameter-overrides", *arguments)
    assert result.exit_code == 2
    assert expected in result.output
