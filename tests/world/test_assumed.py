"""What is made up for a template that expects more than it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.errors import ScenarioError
from harness.world.assumed import Assumed, AssumedAccount
from harness.world.parameters import parameter_values
from harness.world.template import load_template


def account() -> AssumedAccount:
    def client(service: str) -> Any:
        raise AssertionError(service)

    return AssumedAccount(client, "us-east-1", "123456789012", Assumed())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shop-alerts", "example"),
        ("network-TopicArn", "arn:aws:sns:us-east-1:123456789012:example"),
        ("OrdersQueueARN", "arn:aws:sqs:us-east-1:123456789012:example"),
        ("WorkerRoleArn", "arn:aws:iam::123456789012:role/example"),
        ("somebody:arn", "arn:aws:sns:us-east-1:123456789012:example"),
        ("alertEmail", "you@example.com"),
        ("WebhookUrl", "https://example.com"),
        ("/shop/tax-rate", "1"),
        ("MaxSize", "1"),
        ("TracingEnabled", "true"),
    ],
)
def test_what_is_made_up_looks_like_its_name(name: str, value: str) -> None:
    assert account().exported(name) == value


@pytest.mark.parametrize(
    "spec",
    [
        "Type: String",
        "{Type: String, AllowedValues: [dev, prod]}",
        "{Type: String, MinLength: 12, MaxLength: 14}",
        "{Type: String, MaxLength: 3}",
        "{Type: Number, MinValue: 7}",
        "{Type: Number, MaxValue: 0}",
        "Type: List<Number>",
        "Type: CommaDelimitedList",
        "Type: AWS::SNS::Topic::Id",
    ],
)
def test_a_parameter_gets_a_value_within_its_limits(tmp_path: Path, spec: str) -> None:
    path = tmp_path / "template.yaml"
    given = spec if spec[0] == "{" else f"{{{spec}}}"
    path.write_text(f"Parameters: {{Given: {given}}}\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}\n")
    template, there = load_template(path), account()
    made_up = there.parameters(template, {})
    assert parameter_values(template, made_up, there.stored)
    assert there.assumed.parameters == made_up


def test_a_pattern_that_a_placeholder_does_not_fit_is_told(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        "Parameters: {Code: {Type: String, AllowedPattern: '[0-9]{4}'}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n"
    )
    template = load_template(path)
    with pytest.raises(ScenarioError, match="it must match the pattern"):
        parameter_values(template, account().parameters(template, {}))


def test_another_version_of_a_parameter_is_not_made_up() -> None:
    class Ssm:
        def get_parameter(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")

    there = AssumedAccount(lambda service: Ssm(), "us-east-1", "123456789012", Assumed())
    assert there.stored("/a:3") is None
    assert there.stored("/a:1") == ("String", "example")
    assert there.assumed.ssm == {"/a": "example"}
