from __future__ import annotations

import pytest

from tests.world.conftest import Deployment

QUEUE = "Resources:\n  Q: {Type: 'AWS::SQS::Queue'}\n"
PARAMETERS = """\
Parameters:
  Stage: {Type: String, Default: dev}
  Size: {Type: String, Default: small}
  Zones: {Type: CommaDelimitedList, Default: "a,b"}
"""


def rule(assertion: str, condition: str = "") -> str:
    extra = f"    RuleCondition: {condition}\n" if condition else ""
    asserted = f"      - Assert: {assertion}\n        AssertDescription: Too small.\n"
    return f"{PARAMETERS}Rules:\n  R:\n{extra}    Assertions:\n{asserted}{QUEUE}"


@pytest.mark.parametrize(
    "assertion",
    [
        "!Equals [!Ref Stage, dev]",
        "{'Fn::Contains': [[small, large], !Ref Size]}",
        "{'Fn::EachMemberIn': [!Ref Zones, [a, b, c]]}",
        "!Not [{'Fn::EachMemberEquals': [!Ref Zones, a]}]",
        "!And [!Equals [a, a], !Or [!Equals [a, b], !Equals [a, a]]]",
    ],
)
def test_a_rule_that_holds_lets_the_stack_be(deployed: Deployment, assertion: str) -> None:
    assert "Q" in deployed(rule(assertion)).resources


@pytest.mark.parametrize(
    ("assertion", "expected"),
    [
        ("{'Fn::Contains': [[large], !Ref Size]}", 'The rule "R" does not hold for these parameters: Too small.'),
        ("{'Fn::EachMemberIn': [!Ref Zones, [a]]}", "Too small."),
        ("{'Fn::EachMemberEquals': [!Ref Zones, a]}", "Too small."),
        ("{'Fn::Contains': [x, !Ref Size]}", "The first part of Fn::Contains must be a list."),
        ("{'Fn::RefAll': 'AWS::EC2::VPC::Id'}", "Fn::RefAll asks what the account holds"),
        ("x", "A condition is made of one of these"),
    ],
)
def test_a_rule_that_does_not_hold_refuses_the_stack(deployed: Deployment, assertion: str, expected: str) -> None:
    error = deployed.refused(rule(assertion))
    assert expected in str(error)
    assert error.where is not None and error.where.line in (deployed.folder.line("Assert: "),)


def test_a_rule_whose_condition_does_not_hold_says_nothing(deployed: Deployment) -> None:
    assert "Q" in deployed(rule("!Equals [a, b]", "!Equals [!Ref Stage, prod]")).resources


def test_a_condition_may_not_use_a_rules_function(deployed: Deployment) -> None:
    error = deployed.refused("Conditions:\n  C: {'Fn::Contains': [[a], a]}\n" + QUEUE)
    assert "A condition is made of one of these" in str(error)
