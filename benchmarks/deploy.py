"""What it costs to deploy a template of 40 resources, beside 40 calls of boto3 on bare moto.

    python benchmarks/deploy.py [--rounds 10]

The template is a SAM application of the usual parts; 40 is what it holds after SAM's transform. Three figures, in
milliseconds: the first deployment of the process, which loads what is needed; the same template again; and another one
of the same shape each time, so that nothing that was read or transformed for one can be used for the next. A deployment
is counted from the file to the last resource, in a world that is empty. The last line is the ratio of the last figure
to the yardstick, 40 CreateQueue calls on bare moto in the same process.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import measuring

RESOURCES = 40
STAGES = 5

HEAD = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    CodeUri: src
    Handler: app.handler
    Runtime: python3.12
    Environment: {{Variables: {{NAME: {name}}}}}
Resources:
  Uploads: {{Type: AWS::S3::Bucket}}
  Results: {{Type: AWS::S3::Bucket}}
  News: {{Type: AWS::SNS::Topic}}
  Mail: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref News, Protocol: email, Endpoint: ops@a.example}}}}
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
  Settings: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: !Sub "${{Items}}-${{Results}}"}}}}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {{StartAt: Work, States: {{Work: {{Type: Task, Resource: !GetAtt Worker1.Arn, End: true}}}}}}
      Policies: [{{LambdaInvokePolicy: {{FunctionName: !Ref Worker1}}}}]
  Nightly:
    Type: AWS::Events::Rule
    Properties: {{ScheduleExpression: rate(1 day), Targets: [{{Id: jobs, Arn: !GetAtt Jobs1.Arn}}]}}
  Key: {{Type: AWS::KMS::Key}}
"""

STAGE = """\
  Dead{n}: {{Type: AWS::SQS::Queue}}
  Jobs{n}:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead{n}.Arn, maxReceiveCount: 3}}
  Log{n}: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: !Sub "/jobs/{n}", RetentionInDays: 14}}}}
  Worker{n}:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {{Variables: {{TABLE: !Ref Items, RESULTS: !Ref Results}}}}
      Policies: [{{S3CrudPolicy: {{BucketName: !Ref Results}}}}, {{DynamoDBCrudPolicy: {{TableName: !Ref Items}}}}]
      Events: {{Job: {{Type: SQS, Properties: {{Queue: !GetAtt Jobs{n}.Arn, BatchSize: 5}}}}}}
"""


def written(folder: Path, name: str) -> Path:
    """A template of the shape, with its code beside it; ``name`` makes its text one of its own."""
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "app.py").write_text("def handler(event, context): ...\n", encoding="utf-8")
    file = folder / f"{name}.yaml"
    file.write_text(HEAD.format(name=name) + "".join(STAGE.format(n=n) for n in range(STAGES)), encoding="utf-8")
    return file


def deployed_ms(file: Path) -> float:
    """Milliseconds from the file to the last resource, in a world of its own."""
    return measuring.in_a_world(file, look_at)[0]


def look_at(cloud: Any, stack: Any) -> None:
    """Make sure that the template is as large as it is said to be."""
    if len(stack.resources) != RESOURCES:
        raise SystemExit(f"the template holds {len(stack.resources)} resources, not {RESOURCES}")


def main() -> None:
    """Print the figures and, last, the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="how often to take each figure; medians are shown")
    rounds = range(parser.parse_args().rounds)
    os.environ |= {"AWS_DEFAULT_REGION": "us-east-1"}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        first_ms = deployed_ms(written(folder, "first"))
        again, other, yardstick = [], [], []
        for number in rounds:
            again.append(deployed_ms(folder / "first.yaml"))
            other.append(deployed_ms(written(folder, f"other-{number}")))
            yardstick.append(measuring.yardstick_ms())
    print(f"the first of the process: {first_ms:.0f} ms")
    print(f"the same template again: {median(again):.0f} ms, at most {max(again):.0f} ms")
    print(f"another template: {median(other):.0f} ms, at most {max(other):.0f} ms")
    print(f"{RESOURCES} CreateQueue calls on bare moto: {median(yardstick):.0f} ms")
    ratio = median(one / stick for one, stick in zip(other, yardstick, strict=True))
    print(f"deploy ratio: {ratio:.2f}")


if __name__ == "__main__":
    main()
