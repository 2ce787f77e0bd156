"""What a virtual day costs in which nothing happens: ten queues with a function each, and ten alarms on them.

    python benchmarks/idle_day.py [--rounds 3]

In milliseconds, once the pipeline is deployed. The last line is the ratio to the yardstick: 40 CreateQueue calls
on bare moto in the same process.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import measuring

DAY_S = 24 * 60 * 60
STAGES = 10

HEAD = """\
Transform: AWS::Serverless-2016-10-31
Resources:
"""

STAGE = """\
  Jobs{n}: {{Type: AWS::SQS::Queue}}
  Worker{n}:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.12
      Events: {{Job: {{Type: SQS, Properties: {{Queue: !GetAtt Jobs{n}.Arn, BatchSize: 5}}}}}}
  Waiting{n}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{{Name: QueueName, Value: !GetAtt Jobs{n}.QueueName}}]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 3
      Threshold: 100
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
"""


def written(folder: Path) -> Path:
    """The template, with its code beside it."""
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text("def handler(event, context): ...\n", encoding="utf-8")
    file = folder / "template.yaml"
    file.write_text(HEAD + "".join(STAGE.format(n=n) for n in range(STAGES)), encoding="utf-8")
    return file


def sleep(cloud: Any, _: Any) -> None:
    """Let the day pass."""
    cloud.kernel.sleep(DAY_S)


def main() -> None:
    """Print the figures and, last, the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often to take each figure; medians are shown")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        file = written(Path(folder))
        taken = [(measuring.in_a_world(file, sleep)[1], measuring.yardstick_ms()) for _ in range(rounds)]
    measuring.show("an idle day", "idle day ratio", taken)


if __name__ == "__main__":
    main()
