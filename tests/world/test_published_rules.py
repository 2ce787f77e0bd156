from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.world import published
from harness.world.intrinsics import PENDING
from harness.world.providers import PROVIDERS
from harness.world.published_rules import mistakes
from tests.world.conftest import Deployment

QUEUE, ALARM = "AWS::SQS::Queue", "AWS::CloudWatch::Alarm"


def said(resource_type: str, **properties: Any) -> list[tuple[str, str]]:
    found = mistakes(resource_type, properties)
    return [(".".join(str(key) for key in m.path), m.text or m.hint or "") for m in found]


@pytest.mark.parametrize(
    ("resource_type", "properties", "expected"),
    [
        (QUEUE, {"DelaySecond": 3}, [("DelaySecond", 'Did you mean "DelaySeconds"?')]),
        (QUEUE, {"DelaySeconds": "soon"}, [("DelaySeconds", 'must be a whole number; it is "soon".')]),
        (QUEUE, {"DelaySeconds": 901}, [("DelaySeconds", "is 901; AWS allows at most 900.")]),
        (QUEUE, {"DelaySeconds": "901"}, [("DelaySeconds", "is 901; AWS allows at most 900.")]),
        (QUEUE, {"FifoQueue": "perhaps"}, [("FifoQueue", 'must be true or false; it is "perhaps".')]),
        (QUEUE, {"QueueName": ["a"]}, [("QueueName", 'must be a text; it is ["a"].')]),
        (QUEUE, {"Tags": [{"Key": "a"}]}, [("Tags.0", "Value")]),
        (QUEUE, {"Arn": "x"}, [("Arn", "is for AWS to say and cannot be set.")]),
        (
            "AWS::S3::Bucket",
            {"BucketName": "Upper"},
            [("BucketName", 'is "Upper", which does not match AWS\'s pattern ^([a-z0-9][a-z0-9.-]*[a-z0-9])?$')],
        ),
        (
            "AWS::Lambda::Function",
            {"Role": PENDING, "Code": {}, "Environment": {"Variables": {"A": "1"}}},
            [("Environment.Variables.A", "has a name that does not match AWS's pattern [a-zA-Z][a-zA-Z0-9_]+")],
        ),
        (
            ALARM,
            {"ComparisonOperator": "Greater", "EvaluationPeriods": 1, "MetricName": "Errors"},
            [("ComparisonOperator", 'cannot be "Greater".')],
        ),
        (
            ALARM,
            {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1},
            [("", "needs exactly one of these: Metrics, MetricName, EvaluationCriteria; it has none.")],
        ),
        (
            "AWS::Events::Rule",
            {"State": "ENABLED"},
            [("", "needs at least one of these: EventPattern, ScheduleExpression.")],
        ),
    ],
    ids=str,
)
def test_a_mistake_is_named_with_its_path(resource_type: str, properties: Any, expected: Any) -> None:
    assert said(resource_type, **properties) == expected


@pytest.mark.parametrize(
    "properties",
    [
        {"DelaySeconds": "30", "FifoQueue": "true", "QueueName": 7},
        {"DelaySeconds": PENDING, "QueueName": PENDING, "Tags": PENDING},
        {"Tags": [{"Key": PENDING, "Value": PENDING}, {"Key": PENDING, "Value": PENDING}]},
        {"RedrivePolicy": {"deadLetterTargetArn": PENDING, "maxReceiveCount": "3"}},
        {"QueueName": None},
    ],
    ids=str,
)
def test_what_cloudformation_takes_is_no_mistake(properties: dict[str, Any]) -> None:
    assert said(QUEUE, **properties) == []


def test_lists_that_may_become_different_are_not_called_the_same() -> None:
    roles = {"ManagedPolicyArns": [PENDING, PENDING], "AssumeRolePolicyDocument": {}}
    assert said("AWS::IAM::Role", **roles) == []


def test_a_type_without_a_schema_is_not_judged() -> None:
    assert said("Custom::Thing", anything=1) == []


def test_schemas_are_known_for_every_type_that_can_be_deployed_and_for_its_properties() -> None:
    unknown = [t for t in PROVIDERS if t not in published.types()]
    assert unknown == []
    strange = [
        f"{provider.type}.{name}"
        for provider in PROVIDERS.values()
        for name in (*provider.properties.properties, *provider.properties.not_yet)
        if not published.has_property(provider.type, (name,))
    ]
    assert strange == []


def test_cfn_lint_is_read_and_not_loaded() -> None:
    import subprocess
    import sys

    code = "import sys, harness.world.published_rules as r; r.mistakes('AWS::SQS::Queue', {}); print(*sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert not {"cfnlint", "sympy", "networkx"} & set(done.stdout.split())


TWO_WRONG = """\
Resources:
  A:
    Type: AWS::SQS::Queue
    Properties: {DelaySecond: 3, VisibilityTimeout: 50000}
  B:
    Type: AWS::S3::Bucket
    Properties: {BucketName: Upper, ReplicationConfiguration: {}}
  C:
    Type: AWS::Kinesis::Video
    Properties: {Name: !Ref A}
"""


def test_a_refusal_carries_all_others_of_the_same_reading(deployed: Deployment) -> None:
    refused = deployed.refused(TWO_WRONG)
    bucket, queue = '"B" (AWS::S3::Bucket)', '"A" (AWS::SQS::Queue)'
    assert [(e.where.line, e.problem) for e in (refused, *refused.others) if e.where] == [
        (9, '"C" is of type AWS::Kinesis::Video, which AWS does not have.'),
        (4, f'{queue} has no property "DelaySecond".'),
        (4, f"VisibilityTimeout of {queue} is 50000; AWS allows 0 to 43200."),
        (7, f'{bucket} asks for "ReplicationConfiguration", which AWS has and nothing here behaves like yet.'),
        (7, f'BucketName of {bucket} is "Upper", which does not match AWS\'s pattern ^([a-z0-9][a-z0-9.-]*[a-z0-9])?$'),
    ]


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [("Nane", 'has no attribute "Nane"'), ("Arm", 'Did you mean "Arn"?')],
)
def test_an_attribute_that_aws_does_not_have_is_refused(deployed: Deployment, attribute: str, expected: str) -> None:
    text = f"""\
Resources:
  A:
    Type: AWS::SQS::Queue
  B:
    Type: AWS::SQS::Queue
    Properties: {{QueueName: !GetAtt A.{attribute}}}
"""
    assert expected in str(deployed.refused(text))
