from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ScenarioError
from harness.guard.conditions import unmet_condition

CONTEXT = {
    "aws:sourcearn": "arn:aws:s3:::raw",
    "aws:sourceaccount": "123456789012",
    "aws:principalisawsservice": "true",
}


def holds(operator, key, value):
    return unmet_condition({operator: {key: value}}, CONTEXT) is None


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:SourceAccount", "123456789012"),
        ("StringEquals", "AWS:SOURCEACCOUNT", ["1", "123456789012"]),
        ("StringNotEquals", "aws:SourceAccount", ["1", "2"]),
        ("StringEqualsIgnoreCase", "aws:SourceArn", "ARN:aws:s3:::RAW"),
        ("StringNotEqualsIgnoreCase", "aws:SourceArn", "other"),
        ("StringLike", "aws:SourceArn", "arn:*:raw"),
        ("StringNotLike", "aws:SourceArn", "arn:*:cooked"),
        ("ArnEquals", "aws:SourceArn", "arn:aws:s3:*:*:r?w"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"),
        ("ArnNotLike", "aws:SourceArn", "arn:aws:s3:::cooked"),
        ("ArnNotEquals", "aws:SourceArn", "arn:aws:s3:::cooked"),
        ("Bool", "aws:PrincipalIsAWSService", True),
        ("Bool", "aws:PrincipalIsAWSService", "True"),
        ("Null", "aws:SourceArn", "false"),
        ("Null", "aws:PrincipalOrgID", True),
        ("ForAnyValue:StringEquals", "aws:SourceAccount", "123456789012"),
        ("ForAllValues:StringEquals", "aws:SourceAccount", "123456789012"),
    ],
)
def test_conditions_that_hold(operator, key, value):
    assert holds(operator, key, value)


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:SourceAccount", "12345678901?"),
        ("StringEquals", "aws:SourceArn", "ARN:aws:s3:::raw"),
        ("StringNotEquals", "aws:SourceAccount", ["1", "123456789012"]),
        ("StringLike", "aws:SourceArn", "raw"),
        ("StringNotLike", "aws:SourceArn", "*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3*raw"),
        ("ArnLike", "aws:SourceArn", "*"),
        ("ArnNotLike", "aws:SourceArn", "arn:aws:s3:::r*"),
        ("Bool", "aws:PrincipalIsAWSService", "false"),
        ("Null", "aws:SourceArn", "true"),
    ],
)
def test_conditions_that_do_not(operator, key, value):
    assert not holds(operator, key, value)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringEqualsIfExists", True),
        ("StringNotEquals", True),
        ("StringNotEqualsIfExists", True),
        ("ArnLike", False),
        ("ArnNotLike", True),
        ("Bool", False),
        ("BoolIfExists", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAllValues:StringEquals", True),
    ],
)
def test_iam_09_a_key_that_the_request_does_not_have(operator, expected):
    assert holds(operator, "aws:PrincipalOrgID", "o-1") is expected


def test_all_operators_and_all_keys_must_hold():
    both = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::raw"}, "StringEquals": {"aws:SourceAccount": "1"}}
    assert unmet_condition(both, CONTEXT) == ('StringEquals asks aws:SourceAccount for "1", and it is "123456789012"')
    keys = {"StringEquals": {"aws:SourceAccount": "123456789012", "aws:SourceArn": ["a", "b"]}}
    assert (
        unmet_condition(keys, CONTEXT) == 'StringEquals asks aws:SourceArn for "a" or "b", and it is "arn:aws:s3:::raw"'
    )


@pytest.mark.parametrize("operator", ["DateGreaterThan", "NumericEquals", "StringEqual", "Equals"])
def test_an_operator_that_is_not_judged_is_refused_by_name(operator):
    with pytest.raises(ScenarioError, match=f'condition operator "{operator}", which is not judged here'):
        holds(operator, "aws:SourceArn", "x")


def test_a_policy_variable_is_refused_by_name():
    with pytest.raises(ScenarioError, match=r"\$\{aws:username\}"):
        holds("StringEquals", "aws:SourceAccount", "${aws:username}")


operators = st.sampled_from(["StringEquals", "StringLike", "ArnEquals", "ArnLike", "StringEqualsIgnoreCase"])
patterns = st.text(alphabet="arn:s3*?w", max_size=12)


@given(operators, st.lists(patterns, min_size=1, max_size=3))
def test_a_negated_operator_is_the_opposite_where_the_key_is_there(operator, wanted):
    negated = operator.replace("String", "StringNot").replace("Arn", "ArnNot")
    assert holds(operator, "aws:SourceArn", wanted) != holds(negated, "aws:SourceArn", wanted)


@pytest.mark.parametrize(
    ("operator", "network", "holds"),
    [
        ("IpAddress", "203.0.113.0/24", True),
        ("IpAddress", "203.0.113.7", True),
        ("IpAddress", "10.0.0.0/8", False),
        ("IpAddress", "no network", False),
        ("NotIpAddress", "10.0.0.0/8", True),
        ("NotIpAddress", "203.0.113.0/24", False),
    ],
)
def test_an_address_is_held_against_networks(operator, network, holds):
    unmet = unmet_condition({operator: {"aws:SourceIp": [network]}}, {"aws:sourceip": "203.0.113.7"})
    assert (unmet is None) == holds
