"""Stacks that a client deploys: code in S3 runs, waiters end, a template given at the start is shown too."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import WaiterError

CODE = """
import os, boto3
def handler(event, context):
    for record in event["Records"]:
        queue = boto3.client("sqs")
        queue.send_message(QueueUrl=os.environ["OUT"], MessageBody=os.environ["GREETING"] + record["body"])
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String, Default: "hello "}
Resources:
  In: {Type: AWS::SQS::Queue}
  Out: {Type: AWS::SQS::Queue}
  Greeter:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://stack-code/code.zip
      Handler: app.handler
      Runtime: python3.12
      Environment: {Variables: {OUT: !Ref Out, GREETING: !Ref Greeting}}
      Policies:
        - SQSSendMessagePolicy: {QueueName: !GetAtt Out.QueueName}
      Events:
        Job:
          Type: SQS
          Properties: {Queue: !GetAtt In.Arn}
Outputs:
  In: {Value: !Ref In}
  Out: {Value: !Ref Out}
"""


def archive(code: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("app.py", code)
    return buffer.getvalue()


def outputs(api: Any, name: str) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in api.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}


def greeted(server: Any, found: dict[str, str], name: str) -> str:
    sqs = server.client("sqs")
    sqs.send_message(QueueUrl=found["In"], MessageBody=name)
    (message,) = sqs.receive_message(QueueUrl=found["Out"], WaitTimeSeconds=20)["Messages"]
    sqs.delete_message(QueueUrl=found["Out"], ReceiptHandle=message["ReceiptHandle"])
    return str(message["Body"])


def test_a_stack_s_code_in_s3_runs_is_updated_and_goes(server: Any) -> None:
    api, s3 = server.client("cloudformation"), server.client("s3")
    s3.create_bucket(Bucket="stack-code")
    s3.put_object(Bucket="stack-code", Key="code.zip", Body=archive(CODE))
    quick = {"Delay": 1, "MaxAttempts": 30}
    may = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    api.create_stack(StackName="greeting", TemplateBody=TEMPLATE, Capabilities=may)
    api.get_waiter("stack_create_complete").wait(StackName="greeting", WaiterConfig=quick)
    found = outputs(api, "greeting")
    assert greeted(server, found, "Ann") == "hello Ann"

    s3.put_object(Bucket="stack-code", Key="new.zip", Body=archive(CODE.replace("record[", "'dear ' + record[")))
    api.update_stack(
        StackName="greeting",
        TemplateBody=TEMPLATE.replace("code.zip", "new.zip"),
        Parameters=[{"ParameterKey": "Greeting", "ParameterValue": "bye "}],
        Capabilities=may,
    )
    api.get_waiter("stack_update_complete").wait(StackName="greeting", WaiterConfig=quick)
    assert greeted(server, found, "Ann") == "bye dear Ann"

    api.delete_stack(StackName="greeting")
    api.get_waiter("stack_delete_complete").wait(StackName="greeting", WaiterConfig=quick)
    assert not [f for f in server.client("lambda").list_functions()["Functions"] if "greeting" in f["FunctionName"]]


def test_a_refused_stack_ends_the_waiter_and_says_why(server: Any) -> None:
    api = server.client("cloudformation")
    template = json.dumps({"Resources": {"Machine": {"Type": "AWS::EC2::Instance"}}})
    api.create_stack(StackName="refused", TemplateBody=template)
    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        api.get_waiter("stack_create_complete").wait(StackName="refused", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    reasons = [e.get("ResourceStatusReason", "") for e in api.describe_stack_events(StackName="refused")["StackEvents"]]
    assert any('"Machine" is of type AWS::EC2::Instance, which nothing here behaves like yet' in r for r in reasons)


def test_the_template_that_the_server_was_started_with_is_a_stack_too(app: Any) -> None:
    api = app.client("cloudformation")
    stack = api.describe_stacks(StackName="app")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert outputs(api, "app").keys() == {"Url", "Api", "Http", "Work", "Seen"}
    resources = api.describe_stack_resources(StackName="app")["StackResources"]
    assert "echo" in [r["PhysicalResourceId"] for r in resources]


def test_stack_sets_are_refused_with_a_word(server: Any) -> None:
    api = server.client("cloudformation")
    with pytest.raises(api.exceptions.ClientError, match="no stack sets"):
        api.create_stack_set(StackSetName="s", TemplateBody="{}")


def test_a_server_deploys_in_a_shell_whose_clients_are_led_to_it(
    start_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    (tmp_path / "template.yaml").write_text("Resources:\n  Jobs: {Type: AWS::SQS::Queue}\n")
    served = start_server(str(tmp_path))
    assert served.client("sqs").list_queues()["QueueUrls"]
