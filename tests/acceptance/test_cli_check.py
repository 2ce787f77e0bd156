"""``harness check`` as its user sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main

QUIET = "Resources:\n  Jobs: {Type: AWS::SQS::Queue}\n"
FAILS = f"""\
{QUIET}  News:
    Type: AWS::SNS::Topic
    Properties: {{Subscription: [{{Protocol: sqs, Endpoint: !GetAtt Jobs.Arn}}]}}
"""
REFUSED = "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n    Properties: {VisibilityTimout: 3}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(template: str, *options: str) -> Result:
    Path("template.yaml").write_text(template, encoding="utf-8")
    return CliRunner().invoke(main, ["check", "template.yaml", *options])


@pytest.mark.parametrize(("template", "code"), [(QUIET, 0), (FAILS, 1), (REFUSED, 2)])
def test_the_exit_code_says_what_was_found(template: str, code: int) -> None:
    assert check(template).exit_code == code


def test_a_loop_beside_a_sam_resource_is_looked_at_like_any_other() -> None:
    looked = check(
        "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
        "Resources:\n"
        '  Fn::ForEach::Queues: [Name, [A, B], {"Jobs${Name}": {Type: AWS::SQS::Queue}}]\n'
        "  Table: {Type: AWS::Serverless::SimpleTable}\n"
    )
    assert (looked.exit_code, looked.stderr) == (0, "")
    assert "AWS::SQS::Queue: JobsA, JobsB\n" in looked.stdout


def test_nothing_found_is_said() -> None:
    assert check(QUIET).stdout == ("template.yaml: 1 resource emulated\n  AWS::SQS::Queue: Jobs\n\nNothing found.\n")


def test_a_refusal_is_told_with_line_path_and_what_to_do() -> None:
    assert check(REFUSED).stdout == (
        """\
template.yaml: 0 resources emulated

refused
  template.yaml:4  Resources.Jobs.Properties.VisibilityTimout
    "Jobs" (AWS::SQS::Queue) has no property "VisibilityTimout".
    -> Did you mean "VisibilityTimeout"?

1 refusal
"""
    )


def test_a_finding_names_its_row() -> None:
    told = check(FAILS).stdout
    assert "fails in AWS\n  template.yaml:3  Resources.News\n" in told
    assert "(SNS-11)" in " ".join(told.split())


def test_json_says_the_same_to_programs() -> None:
    said = json.loads(check(FAILS, "--json").stdout)
    assert [r["logical_id"] for r in said["emulated"]] == ["Jobs", "News"]
    (finding,) = said["findings"]
    assert (finding["severity"], finding["row"], finding["file"], finding["line"]) == (
        "fails",
        "SNS-11",
        "template.yaml",
        3,
    )
    assert said["refusals"] == [] == said["unseen"]


def test_a_parameter_is_given_as_name_and_value() -> None:
    template = "Parameters: {Wait: {Type: Number}}\n" + REFUSED.replace(
        "VisibilityTimout: 3", "DelaySeconds: !Ref Wait"
    )
    assert check(template, "--parameter-overrides", "Wait=30").exit_code == 0
    assert check(template, "--parameter-overrides", "Wait=901").exit_code == 2
    assert check(template).exit_code == 0  # something is made up
    wrong = check(template, "--parameter-overrides", "Wait")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith('--parameter-overrides cannot read "Wait".\n')


EXPECTING = """\
Parameters:
  Wait: {Type: Number}
  Rate: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /shop/rate}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Ref Wait
      QueueName: !Sub "jobs-${Rate}-{{resolve:ssm:/shop/name}}"
      KmsMasterKeyId: "{{resolve:secretsmanager:shop:SecretString:key}}"
      Tags: [{Key: other, Value: !ImportValue shop-topic-arn}]
"""


def test_what_only_a_scenario_can_say_is_made_up_and_named() -> None:
    checked = check(EXPECTING)
    assert checked.exit_code == 0
    told = checked.stdout.partition("expected from outside")[2].partition("\n\n")[0]
    assert told == (
        """, and made up to look at the template; a scenario says it
  parameters: {"Wait": "1"}
  account.ssm: {"/shop/rate": "1", "/shop/name": "example"}
  account.secrets: {"shop": {"key": "example"}}
  account.exports: {"shop-topic-arn": "arn:aws:sns:us-east-1:123456789012:example"}"""
    )
    assert json.loads(check(EXPECTING, "--json").stdout)["assumed"] == {
        "parameters": {"Wait": "1"},
        "account": {
            "ssm": {"/shop/rate": "1", "/shop/name": "example"},
            "secrets": {"shop": {"key": "example"}},
            "exports": {"shop-topic-arn": "arn:aws:sns:us-east-1:123456789012:example"},
        },
    }


def test_a_template_that_is_not_there_ends_with_2() -> None:
    result = CliRunner().invoke(main, ["check", "none.yaml"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith('There is no template "none.yaml".')
