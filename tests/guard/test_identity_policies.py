from __future__ import annotations

import pytest

from harness.errors import ScenarioError
from harness.guard.identity_policies import RoleRequest, judge
from harness.vendor.identity_policies import RolePolicies

QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"
ROLE = "arn:aws:iam::123456789012:role/worker"
RECEIVES = RoleRequest(ROLE, "sqs:ReceiveMessage", QUEUE)
ALLOW = {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": QUEUE}
DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}


def statement(**changes):
    """``ALLOW`` with parts replaced; a part that is None is left out."""
    return {k: v for k, v in {**ALLOW, **changes}.items() if v is not None}


def verdict(*statements, boundary=None, resource=None, request=RECEIVES):
    bounds = None if boundary is None else {"Statement": boundary}
    policies = RolePolicies({"work": {"Statement": list(statements)}}, bounds)
    return judge(policies, None if resource is None else {"Statement": resource}, request)


def test_iam_07_a_role_may_what_a_statement_of_its_own_allows():
    assert verdict(ALLOW).allowed
    assert verdict(ALLOW).reason == ""


def test_a_role_without_policies_may_nothing():
    said = 'the role "worker" may not sqs:ReceiveMessage on arn:aws:sqs:us-east-1:123456789012:jobs: '
    assert judge(RolePolicies({}), None, RECEIVES).reason == f"{said}no statement of the role's policies allows it"


@pytest.mark.parametrize("action", ["*", "sqs:*", "SQS:receive*", ["sqs:SendMessage", "sqs:ReceiveMessage"]])
def test_iam_10_actions_that_include_receiving(action):
    assert verdict(statement(Action=action)).allowed


@pytest.mark.parametrize("resource", ["*", "arn:aws:sqs:*:*:jobs", "arn:aws:sqs:us-east-1:123456789012:j?bs"])
def test_iam_10_resources_that_include_the_queue(resource):
    assert verdict(statement(Resource=resource)).allowed


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"Resource": QUEUE.upper()}, f'statement "1" in "work" would, but its resource is not {QUEUE}'),
        ({"Resource": None, "NotResource": QUEUE}, f'statement "1" in "work" would, but its resource is not {QUEUE}'),
        (
            {"Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, "Sid": "Read"},
            'statement "Read" in "work" would, but StringEquals asks aws:RequestedRegion for "eu-west-1", and it is '
            '"us-east-1"',
        ),
    ],
)
def test_a_refusal_names_the_statement_that_came_nearest(changes, why):
    refused = verdict(statement(Action="s3:GetObject"), statement(Action="sqs:SendMessage")).reason
    assert refused.endswith("no statement of the role's policies allows it")
    assert verdict(statement(**changes)).reason.endswith(why)


def test_iam_09_a_denial_wins_over_every_permission():
    refused = verdict(ALLOW, DENY, resource={**ALLOW, "Principal": "*"})
    assert (refused.allowed, refused.denied) == (False, True)
    assert refused.reason.endswith('statement "2" in "work" of the role\'s policies denies it')


def test_iam_09_a_denial_whose_condition_does_not_hold_denies_nothing():
    assert verdict(ALLOW, {**DENY, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}).allowed


@pytest.mark.parametrize("principal", ["*", {"AWS": ROLE}])
def test_iam_07_the_queues_policy_suffices_if_it_names_the_role_itself(principal):
    assert verdict(resource={**ALLOW, "Principal": principal}).allowed


@pytest.mark.parametrize(
    "principal", [{"AWS": "123456789012"}, {"AWS": "arn:aws:iam::123456789012:root"}, {"Service": "*"}]
)
def test_iam_07_a_queue_that_names_the_account_leaves_it_to_the_roles_policies(principal):
    assert not verdict(resource={**ALLOW, "Principal": principal}).allowed


@pytest.mark.parametrize("principal", ["*", {"AWS": ROLE}, {"AWS": "123456789012"}])
def test_iam_07_the_queues_policy_can_keep_a_role_out(principal):
    assert not verdict(ALLOW, resource={**DENY, "Principal": principal}).allowed


def test_iam_07_a_boundary_must_allow_too():
    assert verdict(ALLOW, boundary=[statement(Action="sqs:*")]).allowed
    refused = verdict(ALLOW, boundary=[statement(Action="s3:*")])
    assert refused.reason.endswith("no statement of the role's permissions boundary allows it")
    assert not verdict(resource={**ALLOW, "Principal": {"AWS": ROLE}}, boundary=[]).allowed


def test_a_roles_tags_are_condition_keys():
    tagged = RoleRequest(ROLE, "sqs:ReceiveMessage", QUEUE, tags={"Team": "data"})
    asks = statement(Condition={"StringEquals": {"aws:PrincipalTag/Team": "data"}})
    assert verdict(asks, request=tagged).allowed
    assert not verdict(asks).allowed


def test_an_operator_that_is_not_judged_here_is_refused_by_name():
    with pytest.raises(ScenarioError, match=r'A policy uses the condition operator "DateLessThan"'):
        verdict(statement(Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}))
