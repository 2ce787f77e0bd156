from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from harness.errors import HarnessBug, ScenarioError
from harness.world.deploy import deploy
from harness.world.functions import Functions
from harness.world.providers import PROVIDERS
from harness.world.providers.provider import Created, Provider
from harness.world.providers.shapes import Record
from tests.world.conftest import Client, Deployment, Folder

ORDERS = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Retention: {Type: Number, Default: 345600}
Globals:
  Function:
    Runtime: python3.12
    CodeUri: src/
    Environment:
      Variables: {LEVEL: INFO, STRICT: true, ROWS: 5}
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "${AWS::StackName}-uploads"
  Dead:
    Type: AWS::SQS::Queue
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      MessageRetentionPeriod: !Ref Retention
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Told:
    Type: AWS::SNS::Topic
    Properties:
      Subscription:
        - {Protocol: email, Endpoint: ops@example.com}
  Validator:
    Type: AWS::Serverless::Function
    Properties:
      Handler: validator.handler
      Timeout: 20
      Environment:
        Variables: {QUEUE: !Ref Jobs}
      Policies:
        - SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}
      Events:
        Upload:
          Type: S3
          Properties:
            Bucket: !Ref Uploads
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: suffix, Value: .csv}]}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: worker.handler
      ReservedConcurrentExecutions: 5
      Environment:
        Variables: {FLOW: !Ref Flow}
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
            BatchSize: 5
            MaximumBatchingWindowInSeconds: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flow.asl.json
      DefinitionSubstitutions: {Told: !Ref Told}
      Policies:
        - SNSPublishMessagePolicy: {TopicName: !GetAtt Told.TopicName}
Outputs:
  Queue: {Value: !Ref Jobs}
  Arn: {Value: !GetAtt Flow.Arn}
"""
FLOW = {
    "StartAt": "Tell",
    "States": {
        "Tell": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": "${Told}", "Message": "x"},
            "End": True,
        }
    },
}


@pytest.fixture
def orders(deployed: Deployment) -> Deployment:
    deployed.folder.add("src/validator.py")
    deployed.folder.add("src/worker.py")
    deployed.folder.add("flow.asl.json", json.dumps(FLOW))
    return deployed


def test_a_whole_pipeline_comes_to_stand(orders: Deployment) -> None:
    stack = orders(ORDERS)
    mapping = orders.client("lambda").list_event_source_mappings()["EventSourceMappings"][0]
    queue = stack.resource("Jobs", "AWS::SQS::Queue")
    assert mapping["EventSourceArn"] == queue.arn
    assert mapping["FunctionArn"] == stack.resource("Worker").arn
    assert mapping["BatchSize"] == 5
    notification = orders.client("s3").get_bucket_notification_configuration(Bucket="app-uploads")
    (told,) = notification["LambdaFunctionConfigurations"]
    assert told["LambdaFunctionArn"] == stack.resource("Validator").arn
    assert told["Filter"]["Key"]["FilterRules"] == [{"Name": "suffix", "Value": ".csv"}]
    machine = orders.client("stepfunctions").describe_state_machine(stateMachineArn=stack.outputs["Arn"])
    assert json.loads(machine["definition"])["States"]["Tell"]["Parameters"]["TopicArn"] == (stack.resource("Told").arn)
    assert stack.outputs["Queue"] == queue.physical_id


def test_functions_are_registered_as_they_are_to_be_run(orders: Deployment) -> None:
    stack = orders(ORDERS)
    worker = orders.functions.find(stack.resource("Worker").arn)
    assert worker is not None
    assert worker.environment == {
        "LEVEL": "INFO",
        "STRICT": "true",
        "ROWS": "5",
        "FLOW": stack.resource("Flow").arn,
    }
    assert (worker.timeout_s, worker.memory_mb, worker.reserved_concurrency) == (3, 128, 5)
    assert worker.handler == "worker.handler" and worker.logical_id == "Worker"
    assert worker.role_arn == stack.resource("WorkerRole").arn
    validator = orders.functions.find("Validator") or next(iter(orders.functions))
    assert validator.timeout_s == 20


def test_each_resource_is_created_after_what_it_needs(orders: Deployment) -> None:
    stack = orders(ORDERS)
    order = orders.created
    assert order == list(stack.resources)
    for first, then in [
        ("Dead", "Jobs"),
        ("Told", "Flow"),
        ("Flow", "Worker"),
        ("WorkerRole", "Worker"),
        ("ValidatorUploadPermission", "Uploads"),  # the translator's DependsOn
    ]:
        assert order.index(first) < order.index(then)


def test_resources_remember_their_line_and_their_properties(orders: Deployment) -> None:
    stack = orders(ORDERS)
    assert stack.resource("Dead").line == orders.folder.line("  Dead:")
    assert stack.resource("FlowRole").line == orders.folder.line("  Flow:")
    assert stack.resource("WorkerJobs").properties["BatchSize"] == 5
    assert stack.resource("Jobs").properties["RedrivePolicy"]["deadLetterTargetArn"] == (stack.resource("Dead").arn)


def test_two_deployments_give_the_same_names(orders: Deployment) -> None:
    first = orders(ORDERS, stack_name="one")
    second = orders(ORDERS, stack_name="two")
    assert first.resource("Dead").attributes["QueueName"].startswith("one-Dead-")
    assert second.resource("Dead").attributes["QueueName"].startswith("two-Dead-")


def test_given_parameters_count(orders: Deployment) -> None:
    stack = orders(ORDERS, parameters={"Retention": 120})
    assert stack.resource("Jobs").properties["MessageRetentionPeriod"] == 120


def test_pseudo_parameters_are_the_stacks(deployed: Deployment) -> None:
    names = ("Region", "AccountId", "StackName", "Partition", "URLSuffix", "StackId")
    outputs = "".join(f"  {name}: {{Value: !Ref 'AWS::{name}'}}\n" for name in names)
    stack = deployed("Resources:\n  Q: {Type: 'AWS::SQS::Queue'}\nOutputs:\n" + outputs, stack_name="s")
    assert [stack.outputs[name] for name in names[:5]] == [
        "us-east-1",
        "123456789012",
        "s",
        "aws",
        "amazonaws.com",
    ]
    assert stack.outputs["StackId"].startswith("arn:aws:cloudformation:us-east-1:123456789012:stack/s/")


CONDITIONAL = """\
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  Always:
    Type: AWS::SQS::Queue
    DependsOn: OnlyProd
    Properties:
      DelaySeconds: !If [Prod, 5, !Ref "AWS::NoValue"]
  OnlyProd:
    Type: AWS::SQS::Queue
    Condition: Prod
Outputs:
  Url:
    Condition: Prod
    Value: !Ref OnlyProd
"""


def test_a_resource_whose_condition_does_not_hold_is_not_created(deployed: Deployment) -> None:
    stack = deployed(CONDITIONAL)
    assert list(stack.resources) == ["Always"]
    assert stack.resource("Always").properties == {}
    assert stack.outputs == {}


def test_a_resource_whose_condition_holds_is_created_first_where_it_is_needed(deployed: Deployment) -> None:
    stack = deployed(CONDITIONAL, parameters={"Stage": "prod"})
    assert list(stack.resources) == ["OnlyProd", "Always"]
    assert stack.resource("Always").properties == {"DelaySeconds": 5}
    assert stack.outputs == {"Url": stack.resource("OnlyProd").physical_id}


def one(properties: str, kind: str = "AWS::SQS::Queue", more: str = "") -> str:
    return (
        f"Resources:\n  First: {{Type: 'AWS::SNS::Topic'}}\n  X:\n    Type: {kind}\n{more}"
        f"    Properties:\n      {properties}\n"
    )


@pytest.mark.parametrize(
    ("text", "piece", "expected"),
    [
        (one("a: 1", "AWS::SQS::Qeue"), "Qeue", 'Did you mean "AWS::SQS::Queue"?'),
        (one("a: 1", "AWS::EC2::Instance"), "EC2", "which nothing here behaves like yet"),
        (one("VisibilityTimout: 5"), "Timout", 'has no property "VisibilityTimout".\n  Did you mean "Visib'),
        (one("VisibilityTimeout: x"), "Timeout", 'must be a whole number; it is "x".'),
        (one("VisibilityTimeout: 43201"), "Timeout", "is 43201; AWS allows 0 to 43200."),
        (one("RedrivePolicy: {maxReceiveCount: 3}"), "Redrive", "lacks RedrivePolicy.deadLetterTargetArn"),
        (one("QueueName: !Ref Nope"), "Nope", "Unresolved resource dependencies [Nope]"),
        (one("QueueName: !GetAtt First.Arn"), "First.Arn", 'has no attribute "Arn".\n  Valid names: TopicArn'),
        (one("QueueName: !Sub '${First.Nope}'"), "Nope", 'has no attribute "Nope".'),
        (one("DelaySeconds: 1", more="    DependsOn: [Nope]\n"), "DependsOn", "[Nope] in the Resources block"),
        (one("DelaySeconds: 1", more="    DependsOn: [{a: 1}]\n"), "DependsOn", "in the Resources block"),
        (one("DelaySeconds: 1", more="    Condition: Nope\n"), "Condition", 'has no condition "Nope"'),
        (one("DelaySeconds: !Ref X"), "X:", "Circular dependency between resources: [X]"),
        (
            one("FunctionName: !Ref Nope", "AWS::Lambda::Permission"),
            "Nope",
            "Unresolved resource dependencies",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_name_before_anything_is_created(
    deployed: Deployment, text: str, piece: str, expected: str
) -> None:
    error = deployed.refused(text)
    assert expected in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line(piece)
    assert deployed.client("sns").list_topics()["Topics"] == []


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ("A: x", 'The output "A" must be a mapping with a Value.'),
        ("A: {Value: 1, Name: x}", 'The output "A" has no part "Name".'),
        ("A: {Value: !Ref Nope}", "Unresolved resource dependencies [Nope]"),
        ("A: {Value: !GetAtt First.Nope}", 'has no attribute "Nope"'),
        ("A: {Value: 1, Condition: Nope}", 'has no condition "Nope"'),
    ],
)
def test_a_wrong_output_is_refused_before_anything_is_created(
    deployed: Deployment, outputs: str, expected: str
) -> None:
    assert expected in str(deployed.refused(one("DelaySeconds: 1") + f"Outputs:\n  {outputs}\n"))


def test_a_broken_condition_is_refused_though_nothing_uses_it(deployed: Deployment) -> None:
    error = deployed.refused("Conditions:\n  A: !Equals [1]\n" + one("DelaySeconds: 1"))
    assert error.where is not None and error.where.line == 2


def test_two_resources_that_need_each_other_are_named_as_aws_names_them(deployed: Deployment) -> None:
    error = deployed.refused(
        "Resources:\n  A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !GetAtt B.TopicName}}\n"
        "  B: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !GetAtt A.QueueName}}\n"
    )
    assert error.problem == "Circular dependency between resources: [A, B]"


def test_what_aws_answers_names_the_resource_and_its_line(deployed: Deployment) -> None:
    with pytest.raises(ScenarioError) as caught:
        deployed(one("QueueName: 'not a name'"))
    assert str(caught.value).startswith(
        f'{deployed.folder.file}:5  Resources.X.Properties: "X" (AWS::SQS::Queue) cannot be created: CreateQueue '
        "answers InvalidParameterValue: Can only include alphanumeric characters"
    )


def test_a_crash_of_the_cloud_is_our_bug_and_names_the_resource(
    deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(request: Any) -> Created:
        raise KeyError("inside")

    monkeypatch.setitem(PROVIDERS, "X::Y::Z", Provider("X::Y::Z", Record({}), (), create))
    with pytest.raises(HarnessBug, match=r'while it created "X" \(X::Y::Z\), .*template.yaml:2.*KeyError'):
        deployed("Resources:\n  X:\n    Type: X::Y::Z\n")


def test_a_property_that_the_transform_made_is_refused_at_the_authors_line(deployed: Deployment) -> None:
    deployed.folder.add("app.py")
    error = deployed.refused(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties:\n      Handler: app.handler\n      Runtime: python3.12\n"
        "      VpcConfig: {SubnetIds: [a], SecurityGroupIds: [b]}\n"
    )
    assert 'asks for "VpcConfig", which AWS has and nothing here behaves like yet' in str(error)
    assert error.where is not None and error.where.line == 8


def test_a_json_template_deploys_too(folder: Folder, client: Client) -> None:
    from harness.world.template import load_template

    file = folder.add("template.json", '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    stack = deploy(load_template(file), client, Functions())
    assert stack.resource("Q").type == "AWS::SQS::Queue"


def test_another_region_and_account_appear_in_every_arn(folder: Folder, client: Client) -> None:
    session = boto3.Session(region_name="eu-west-1")
    template = folder.template("Resources:\n  B: {Type: 'AWS::S3::Bucket'}\n  Q: {Type: 'AWS::SQS::Queue'}\n")
    stack = deploy(template, lambda service: session.client(service), Functions(), region="eu-west-1")
    assert stack.resource("Q").arn.startswith("arn:aws:sqs:eu-west-1:123456789012:")
