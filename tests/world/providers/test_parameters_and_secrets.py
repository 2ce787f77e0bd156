"""Parameters of Parameter Store, secrets and handles, seen through AWS's API."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from harness.errors import ScenarioError
from tests.world.conftest import Deployment


def one(kind: str, properties: str) -> str:
    return f"Resources:\n  X:\n    Type: {kind}\n    Properties: {properties}\n"


def test_a_parameter_holds_what_the_template_says(deployed: Deployment) -> None:
    stack = deployed(
        one(
            "AWS::SSM::Parameter",
            "{Name: /a/b, Type: StringList, Value: 'x,y', Description: d, AllowedPattern: '[a-z,]+', Tags: {k: v}, "
            "Tier: Standard}",
        )
    )
    found = deployed.client("ssm").get_parameter(Name="/a/b")["Parameter"]
    assert (found["Type"], found["Value"]) == ("StringList", "x,y")
    assert stack.resource("X").physical_id == "/a/b"
    assert dict(stack.resource("X").attributes) == {"Type": "StringList", "Value": "x,y"}


def test_a_parameter_without_a_name_is_named_as_cloudformation_names_it(deployed: Deployment) -> None:
    name = deployed(one("AWS::SSM::Parameter", "{Type: String, Value: x}")).resource("X").physical_id
    assert re.fullmatch(r"CFN-X-[0-9A-Z]{12}", name)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("{Type: SecureString, Value: x}", 'Type of "X" (AWS::SSM::Parameter) cannot be "SecureString" here.'),
        ("{Type: String}", "lacks Value, which AWS requires"),
        ("{Type: String, Value: x, Policies: p}", 'asks for "Policies", which AWS has and nothing here behaves like'),
    ],
)
def test_a_parameter_that_aws_would_not_make_is_refused(deployed: Deployment, properties: str, expected: str) -> None:
    assert expected in str(deployed.refused(one("AWS::SSM::Parameter", properties)))


def secret(deployed: Deployment, properties: str) -> tuple[str, str]:
    arn = deployed(one("AWS::SecretsManager::Secret", properties)).resource("X").physical_id
    answer: dict[str, Any] = deployed.client("secretsmanager").get_secret_value(SecretId=arn)
    return answer["Name"], answer["SecretString"]


def test_a_secret_holds_the_text_of_the_template(deployed: Deployment) -> None:
    assert secret(deployed, "{Name: db, SecretString: hunter2, Description: d}") == ("db", "hunter2")


def test_a_generated_secret_has_its_password_beside_the_rest(deployed: Deployment) -> None:
    name, text = secret(
        deployed,
        '{GenerateSecretString: {SecretStringTemplate: \'{"user": "me"}\', GenerateStringKey: password, '
        "PasswordLength: 20, ExcludePunctuation: true, ExcludeUppercase: true}}",
    )
    assert re.fullmatch(r"X-[0-9A-Z]{12}", name)
    content = json.loads(text)
    assert content["user"] == "me"
    assert re.fullmatch(r"[a-z0-9]{20}", content["password"])


def test_a_generated_secret_without_a_key_is_the_password_alone(deployed: Deployment) -> None:
    _, text = secret(deployed, "{GenerateSecretString: {PasswordLength: 12}}")
    assert len(text) == 12


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("{SecretString: x, GenerateSecretString: {}}", "has both SecretString and GenerateSecretString"),
        ("{GenerateSecretString: {GenerateStringKey: k}}", "needs GenerateStringKey and SecretStringTemplate together"),
        (
            "{GenerateSecretString: {GenerateStringKey: k, SecretStringTemplate: '[]'}}",
            "must be a JSON object; it is '[]'",
        ),
        ("{SecretString: x, ReplicaRegions: []}", 'asks for "ReplicaRegions"'),
    ],
)
def test_a_secret_that_aws_would_not_make_is_refused(deployed: Deployment, properties: str, expected: str) -> None:
    assert expected in str(deployed.refused(one("AWS::SecretsManager::Secret", properties)))


def test_a_handle_is_a_url_and_nothing_else(deployed: Deployment) -> None:
    stack = deployed("Resources:\n  H: {Type: 'AWS::CloudFormation::WaitConditionHandle'}\n")
    assert stack.resource("H").physical_id.startswith("https://cloudformation-waitcondition-us-east-1.s3.")


def test_a_parameter_whose_value_the_api_refuses_is_refused_with_the_line(deployed: Deployment) -> None:
    with pytest.raises(ScenarioError, match="PutParameter answers ValidationException"):
        deployed(one("AWS::SSM::Parameter", "{Type: String, Value: x, Name: aws-mine}"))
