"""One test for each way in which moto's CloudFormation loses a real template, where that is the language's matter.

What it drops of single resource types is the providers' matter and tested there.
"""

from __future__ import annotations

import json

import pytest

from harness.kernel.scheduler import Kernel
from harness.run import run
from harness.scenario.load import load_file
from harness.wiring import Wiring
from harness.world.cloud import Cloud
from harness.world.deploy import deploy
from tests.world.conftest import Deployment, Folder

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
TRUST = "{Statement: [{Effect: Allow, Action: 'sts:AssumeRole', Principal: {Service: lambda.amazonaws.com}}]}"
ROLE = f"  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n"
QUEUE = "  Q: {Type: 'AWS::SQS::Queue'}\n"
MACHINE = (
    "  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      RoleArn: !GetAtt R.Arn\n"
    "      Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}\n"
)
FUNCTION = (
    "  F:\n    Type: AWS::Lambda::Function\n    Properties:\n"
    "      Code: {ZipFile: 'def handler(event, context): ...'}\n"
    "      Handler: index.handler\n      Runtime: python3.12\n      Role: !GetAtt R.Arn\n"
)
LOGS = "arn:aws:logs:us-east-1:123456789012"
ALARM = "{ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Namespace: N, MetricName: M, Period: 60}"
MAPPING = (
    "  E:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties:\n"
    "      {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F}\n"
)
API = "  A: {Type: 'AWS::ApiGateway::RestApi', Properties: {Name: a}}\n"


def outputs(*values: str) -> str:
    return "Outputs:\n" + "".join(f"  O{i}: {{Value: {value}}}\n" for i, value in enumerate(values))


@pytest.mark.parametrize(
    ("resource", "attribute", "begins"),
    [
        (ROLE + MACHINE, "M.Arn", "arn:aws:states:us-east-1:123456789012:stateMachine:app-M-"),
        (QUEUE, "Q.QueueUrl", "https://sqs.us-east-1.amazonaws.com/123456789012/app-Q-"),
        ("  T: {Type: 'AWS::SNS::Topic'}\n", "T.TopicArn", "arn:aws:sns:us-east-1:123456789012:app-T-"),
        ("  T: {Type: 'AWS::SNS::Topic'}\n", "T.TopicName", "app-T-"),
        ("  P: {Type: 'AWS::SSM::Parameter', Properties: {Type: String, Value: v}}\n", "P.Value", "v"),
        ("  P: {Type: 'AWS::SSM::Parameter', Properties: {Type: String, Value: v}}\n", "P.Type", "String"),
        ("  K: {Type: 'AWS::KMS::Key'}\n", "K.KeyId", ""),
        ("  G: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: g}}\n", "G.Arn", f"{LOGS}:log-group:g:*"),
        (
            f"  A:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {ALARM}\n",
            "A.Arn",
            "arn:aws:cloudwatch:us-east-1:",
        ),
        (ROLE + FUNCTION + QUEUE + MAPPING, "E.Id", ""),
    ],
)
def test_attributes_that_moto_lacks_are_there(deployed: Deployment, resource: str, attribute: str, begins: str) -> None:
    stack = deployed("Resources:\n" + resource + outputs(f"!GetAtt {attribute}"))
    assert stack.outputs["O0"] and stack.outputs["O0"].startswith(begins)


@pytest.mark.parametrize(
    ("resource", "attribute"), [(ROLE + FUNCTION, "F.Name"), ("  B: {Type: 'AWS::S3::Bucket'}\n", "B.BucketName")]
)
def test_an_attribute_that_aws_lacks_is_refused_by_name(deployed: Deployment, resource: str, attribute: str) -> None:
    error = deployed.refused("Resources:\n" + resource + outputs(f"!GetAtt {attribute}"))
    assert f'has no attribute "{attribute.split(".")[1]}"' in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("O0")


@pytest.mark.parametrize("asked", ["!GetAtt X.Arn", "!Ref X"])
def test_an_unknown_type_is_refused_where_moto_skips_it_and_its_references_vanish(
    deployed: Deployment, asked: str
) -> None:
    held = f"  P:\n    Type: AWS::SSM::Parameter\n    Properties: {{Type: String, Value: {asked}}}\n"
    error = deployed.refused(f"Resources:\n  X: {{Type: 'AWS::Nobody::Knows'}}\n{held}{outputs(asked)}")
    assert '"X" is of type AWS::Nobody::Knows' in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("Nobody")


def test_a_reference_to_what_its_condition_leaves_out_is_refused_where_moto_deletes_the_property(
    deployed: Deployment,
) -> None:
    error = deployed.refused(
        "Conditions: {Never: !Equals [a, b]}\nResources:\n  Q: {Type: 'AWS::SQS::Queue', Condition: Never}\n"
        "  P:\n    Type: AWS::SSM::Parameter\n    Properties: {Type: String, Value: !Ref Q}\n"
    )
    assert "Unresolved resource dependencies [Q]" in str(error)


@pytest.mark.parametrize(
    ("resource", "logical_id"),
    [
        (ROLE + FUNCTION + "  V: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !Ref F}}\n", "V"),
        (
            ROLE + FUNCTION + "  L:\n    Type: AWS::Lambda::Permission\n    Properties:\n      {FunctionName: !Ref F, "
            "Action: 'lambda:InvokeFunction', Principal: sns.amazonaws.com}\n",
            "L",
        ),
        (
            QUEUE + "  P:\n    Type: AWS::SQS::QueuePolicy\n    Properties:\n"
            "      {Queues: [!Ref Q], PolicyDocument: {Statement: []}}\n",
            "P",
        ),
    ],
)
def test_a_reference_is_a_text_and_never_a_python_object(deployed: Deployment, resource: str, logical_id: str) -> None:
    stack = deployed(f"Resources:\n{resource}  Held:\n    Type: AWS::SSM::Parameter\n    Properties:\n"
                     f"      {{Type: String, Value: !Sub 'it is ${{{logical_id}}}'}}\n")  # fmt: skip
    value = deployed.client("ssm").get_parameter(Name=stack.resource("Held").physical_id)["Parameter"]["Value"]
    assert value == f"it is {stack.resource(logical_id).physical_id}"
    assert "object at 0x" not in value


def test_a_circle_of_role_and_bucket_is_named_as_aws_names_it(deployed: Deployment) -> None:
    error = deployed.refused(
        f"Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n"
        "      Policies: [{PolicyName: p, PolicyDocument: {Statement: "
        "[{Effect: Allow, Action: 's3:*', Resource: !GetAtt Bucket.Arn}]}}]\n"
        "  Bucket:\n    Type: AWS::S3::Bucket\n    Properties: {Tags: [{Key: k, Value: !Ref Role}]}\n"
    )
    assert "Circular dependency between resources: [Role, Bucket]" in str(error)


def test_empty_sections_are_sections(deployed: Deployment) -> None:
    assert "Q" in deployed(f"Parameters:\nMappings:\nConditions:\nResources:\n{QUEUE}Outputs:\n").resources


def test_a_policy_that_is_written_as_json_text_is_a_policy(deployed: Deployment) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
    stack = deployed(
        "Resources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n"
        f"      PolicyDocument: '{json.dumps(document)}'\n"
    )
    arn = stack.resource("P").physical_id
    version = deployed.client("iam").get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == document


def test_a_state_machine_without_a_role_is_refused_by_name(deployed: Deployment) -> None:
    error = deployed.refused("Resources:\n" + MACHINE.replace("      RoleArn: !GetAtt R.Arn\n", ""))
    assert '"M" (AWS::StepFunctions::StateMachine) lacks RoleArn' in str(error)


def test_a_fifo_queue_without_a_name_gets_one_that_ends_in_fifo(deployed: Deployment) -> None:
    stack = deployed("Resources:\n  Q: {Type: 'AWS::SQS::Queue', Properties: {FifoQueue: true}}\n")
    assert stack.resource("Q").attributes["QueueName"].endswith(".fifo")


def test_code_in_somebody_elses_bucket_is_refused_by_name(deployed: Deployment) -> None:
    error = deployed.refused(
        "Resources:\n"
        + ROLE
        + FUNCTION.replace("{ZipFile: 'def handler(event, context): ...'}", "{S3Bucket: b, S3Key: k}")
    )
    assert 'The Code of "F" is not a folder on disk.' in str(error)


def test_a_function_outside_the_stack_is_refused_by_name_and_by_aws(deployed: Deployment) -> None:
    with pytest.raises(Exception, match="AddPermission answers ResourceNotFoundException"):
        deployed(
            "Resources:\n  L:\n    Type: AWS::Lambda::Permission\n    Properties:\n"
            "      {FunctionName: elsewhere, Action: 'lambda:InvokeFunction', Principal: sns.amazonaws.com}\n"
        )


def test_an_import_that_nobody_exports_is_refused_by_name(deployed: Deployment) -> None:
    text = "Resources:\n  Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !ImportValue name}}\n"
    assert "No export named name found." in str(deployed.refused(text))


def test_loops_are_unfolded_where_moto_knows_none(deployed: Deployment) -> None:
    stack = deployed(
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::L:\n    - N\n    - [a, b]\n"
        "    - Q${N}: {Type: 'AWS::SQS::Queue'}\n"
    )
    assert list(stack.resources) == ["Qa", "Qb"]


def test_a_property_that_no_such_resource_has_is_refused_where_moto_renames_the_queue(deployed: Deployment) -> None:
    error = deployed.refused("Resources:\n  Q: {Type: 'AWS::SQS::Queue', Properties: {Name: jobs}}\n")
    assert 'has no property "Name"' in str(error)


def test_what_happens_to_a_resource_after_its_stack_is_accepted(deployed: Deployment) -> None:
    text = (
        "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    DeletionPolicy: Retain\n    UpdateReplacePolicy: Delete\n"
        "    Metadata: {cfn_nag: {rules_to_suppress: [{id: W48}]}}\n"
    )
    assert "Q" in deployed(text).resources


def test_a_mock_needs_no_method_of_its_own(deployed: Deployment) -> None:
    stack = deployed(
        f"Resources:\n{API}  M:\n    Type: AWS::ApiGateway::Method\n    Properties:\n"
        "      {RestApiId: !Ref A, ResourceId: !GetAtt A.RootResourceId, HttpMethod: GET, AuthorizationType: NONE, "
        "Integration: {Type: MOCK}}\n"
    )
    api = stack.resource("A")
    where = {"restApiId": api.physical_id, "resourceId": api.attributes["RootResourceId"], "httpMethod": "GET"}
    assert deployed.client("apigateway").get_integration(**where)["type"] == "MOCK"


def test_a_layer_whose_content_is_made_by_a_custom_resource_is_refused_by_name(deployed: Deployment) -> None:
    error = deployed.refused(
        "Resources:\n"
        + ROLE
        + FUNCTION
        + "  C: {Type: 'Custom::Zip', Properties: {ServiceToken: !GetAtt F.Arn}}\n"
        + "  L:\n    Type: AWS::Lambda::LayerVersion\n    Properties:\n"
        "      Content: {S3Bucket: !GetAtt C.Bucket, S3Key: !GetAtt C.Key}\n"
    )
    assert 'The Content of "L" is not a folder on disk.' in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("Content")


def test_the_accounts_role_for_the_logs_of_its_apis_is_there(deployed: Deployment) -> None:
    role = ROLE.replace("lambda.amazonaws.com", "apigateway.amazonaws.com")
    stack = deployed(
        f"Resources:\n{role}  A:\n    Type: AWS::ApiGateway::Account\n"
        "    Properties: {CloudWatchRoleArn: !GetAtt R.Arn}\n"
    )
    assert deployed.client("apigateway").get_account()["cloudwatchRoleArn"] == stack.resource("R").attributes["Arn"]


@pytest.mark.parametrize("kind", ["AWS::ApiGateway::VpcLink", "AWS::EC2::VPC"])
def test_a_type_of_awss_that_is_not_here_is_refused_by_name(deployed: Deployment, kind: str) -> None:
    error = deployed.refused(f"Resources:\n  X: {{Type: '{kind}'}}\n")
    assert f'"X" is of type {kind}, which nothing here behaves like yet.' in error.problem
    assert error.hint and "resource-types.md" in error.hint


def test_a_bucket_notifies_a_function(deployed: Deployment) -> None:
    stack = deployed(
        "Resources:\n"
        + ROLE
        + FUNCTION
        + "  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      NotificationConfiguration:\n"
        "        LambdaConfigurations: [{Event: 's3:ObjectCreated:*', Function: !GetAtt F.Arn}]\n"
    )
    s3 = deployed.client("s3")
    shown = s3.get_bucket_notification_configuration(Bucket=stack.resource("B").physical_id)
    told = [(c["LambdaFunctionArn"], c["Events"]) for c in shown["LambdaFunctionConfigurations"]]
    assert told == [(stack.resource("F").attributes["Arn"], ["s3:ObjectCreated:*"])]


def test_a_permission_may_be_for_an_alias(folder: Folder) -> None:
    template = folder.template(
        "Resources:\n" + ROLE + FUNCTION + "  V: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !Ref F}}\n"
        "  A:\n    Type: AWS::Lambda::Alias\n    Properties:\n"
        "      {FunctionName: !Ref F, FunctionVersion: !GetAtt V.Version, Name: live}\n"
        "  L:\n    Type: AWS::Lambda::Permission\n    Properties:\n"
        "      {FunctionName: !Ref A, Action: 'lambda:InvokeFunction', Principal: sns.amazonaws.com}\n"
    )
    with Cloud(Kernel()) as cloud, Wiring(cloud) as wiring:
        stack = cloud.kernel.run(lambda: deploy(template, cloud.client, wiring.functions))
        name, alias = stack.resource("F").physical_id, stack.resource("A").physical_id
        policy = json.loads(cloud.client("lambda").get_policy(FunctionName=name, Qualifier="live")["Policy"])
    assert [statement["Resource"] for statement in policy["Statement"]] == [alias]


def test_a_mapped_queues_message_reaches_its_function_and_nobody_else(folder: Folder) -> None:
    role = ROLE + "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole']\n"
    folder.template("Resources:\n" + role + FUNCTION + QUEUE + MAPPING)
    scenario = {
        "pipeline": str(folder.path),
        "name": "one",
        "when": [{"send": {"queue": "Q", "body": "hello"}}],
        "then": [{"function": {"name": "F", "invocations": 1, "errors": 0}}, {"queue": {"name": "Q", "messages": 0}}],
    }
    (loaded,) = load_file(folder.add("one.yaml", json.dumps(scenario)))
    assert run(loaded).outcome == "passed"
