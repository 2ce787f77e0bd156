"""What is said of an alarm: its state, why, and how often it went off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.run import Run, run
from harness.scenario.load import load_file

TEMPLATE = """\
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Full:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{Name: QueueName, Value: !GetAtt Jobs.QueueName}]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
  Any: {Type: AWS::CloudWatch::CompositeAlarm, Properties: {AlarmRule: !Sub 'ALARM("${Full}")'}}
"""


@pytest.fixture
def outcome(tmp_path: Path) -> Any:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/template.yaml").write_text(TEMPLATE, encoding="utf-8")

    def look(check: str, when: str) -> Run:
        text = f"pipeline: shop\nname: n\nwhen: {when}\nthen:\n  - alarm: {check}\n"
        (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
        (scenario,) = load_file(tmp_path / "s.yaml")
        return run(scenario)

    return look


FILL = "[{send: {queue: Jobs, body: a}}, {send: {queue: Jobs, body: b}}]"


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        ("{name: Full, is: ALARM, went_off: 1}", "Full is ALARM and went off 1 time"),
        ("{name: Any, is: ALARM}", "Any is ALARM"),
        ("{name: Full, reason: {contains: '[2.0 '}}", 'Full says why with text that contains "[2.0 "'),
    ],
)
def test_an_alarm_is_as_it_must_be(outcome: Any, check: str, sentence: str) -> None:
    (seen,) = outcome(check, FILL).checks
    assert (seen.held, seen.sentence) == (True, sentence)


def test_an_alarm_in_another_state_says_why_it_is_in_that(outcome: Any) -> None:
    (seen,) = outcome("{name: Full, is: OK, went_off: 0}", FILL).checks
    assert (
        "it is ALARM: Threshold Crossed: 1 datapoint [2.0 (15/01/30 09:00:00)] was greater than the threshold (1.0) at"
    ) in seen.seen
    assert "it went off 1 time" in seen.seen
    assert "Jobs" in seen.related


def test_a_name_that_is_no_alarm_is_told_with_the_nearest(outcome: Any) -> None:
    result = outcome("{name: Fall}", FILL)
    assert 'no resource "Fall" of type AWS::CloudWatch::Alarm or AWS::CloudWatch::CompositeAlarm' in str(result.error)
    assert 'Did you mean "Full"?' in str(result.error)
