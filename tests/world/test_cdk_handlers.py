"""The functions that CDK adds in JavaScript have a counterpart in Python, which does what they do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.act.stage import Stage
from harness.run import Run, run
from harness.scenario.files import Files
from harness.scenario.model import Scenario

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ]
        },
        "Policies": [
            {
                "PolicyName": "all",
                "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
            }
        ],
    },
}
OWN = """\
def handler(event, context):
    assert "ResponseURL" not in event
    if event["ResourceProperties"].get("fail"):
        raise ValueError("no room")
    return {"PhysicalResourceId": "mine", "Data": {"Name": "answered"}}
"""


def javascript(**more: Any) -> dict[str, Any]:
    properties = {"Code": {"S3Bucket": "b", "S3Key": "x.zip"}, "Handler": "index.handler", "Runtime": "nodejs24.x"}
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": properties | {"Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Timeout": 60} | more,
    }


def custom(kind: str, **properties: Any) -> dict[str, Any]:
    token = {"Fn::GetAtt": ["Made", "Arn"]}
    return {"Type": kind, "Properties": {"ServiceToken": token, **properties}}


@pytest.fixture
def deployed(tmp_path: Path) -> Any:
    """Deploy resources as the only stack of a cloud assembly, and look at what stands."""

    def deploy(look: Callable[[Stage], None] = lambda stage: None, /, **resources: Any) -> Run:
        stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "One.template.json"}}
        (tmp_path / "cdk.out").write_text("{}")
        (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"One": stack}}))
        (tmp_path / "One.template.json").write_text(json.dumps({"Resources": {"Role": ROLE, **resources}}))
        document = {"pipeline": tmp_path, "name": "x", "then": [{"elapsed": {"at_least": "0s"}}]}
        scenario = Scenario.model_validate(document, context=Files(tmp_path / "a.yaml"))
        return run(scenario, on_end=look)

    return deploy


def test_a_bucket_that_is_emptied_when_it_goes_stands(deployed: Any) -> None:
    result = deployed(
        Made=javascript(),
        Uploads={"Type": "AWS::S3::Bucket"},
        Empties=custom("Custom::S3AutoDeleteObjects", BucketName={"Ref": "Uploads"}),
    )
    assert result.error is None


def test_a_log_group_keeps_its_lines_as_long_as_it_was_told(deployed: Any) -> None:
    def look(stage: Stage) -> None:
        (group,) = stage.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/x")["logGroups"]
        assert group["retentionInDays"] == 7

    retained = custom("Custom::LogRetention", LogGroupName="/aws/lambda/x", RetentionInDays=7)
    assert deployed(look, Made=javascript(), Retained=retained).error is None


@pytest.mark.parametrize(
    ("service", "action"),
    [("SQS", "createQueue"), ("@aws-sdk/client-sqs", "CreateQueueCommand"), ("sqs", "CreateQueue")],
)
def test_a_call_of_awss_api_is_made_and_its_answer_can_be_asked_for(deployed: Any, service: str, action: str) -> None:
    call = {"service": service, "action": action, "parameters": {"QueueName": "made"}}
    call["physicalResourceId"] = {"responsePath": "QueueUrl"}

    def look(stage: Stage) -> None:
        url = stage.client("sqs").get_queue_url(QueueName="made")["QueueUrl"]
        assert stage.client("ssm").get_parameter(Name="url")["Parameter"]["Value"] == url
        assert stage.stack.resources["Call"].physical_id == url

    result = deployed(
        look,
        Made=javascript(),
        Call=custom("Custom::AWS", Create=json.dumps(call)),
        Shown={
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "url", "Type": "String", "Value": {"Fn::GetAtt": ["Call", "QueueUrl"]}},
        },
    )
    assert result.error is None


def test_a_call_that_aws_refuses_fails_the_deployment_unless_its_error_is_to_be_ignored(deployed: Any) -> None:
    call = {"service": "SSM", "action": "getParameter", "parameters": {"Name": "none"}}
    call["physicalResourceId"] = {"id": "x"}
    result = deployed(Made=javascript(), Call=custom("Custom::AWS", Create=json.dumps(call)))
    assert "ParameterNotFound" in str(result.error)
    call["ignoreErrorCodesMatching"] = "ParameterNotFound"
    result = deployed(Made=javascript(), Call=custom("Custom::AWS", Create=json.dumps(call)))
    assert result.error is None


def own_handler() -> dict[str, Any]:
    return javascript(Runtime="python3.12", Code={"ZipFile": OWN})


def framework(**variables: Any) -> dict[str, Any]:
    named = {"USER_ON_EVENT_FUNCTION_ARN": {"Fn::GetAtt": ["Own", "Arn"]}, **variables}
    return javascript(
        Handler="framework.onEvent",
        Environment={"Variables": named},
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "FATAL"},
    )


def test_a_providers_own_function_is_asked_and_its_answer_taken(deployed: Any) -> None:
    def look(stage: Stage) -> None:
        assert stage.stack.resources["Thing"].physical_id == "mine"
        assert stage.stack.resources["Thing"].attributes["Name"] == "answered"

    assert deployed(look, Own=own_handler(), Made=framework(), Thing=custom("Custom::Thing")).error is None


def test_a_providers_own_function_that_fails_fails_the_deployment(deployed: Any) -> None:
    result = deployed(Own=own_handler(), Made=framework(), Thing=custom("Custom::Thing", fail="yes"))
    assert "ValueError: no room" in str(result.error)


@pytest.mark.parametrize(
    "resources",
    [
        {"Made": javascript()},
        {"Made": javascript(), "Thing": custom("Custom::Thing")},
        {
            "Own": own_handler(),
            "Made": framework(WAITER_STATE_MACHINE_ARN="arn:aws:states:us-east-1:123456789012:stateMachine:x"),
        },
    ],
)
def test_other_functions_in_javascript_are_refused_by_name(deployed: Any, resources: dict[str, Any]) -> None:
    result = deployed(**resources)
    assert '"Made"' in str(result.error)
