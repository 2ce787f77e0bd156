"""The contract between AWS's own managed policies and moto's IAM."""

from __future__ import annotations

import inspect
import json

import boto3
import pytest
from moto import mock_aws
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from harness.kernel.scheduler import Kernel
from harness.vendor.aws_managed_policies import _published
from harness.world.cloud import Cloud

ARN = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"


def test_the_joints_exist():
    assert list(inspect.signature(IAMBackend.attach_role_policy).parameters) == ["self", "policy_arn", "role_name"]
    assert list(inspect.signature(AWSManagedPolicy.from_data).parameters) == [
        "name",
        "account_id",
        "region_name",
        "data",
    ]


def test_upstream_does_not_know_awss_policies(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        iam = boto3.client("iam", region_name="us-east-1")
        iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            iam.attach_role_policy(RoleName="r", PolicyArn=ARN)


def test_every_policy_in_motos_text_can_be_found_by_its_name():
    whole = json.loads(aws_managed_policies_data)
    assert len(whole) > 1000
    assert [name for name, data in whole.items() if _published(name) != data] == []
    assert _published("Statement") is None


def test_a_role_gets_awss_policy_with_its_document():
    with Cloud(Kernel()) as cloud:
        iam = cloud.client("iam")
        iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        iam.attach_role_policy(RoleName="r", PolicyArn=ARN)
        attached = iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]
        assert attached == [{"PolicyName": "AWSLambdaSQSQueueExecutionRole", "PolicyArn": ARN}]
        version = iam.get_policy(PolicyArn=ARN)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=ARN, VersionId=version)["PolicyVersion"]["Document"]
        assert "sqs:ReceiveMessage" in document["Statement"][0]["Action"]


@pytest.mark.parametrize("arn", [ARN.replace("service-role/", ""), ARN + "2", "arn:aws:iam::123456789012:policy/p"])
def test_a_policy_that_aws_does_not_have_is_refused(arn):
    with Cloud(Kernel()) as cloud:
        iam = cloud.client("iam")
        iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            iam.attach_role_policy(RoleName="r", PolicyArn=arn)


def test_undo_restores_the_same_object():
    before = vars(IAMBackend)["attach_role_policy"]
    with Cloud(Kernel()):
        assert vars(IAMBackend)["attach_role_policy"] is not before
    assert vars(IAMBackend)["attach_role_policy"] is before
