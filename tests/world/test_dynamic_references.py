from __future__ import annotations

import pytest

from harness.errors import ScenarioError
from harness.world.account import Account
from tests.world.conftest import Deployment


@pytest.fixture
def account(deployed: Deployment) -> Account:
    account = Account(deployed.client, "us-east-1")
    account.put({"/a/b": "one"}, {"db": {"user": "me", "port": 5432}, "plain": "text"}, {})
    deployed.client("ssm").put_parameter(Name="/a/b", Value="two", Type="String", Overwrite=True)
    deployed.client("ssm").put_parameter(Name="hidden", Value="x", Type="SecureString")
    return account


def queue(value: str, more: str = "") -> str:
    return (
        "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n"
        f"      Tags: [{{Key: k, Value: {value}}}]\n{more}"
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'{{resolve:ssm:/a/b}}'", "two"),
        ("'{{resolve:ssm:/a/b:1}}'", "one"),
        ("!Sub 'x-{{resolve:ssm:/a/b}}-{{resolve:ssm:/a/b:1}}'", "x-two-one"),
        ("'{{resolve:secretsmanager:db:SecretString:user}}'", "me"),
        ("'{{resolve:secretsmanager:db:SecretString:port:AWSCURRENT}}'", "5432"),
        ("'{{resolve:secretsmanager:plain}}'", "text"),
        ("'{{resolve:secretsmanager:plain:SecretString}}'", "text"),
        ("'resolve:ssm:/a/b'", "resolve:ssm:/a/b"),
    ],
)
def test_a_reference_stands_for_what_is_held_there(
    deployed: Deployment, account: Account, value: str, expected: str
) -> None:
    stack = deployed(queue(value), account=account)
    assert stack.resources["Q"].properties["Tags"][0]["Value"] == expected


def test_a_reference_may_be_to_what_the_template_creates_before(deployed: Deployment) -> None:
    stack = deployed(
        queue("!Sub '{{resolve:secretsmanager:${S}:SecretString:password}}'")
        + "  S:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n     GenerateSecretString:\n"
        "      {SecretStringTemplate: '{}', GenerateStringKey: password, PasswordLength: 9, ExcludePunctuation: true}\n"
    )
    assert len(stack.resources["Q"].properties["Tags"][0]["Value"]) == 9


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "'{{resolve:ssm-secure:hidden:1}}'",
            "SSM Secure reference is not supported in: [AWS::SQS::Queue/Properties/Tags/",
        ),
        ("'{{resolve:ssm:}}'", "Incorrect format is used in the following SSM reference: [{{resolve:ssm:}}]"),
        ("'{{resolve:ssm:/a/b:x}}'", "Incorrect format is used in the following SSM reference"),
        ("'{{resolve:vault:x}}'", 'no service is called "vault"'),
    ],
)
def test_a_reference_that_could_never_be_resolved_is_refused_before_anything_is_created(
    deployed: Deployment, account: Account, value: str, expected: str
) -> None:
    error = deployed.refused(queue(value), account=account)
    assert expected in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("Tags:")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'{{resolve:ssm:/no}}'", "Parameter Store holds no such parameter or version"),
        ("'{{resolve:ssm:hidden}}'", "that is a SecureString"),
        ("'{{resolve:secretsmanager:no}}'", "Secrets Manager can't find the specified secret"),
        ("'{{resolve:secretsmanager:db:SecretString:no}}'", 'Could not find a value associated with JSONKey "no"'),
        ("'{{resolve:secretsmanager:plain:SecretString:no}}'", "is not JSON"),
        ("'{{resolve:secretsmanager:db:SecretBinary}}'", "it is malformed"),
    ],
)
def test_a_reference_to_what_is_not_there_is_refused_with_its_line(
    deployed: Deployment, account: Account, value: str, expected: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        deployed(queue(value), account=account)
    assert expected in str(caught.value)
    assert caught.value.where is not None and caught.value.where.line == deployed.folder.line("Tags:")
