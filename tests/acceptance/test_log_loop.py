"""A function that is subscribed to its own log."""

from __future__ import annotations

import textwrap
from pathlib import Path

from harness.errors import LimitReached
from harness.run import run
from harness.scenario.load import load_file

TEMPLATE = """\
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Log:
        Type: AWS::Logs::LogGroup
        Properties: {LogGroupName: !Sub "/aws/lambda/${Watcher}"}
      Permission:
        Type: AWS::Lambda::Permission
        Properties:
          Action: lambda:InvokeFunction
          FunctionName: !Ref Watcher
          Principal: logs.amazonaws.com
      Filter:
        Type: AWS::Logs::SubscriptionFilter
        DependsOn: Permission
        Properties: {LogGroupName: !Ref Log, FilterPattern: "", DestinationArn: !GetAtt Watcher.Arn}
      Watcher:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.12}
"""
SCENARIO = """\
    pipeline: .
    name: it
    when: [{invoke: {function: Watcher}}]
    then: [{function: {name: Watcher, errors: 0}}]
"""


def test_cw_19_a_function_that_is_fed_its_own_log_never_ends_and_the_limit_names_it(tmp_path: Path) -> None:
    # Lambda's own detection of loops does not see this one: AWS goes on until somebody notices the bill.
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text("def handler(event, context): ...\n", encoding="utf-8")
    (tmp_path / "template.yaml").write_text(textwrap.dedent(TEMPLATE), encoding="utf-8")
    (tmp_path / "it.yaml").write_text(textwrap.dedent(SCENARIO), encoding="utf-8")
    (scenario,) = load_file(tmp_path / "it.yaml")
    result = run(scenario)
    assert isinstance(result.error, LimitReached)
    assert "rounds in which something sets itself off" in str(result.error)
    assert "The last round: Watcher." in str(result.error)
