from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ScenarioError
from harness.guard.resource_policies import ServiceRequest, judge

QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"
BUCKET = "arn:aws:s3:::raw"
S3_SENDS = ServiceRequest("s3.amazonaws.com", "sqs:SendMessage", QUEUE, BUCKET, "123456789012")
ALLOW = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}


def statement(**changes):
    """``ALLOW`` with parts replaced; a part that is None is left out."""
    return {k: v for k, v in {**ALLOW, **changes}.items() if v is not None}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allows(*statements, request=S3_SENDS):
    return judge(policy(*statements), request).allowed


def test_iam_11_a_statement_that_names_the_service_lets_it_in():
    assert allows(ALLOW)
    assert judge(policy(ALLOW), S3_SENDS).reason == ""


def test_a_single_statement_may_stand_without_a_list():
    assert judge({"Statement": ALLOW}, S3_SENDS).allowed


@pytest.mark.parametrize("document", [None, {}, {"Statement": []}])
def test_nobody_is_let_in_where_there_is_no_policy(document):
    reason = "s3.amazonaws.com may not sqs:SendMessage for arn:aws:s3:::raw: the target has no policy"
    assert judge(document, S3_SENDS).reason == reason


@pytest.mark.parametrize(
    "principal",
    ["*", {"AWS": "*"}, {"AWS": ["*"]}, {"Service": "*"}, {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}],
)
def test_principals_that_include_s3(principal):
    assert allows(statement(Principal=principal))


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": "sns.amazonaws.com"},
        {"AWS": "123456789012"},
        {"AWS": "arn:aws:iam::123456789012:root"},
        {"Federated": "s3.amazonaws.com"},
        "s3.amazonaws.com",
        None,
    ],
)
def test_principals_that_do_not_include_s3(principal):
    assert not allows(statement(Principal=principal))


def test_not_principal_denies_everybody_else():
    deny = statement(Effect="Deny", Principal=None, NotPrincipal={"Service": "sns.amazonaws.com"})
    assert not allows(ALLOW, deny)
    assert allows(ALLOW, statement(Effect="Deny", Principal=None, NotPrincipal={"Service": "s3.amazonaws.com"}))


def test_an_unknown_kind_of_principal_is_refused_by_name():
    with pytest.raises(ScenarioError, match=r'principal of the kind "Services"[\s\S]*Did you mean "Service"\?'):
        allows(statement(Principal={"Services": "s3.amazonaws.com"}))


@pytest.mark.parametrize(
    "action", ["SQS:SendMessage", "sqs:sendmessage", "sqs:*", "*", "sqs:Send????age", ["sqs:Get*", "sqs:Send*"]]
)
def test_iam_10_actions_that_include_sending(action):
    assert allows(statement(Action=action))


@pytest.mark.parametrize("action", ["sqs:ReceiveMessage", "sns:*", "sqs:SendMessageBatch", [], None])
def test_actions_that_do_not_include_sending(action):
    assert not allows(statement(Action=action))


def test_not_action_is_everything_else():
    assert allows(statement(Action=None, NotAction="sqs:Delete*"))
    assert not allows(statement(Action=None, NotAction="sqs:Send*"))


@pytest.mark.parametrize(
    "resource", [QUEUE, "*", "arn:aws:sqs:*:*:job?", ["arn:aws:sqs:us-east-1:123456789012:other", QUEUE]]
)
def test_resources_that_include_the_queue(resource):
    assert allows(statement(Resource=resource))


@pytest.mark.parametrize("resource", [QUEUE.upper(), QUEUE + "-2", "arn:aws:sqs:*:*:Jobs", None])
def test_iam_10_resources_that_do_not_capitals_matter(resource):
    assert not allows(statement(Resource=resource))


def test_not_resource_is_everything_else():
    assert not allows(statement(Resource=None, NotResource=QUEUE))
    assert allows(statement(Resource=None, NotResource="arn:aws:sqs:*:*:other"))


def test_a_policy_variable_is_refused_by_name():
    with pytest.raises(ScenarioError, match=r"\$\{aws:SourceArn\}"):
        allows(statement(Resource="${aws:SourceArn}"))


def test_iam_07_a_statement_that_denies_wins_wherever_it_stands():
    deny = statement(Sid="NoS3", Effect="Deny")
    for statements in ((ALLOW, deny), (deny, ALLOW)):
        verdict = judge(policy(*statements), S3_SENDS)
        assert verdict.reason.endswith('for arn:aws:s3:::raw: statement "NoS3" of the target\'s policy denies it')


def test_iam_09_a_statement_that_denies_under_a_condition_that_does_not_hold_denies_nothing():
    assert allows(ALLOW, statement(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}))


def test_iam_11_the_usual_policy_for_a_bucket():
    condition = {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:raw"},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }
    assert allows(statement(Condition=condition))
    other = ServiceRequest("s3.amazonaws.com", "sqs:SendMessage", QUEUE, "arn:aws:s3:::cooked", "123456789012")
    assert not allows(statement(Condition=condition), request=other)


def test_sns_23_the_default_policy_of_a_topic_lets_its_owner_in_and_not_s3():
    default = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Publish", "SNS:Subscribe"],
        "Resource": "arn:aws:sns:us-east-1:123456789012:news",
        "Condition": {"StringEquals": {"AWS:SourceOwner": "123456789012"}},
    }
    news = ServiceRequest("s3.amazonaws.com", "sns:Publish", default["Resource"], BUCKET, "123456789012")
    verdict = judge(policy(default), news)
    assert not verdict.allowed
    assert 'StringEquals asks AWS:SourceOwner for "123456789012", and the request does not have it' in verdict.reason


def test_the_reason_names_what_came_nearest():
    verdict = judge(
        policy(
            statement(Sid="ForSns", Principal={"Service": "sns.amazonaws.com"}),
            statement(Sid="ForRaw", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::row"}}),
            statement(Sid="Receiving", Action="sqs:ReceiveMessage"),
        ),
        S3_SENDS,
    )
    assert verdict.reason == (
        "s3.amazonaws.com may not sqs:SendMessage for arn:aws:s3:::raw: no statement of the target's policy allows it; "
        'statement "ForRaw" would, but ArnLike asks aws:SourceArn for "arn:aws:s3:::row", and it is "arn:aws:s3:::raw"'
    )


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"Principal": {"Service": "sns.amazonaws.com"}}, "no statement of the target's policy allows it"),
        ({"Action": "sqs:ReceiveMessage"}, 'statement "1" names the service, but another action'),
        ({"Resource": "arn:other"}, f'statement "1" would, but its resource is not {QUEUE}'),
    ],
)
def test_the_reason_for_each_part(changes, text):
    assert judge(policy(statement(**changes)), S3_SENDS).reason.endswith(text)


parts = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.sampled_from(["*", {"Service": "s3.amazonaws.com"}, {"Service": "sns.amazonaws.com"}]),
        "Action": st.sampled_from(["*", "sqs:SendMessage", "sqs:ReceiveMessage"]),
        "Resource": st.sampled_from(["*", QUEUE, QUEUE + "-2"]),
        "Condition": st.sampled_from([{}, {"ArnLike": {"aws:SourceArn": BUCKET}}, {"Null": {"aws:SourceArn": "true"}}]),
    }
)


@given(st.lists(parts, max_size=5), parts)
def test_one_more_statement_only_ever_does_what_its_effect_says(statements, more):
    before, after = allows(*statements), allows(*statements, more)
    assert after >= before if more["Effect"] == "Allow" else after <= before


@given(st.lists(parts, max_size=5).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_statements_makes_no_difference(both):
    one, other = both
    assert allows(*one) == allows(*other)


@given(st.lists(parts, max_size=5))
def test_there_is_a_reason_exactly_where_it_is_refused(statements):
    verdict = judge(policy(*statements), S3_SENDS)
    assert verdict.allowed == (verdict.reason == "")
