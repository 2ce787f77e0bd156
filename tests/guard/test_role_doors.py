"""What a role may, as its policies stand in the embedded cloud."""

from __future__ import annotations

import json

import pytest

from harness.guard.role_doors import READS, Refused, may, refused_to_read
from harness.kernel.scheduler import Kernel
from harness.world.cloud import Cloud

QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2030-01-15T09:00:00.000"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
ROLE = "arn:aws:iam::123456789012:role/worker"
MANAGED = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"


def document(*actions):
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    )


@pytest.fixture
def cloud():
    with Cloud(Kernel()) as cloud:
        yield cloud


@pytest.fixture
def iam(cloud):
    iam = cloud.client("iam")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument="{}")
    return iam


def test_esm_04_a_role_without_policies_may_not_receive(iam):
    refused = refused_to_read(ROLE, QUEUE)
    assert refused is not None
    assert refused.action == "sqs:ReceiveMessage"


def _kind(arn):
    return arn.split(":")[2]


@pytest.mark.parametrize(
    ("source", "left_out"), [(source, action) for source in (QUEUE, TABLE, STREAM) for action in READS[_kind(source)]]
)
def test_esm_04_all_three_actions_are_needed(iam, source, left_out):
    iam.put_role_policy(
        RoleName="worker",
        PolicyName="work",
        PolicyDocument=document(*[a for a in READS[_kind(source)] if a != left_out]),
    )
    reason = f'the role "worker" may not {left_out} on {source}: no statement of the role\'s policies allows it'
    assert refused_to_read(ROLE, source) == Refused(left_out, reason)


def test_esm_04_an_inline_policy_will_do(iam):
    iam.put_role_policy(RoleName="worker", PolicyName="work", PolicyDocument=document("sqs:*"))
    assert refused_to_read(ROLE, QUEUE) is None


def test_esm_04_a_managed_policy_will_do_in_its_version_in_force(iam):
    arn = iam.create_policy(PolicyName="work", PolicyDocument=document("s3:*"))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    assert refused_to_read(ROLE, QUEUE) is not None
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document("sqs:*"), SetAsDefault=True)
    assert refused_to_read(ROLE, QUEUE) is None


def test_esm_04_awss_own_policy_for_queues_will_do(iam):
    iam.attach_role_policy(RoleName="worker", PolicyArn=MANAGED)
    assert refused_to_read(ROLE, QUEUE) is None


def test_a_boundary_of_awss_own_is_asked_too(cloud):
    iam = cloud.client("iam")
    iam.create_role(
        RoleName="worker",
        AssumeRolePolicyDocument="{}",
        PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    )
    iam.attach_role_policy(RoleName="worker", PolicyArn=MANAGED)
    refused = refused_to_read(ROLE, QUEUE)
    assert refused is not None
    assert "boundary" in refused.reason


def test_the_queues_own_policy_is_asked(cloud, iam):
    cloud.client("sqs").create_queue(
        QueueName="jobs",
        Attributes={
            "Policy": json.dumps(
                {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sqs:*", "Resource": QUEUE}]}
            )
        },
    )
    assert may(ROLE, "sqs:ReceiveMessage", QUEUE).allowed


def test_a_role_that_is_not_there_may_nothing(cloud):
    assert may(ROLE, "sqs:ReceiveMessage", QUEUE).reason.endswith("there is no such role")
