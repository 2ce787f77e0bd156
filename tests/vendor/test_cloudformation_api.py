"""The contract between our stacks and moto's CloudFormation."""

from __future__ import annotations

import inspect
import json
import warnings

import pytest
from botocore.exceptions import ClientError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import BaseResponse

from harness.kernel.scheduler import Kernel
from harness.vendor import cloudformation_api
from harness.vendor.cloudformation_api import StackRefused
from harness.world.cloud import Cloud

SUBSCRIPTION = {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": "t", "Protocol": "sqs", "Endpoint": "q"}}


def test_the_joints_exist():
    assert list(inspect.signature(CloudFormationResponse.call_action).parameters) == ["self"]
    assert CloudFormationResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER
    assert {"_get_action", "serialized"} <= set(vars(BaseResponse))
    assert CloudFormationResponse().automated_parameter_parsing


def test_upstream_leaves_out_a_type_it_does_not_know_and_calls_the_stack_complete():
    with Cloud(Kernel()) as cloud, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        template = json.dumps({"Resources": {"S": SUBSCRIPTION}})
        cloud.client("cloudformation").create_stack(StackName="s", TemplateBody=template)
        stack = cloud.client("cloudformation").describe_stacks(StackName="s")["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert cloud.client("sns").list_subscriptions()["Subscriptions"] == []


def test_operations_on_stacks_are_answered_from_above():
    asked = []

    def answers(operation, params):
        asked.append((operation, params))
        return {"StackId": "arn:of:it"}

    with Cloud(Kernel()) as cloud:
        cloudformation_api.apply(cloud.patches, answers=answers)
        tags = [{"Key": "a", "Value": "b"}]
        made = cloud.client("cloudformation").create_stack(StackName="s", TemplateBody="{}", Tags=tags)
        assert made["StackId"] == "arn:of:it"
    assert asked == [("CreateStack", {"StackName": "s", "TemplateBody": "{}", "Tags": tags})]


def test_a_refusal_is_an_error_of_cloudformation_s():
    def answers(operation, params):
        raise StackRefused("ValidationError", "No.")

    with Cloud(Kernel()) as cloud:
        cloudformation_api.apply(cloud.patches, answers=answers)
        with pytest.raises(ClientError) as caught:
            cloud.client("cloudformation").describe_stacks(StackName="s")
        assert caught.value.response["Error"]["Code"] == "ValidationError"
        assert caught.value.response["Error"]["Message"] == "No."
        assert cloud.client("cloudformation").list_stack_sets()["Summaries"] == []


def test_undo_restores_the_same_objects():
    names = ("call_action", "RESPONSE_KEY_PATH_TO_TRANSFORMER")
    before = [getattr(CloudFormationResponse, name) for name in names]
    with Cloud(Kernel()) as cloud:
        cloudformation_api.apply(cloud.patches, answers=lambda operation, params: {})
        assert all(getattr(CloudFormationResponse, n) is not b for n, b in zip(names, before, strict=True))
    assert all(getattr(CloudFormationResponse, n) is b for n, b in zip(names, before, strict=True))
