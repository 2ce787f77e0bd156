"""Versions and aliases in templates."""

from __future__ import annotations

import pytest

from tests.world.conftest import Deployment
from tests.world.providers.test_providers import FUNCTION, ROLE, resource, stack_of

VERSION = """\
  V:
    Type: AWS::Lambda::Version
    Properties: {FunctionName: !Ref F, Description: first}
"""


@pytest.fixture
def deployed(deployed: Deployment) -> Deployment:
    deployed.folder.add("app.py")
    return deployed


def alias(more: str = "") -> str:
    return (
        "  A:\n    Type: AWS::Lambda::Alias\n    Properties:\n"
        f"      {{FunctionName: !Ref F, FunctionVersion: !GetAtt V.Version, Name: live{more}}}\n"
    )


def test_lam_28_a_template_publishes_a_version_and_points_an_alias_at_it(deployed: Deployment) -> None:
    stack = deployed(stack_of(ROLE, FUNCTION, VERSION, alias()))
    arn = stack.resource("F").arn
    assert stack.resource("V").physical_id == stack.resource("V").attributes["FunctionArn"] == f"{arn}:1"
    assert stack.resource("V").attributes["Version"] == "1"
    assert stack.resource("A").physical_id == stack.resource("A").attributes["AliasArn"] == f"{arn}:live"
    found = deployed.client("lambda").get_alias(FunctionName=arn, Name="live")
    assert (found["AliasArn"], found["FunctionVersion"]) == (f"{arn}:live", "1")


def test_lam_28_an_aliass_weights_reach_the_api(deployed: Deployment) -> None:
    shares = ", RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: '2', FunctionWeight: '0.25'}]}"
    deployed(stack_of(ROLE, FUNCTION, VERSION, alias(shares)))
    (function,) = deployed.functions
    found = deployed.client("lambda").get_alias(FunctionName=function.name, Name="live")
    assert found["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.25}}


@pytest.mark.parametrize(
    ("weight", "said"),
    [("1.5", "must be a number from 0 to 1; it is 1.5."), ("much", "from 0 to 1"), ("[1]", "from 0 to 1")],
)
def test_a_weight_that_is_none_is_refused_with_its_line(deployed: Deployment, weight: str, said: str) -> None:
    shares = f", RoutingConfig: {{AdditionalVersionWeights: [{{FunctionVersion: '1', FunctionWeight: {weight}}}]}}"
    assert said in str(deployed.refused(stack_of(ROLE, FUNCTION, VERSION, alias(shares))))


def test_provisioned_concurrency_is_refused_by_name(deployed: Deployment) -> None:
    text = stack_of(
        ROLE, FUNCTION, resource("AWS::Lambda::Version", "{FunctionName: !Ref F, ProvisionedConcurrencyConfig: {}}")
    )
    assert "ProvisionedConcurrencyConfig" in str(deployed.refused(text))
