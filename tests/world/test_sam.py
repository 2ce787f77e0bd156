"""What SAM makes of a template, seen from what stands afterwards."""

from __future__ import annotations

import json

import pytest

from harness.world.stack import Stack
from tests.world.conftest import Deployment

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = """\
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): ..."
      Handler: index.handler
      Runtime: python3.12
"""
QUEUE = "  Q: {Type: 'AWS::SQS::Queue'}\n"


def allowed(deployed: Deployment, stack: Stack, role: str = "FRole") -> list[str]:
    """The actions that the role's inline and managed policies allow."""
    iam, name = deployed.client("iam"), stack.resource(role).physical_id
    documents = [
        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        if ":aws:policy/" not in policy["PolicyArn"]:
            version = iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId="v1")
            documents.append(version["PolicyVersion"]["Document"])
    return [action for document in documents for s in document["Statement"] for action in s["Action"]]


@pytest.mark.parametrize(
    ("policy", "action"),
    [
        ("SQSSendMessagePolicy: {QueueName: !GetAtt Q.QueueName}", "sqs:SendMessage*"),
        ("S3ReadPolicy: {BucketName: b}", "s3:GetObject"),
        ("DynamoDBCrudPolicy: {TableName: t}", "dynamodb:PutItem"),
        ("SNSPublishMessagePolicy: {TopicName: t}", "sns:Publish"),
        ("SSMParameterReadPolicy: {ParameterName: p}", "ssm:GetParameter"),
        ("StepFunctionsExecutionPolicy: {StateMachineName: m}", "states:StartExecution"),
    ],
)
def test_a_policy_template_becomes_a_policy_of_the_functions_role(
    deployed: Deployment, policy: str, action: str
) -> None:
    stack = deployed(HEAD + FUNCTION + f"      Policies: [{{{policy}}}]\n" + QUEUE)
    assert action in allowed(deployed, stack)


def test_an_unknown_policy_template_is_refused(deployed: Deployment) -> None:
    error = deployed.refused(HEAD + FUNCTION + "      Policies: [{SQSSendPolicy: {QueueName: q}}]\n")
    assert 'SAM has no policy template "SQSSendPolicy"' in str(error)
    assert 'Did you mean "SQSSendMessagePolicy"?' in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("SQSSendPolicy")


def test_a_connector_within_its_source_lets_it_write(deployed: Deployment) -> None:
    connector = "    Connectors: {ToQ: {Properties: {Destination: {Id: Q}, Permissions: [Write]}}}\n"
    stack = deployed(HEAD + FUNCTION + connector + QUEUE)
    assert "sqs:SendMessage" in allowed(deployed, stack)


def test_a_connector_of_its_own_lets_its_source_write(deployed: Deployment) -> None:
    connector = (
        "  C:\n    Type: AWS::Serverless::Connector\n    Properties:\n"
        "      {Source: {Id: F}, Destination: {Id: Q}, Permissions: [Write]}\n"
    )
    stack = deployed(HEAD + FUNCTION + QUEUE + connector)
    assert "sqs:SendMessage" in allowed(deployed, stack)


def test_connectors_without_the_transform_are_refused(deployed: Deployment) -> None:
    error = deployed.refused("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Connectors: {}\n")
    assert 'The Connectors of "Q" belong to SAM' in str(error)


def test_auto_publish_makes_a_version_and_an_alias_that_the_event_calls(deployed: Deployment) -> None:
    event = "      Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}\n"
    stack = deployed(HEAD + FUNCTION + "      AutoPublishAlias: live\n" + event + QUEUE)
    alias = stack.resource("FAliaslive").physical_id
    assert alias.endswith(":live")
    assert stack.resource("FJobs").properties["FunctionName"] == alias


def test_a_deployment_preference_stands_and_says_nothing_of_a_first_deployment(deployed: Deployment) -> None:
    stack = deployed(
        HEAD + FUNCTION + "      AutoPublishAlias: live\n      DeploymentPreference: {Type: Canary10Percent5Minutes}\n"
    )
    assert stack.resource("FDeploymentGroup", "AWS::CodeDeploy::DeploymentGroup")
    alias = deployed.client("lambda").get_alias(FunctionName=stack.resource("F").physical_id, Name="live")
    assert alias["FunctionVersion"] == "1"


def test_what_globals_say_counts_unless_the_function_says_otherwise(deployed: Deployment) -> None:
    globals_ = "Globals: {Function: {Timeout: 9, MemorySize: 256, Environment: {Variables: {ONE: g, TWO: g}}}}\n"
    deployed(HEAD + globals_ + FUNCTION + "      Timeout: 7\n      Environment: {Variables: {TWO: f}}\n")
    (spec,) = deployed.functions
    assert (spec.timeout_s, spec.memory_mb, dict(spec.environment)) == (7, 256, {"ONE": "g", "TWO": "f"})


def test_a_type_that_sam_knows_and_nothing_here_behaves_like_is_refused_by_name(deployed: Deployment) -> None:
    error = deployed.refused(
        HEAD + "Resources:\n  G:\n    Type: AWS::Serverless::GraphQLApi\n    Properties:\n"
        "      {Auth: {Type: AWS_IAM}, SchemaInline: 'type Query { a: String }'}\n"
    )
    assert '"G' in str(error) and "nothing here behaves like yet" in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("Type: AWS::Serverless::GraphQLApi")


def test_substitutions_reach_a_definition_in_a_file(deployed: Deployment) -> None:
    flow = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${Name}", "End": True}}}
    deployed.folder.add("above/flow.asl.json", json.dumps(flow))
    stack = deployed(
        HEAD + "Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n"
        "      {DefinitionUri: above/flow.asl.json, DefinitionSubstitutions: {Name: !Ref 'AWS::StackName'}}\n"
    )
    arn = stack.resource("M").physical_id
    answer = deployed.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    assert json.loads(answer["definition"])["States"]["A"]["Result"] == "app"
