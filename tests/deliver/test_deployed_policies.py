"""Templates whose policies must let S3, SNS and roles in, and the classic trap: the policy stands too late."""

from __future__ import annotations

import pytest

from harness.errors import ScenarioError
from harness.vendor import sqs_queue
from harness.world.deploy import deploy
from harness.world.template import load_template
from tests.deliver.conftest import World

HEAD = 'AWSTemplateFormatVersion: "2010-09-09"\nTransform: AWS::Serverless-2016-10-31\nResources:\n'
JOBS = "  Jobs: {Type: AWS::SQS::Queue}\n"
NEWS = "  News: {Type: AWS::SNS::Topic}\n"


def bucket(notifies, depends_on=None, name=None):
    return (
        "  Raw:\n    Type: AWS::S3::Bucket\n"
        + (f"    DependsOn: {depends_on}\n" if depends_on else "")
        + "    Properties:\n"
        + (f"      BucketName: {name}\n" if name else "")
        + f"      NotificationConfiguration: {notifies}\n"
    )


TO_JOBS = "{QueueConfigurations: [{Event: 's3:ObjectCreated:*', Queue: !GetAtt Jobs.Arn}]}"
TO_NEWS = "{TopicConfigurations: [{Event: 's3:ObjectCreated:*', Topic: !Ref News}]}"


def policy(kind="Queue", service="s3", source='"arn:aws:s3:::raw"'):
    resource, target = (
        ("!GetAtt Jobs.Arn", "Queues: [!Ref Jobs]") if kind == "Queue" else ("!Ref News", "Topics: [!Ref News]")
    )
    return f"""\
  LetIn:
    Type: AWS::{"SQS" if kind == "Queue" else "SNS"}::{kind}Policy
    Properties:
      {target}
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Service: {service}.amazonaws.com}}
            Action: {"sqs:SendMessage" if kind == "Queue" else "sns:Publish"}
            Resource: {resource}
            Condition:
              ArnLike: {{aws:SourceArn: {source}}}
"""


@pytest.fixture
def deployed(tmp_path):
    """Deploys a template into a world with every engine."""
    with World() as world:

        def deploying(text):
            file = tmp_path / "template.yaml"
            file.write_text(HEAD + text, encoding="utf-8")
            (tmp_path / "app.py").write_text("def handler(event, context): ...\n", encoding="utf-8")
            return deploy(load_template(file), world.cloud.client, world.functions)

        deploying.world = world
        yield deploying


def refused(deployed, text):
    with pytest.raises(ScenarioError) as caught:
        deployed(text)
    return caught.value


def test_s3e_10_a_bucket_that_depends_on_the_policy_stands(deployed):
    deployed(policy() + bucket(TO_JOBS, "LetIn", "raw") + JOBS)
    deployed.world.run(lambda: deployed.world.s3.put_object(Bucket="raw", Key="a", Body=b""))
    assert len(deployed.world.events("deliver", "notified")) == 1


@pytest.mark.parametrize("order", [0, 1])
def test_s3e_10_one_that_does_not_is_refused_wherever_the_policy_is_written(deployed, order):
    parts = [policy(), bucket(TO_JOBS, name="raw")]
    error = refused(deployed, JOBS + "".join(reversed(parts) if order else parts))
    arn = next(iter(deployed.world.sqs.list_queues()["QueueUrls"])).rpartition("/")[2]
    assert error.problem == (
        '"Raw" (AWS::S3::Bucket) cannot be created: PutBucketNotificationConfiguration answers InvalidArgument: Unable '
        f"to validate the following destination configurations. arn:aws:sqs:us-east-1:123456789012:{arn}: Permissions "
        "on the destination queue do not allow S3 to publish notifications from this bucket"
    )
    assert error.hint == (
        'CloudFormation does not wait for "LetIn" before it creates "Raw". Add to "Raw": DependsOn: LetIn.'
    )


def test_s3e_10_a_policy_that_refers_to_the_bucket_needs_a_fixed_name_too(deployed):
    error = refused(deployed, JOBS + policy(source="!GetAtt Raw.Arn") + bucket(TO_JOBS))
    assert error.hint == (
        'CloudFormation does not wait for "LetIn" before it creates "Raw". Add to "Raw": DependsOn: LetIn. "LetIn" '
        'refers to "Raw" in turn: give the bucket a BucketName, and write arn:aws:s3:::<that name> in place of the '
        "reference."
    )


def test_s3e_10_a_template_without_any_policy_is_told_which_to_write(deployed):
    error = refused(deployed, JOBS + bucket(TO_JOBS))
    assert "give it an AWS::SQS::QueuePolicy" in error.hint
    assert error.hint.endswith('and name that in DependsOn of "Raw".')


def test_s3e_10_a_policy_for_another_bucket_does_not_help(deployed):
    error = refused(deployed, JOBS + policy(source='"arn:aws:s3:::row"') + bucket(TO_JOBS, "LetIn", "raw"))
    assert "Permissions on the destination queue do not allow S3" in error.problem


def test_sns_23_a_topic_needs_a_policy_of_its_own(deployed):
    assert "Permissions on the destination topic" in refused(deployed, NEWS + bucket(TO_NEWS)).problem


def test_sns_23_and_with_one_the_bucket_stands(deployed):
    deployed(NEWS + policy("Topic") + bucket(TO_NEWS, "LetIn", "raw"))


FUNCTION = """\
  Read:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.12
"""
TO_READ = "{LambdaConfigurations: [{Event: 's3:ObjectCreated:*', Function: !GetAtt Read.Arn}]}"
PERMISSION = """\
  MayRead:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Read
      Principal: s3.amazonaws.com
      SourceAccount: "123456789012"
"""


def test_s3e_11_a_function_needs_a_permission_first(deployed):
    error = refused(deployed, FUNCTION + PERMISSION + bucket(TO_READ))
    assert "Not authorized to invoke function [arn:aws:lambda:" in error.problem
    assert error.hint.endswith('Add to "Raw": DependsOn: MayRead.')


def test_s3e_11_and_with_one_the_bucket_stands(deployed):
    deployed(FUNCTION + PERMISSION + bucket(TO_READ, "MayRead"))


def test_lam_25_sam_makes_the_permission_for_a_bucket_and_its_order(deployed):
    event = "      Events: {Up: {Type: S3, Properties: {Bucket: !Ref Raw, Events: 's3:ObjectCreated:*'}}}\n"
    stack = deployed("  Raw: {Type: AWS::S3::Bucket}\n" + FUNCTION + event)
    name = stack.resource("Raw").physical_id
    world = deployed.world
    world.run(lambda: world.s3.put_object(Bucket=name, Key="a", Body=b""))
    assert len(world.invoker.calls) == 1


@pytest.mark.parametrize(
    "event", ["!Ref News}", "!Ref News, SqsSubscription: {QueueArn: !GetAtt Jobs.Arn, QueueUrl: !Ref Jobs}}"]
)
def test_lam_25_sam_makes_the_policies_for_a_topic(deployed, event):
    deployed(NEWS + JOBS + FUNCTION + f"      Events: {{Up: {{Type: SNS, Properties: {{Topic: {event}}}}}\n")
    world = deployed.world
    topic = world.sns.list_topics()["Topics"][0]["TopicArn"]
    world.run(lambda: world.sns.publish(TopicArn=topic, Message="hello"))
    assert len(world.invoker.calls) == 1


def test_sns_11_a_subscription_in_a_template_without_a_queue_policy_gets_nothing(deployed):
    properties = "{Protocol: sqs, Endpoint: !GetAtt Jobs.Arn, TopicArn: !Ref News}"
    subscription = f"  S:\n    Type: AWS::SNS::Subscription\n    Properties: {properties}\n"
    stack = deployed(NEWS + JOBS + subscription)
    world = deployed.world
    world.run(lambda: world.sns.publish(TopicArn=stack.resource("News").physical_id, Message="hello"))
    assert sqs_queue.find(stack.resource("Jobs").arn).contents() == []
    assert len(world.events("deliver", "dropped")) == 1


ROLE = """\
  ReadRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
"""
MAPPING = """\
  Feeds:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Read}
"""
STATEMENT = "{Effect: Allow, Action: 'sqs:*', Resource: !GetAtt Jobs.Arn}"
DOCUMENT = f'{{Version: "2012-10-17", Statement: [{STATEMENT}]}}'
GRANT = f"""\
  Grant:
    Type: AWS::IAM::Policy
    Properties: {{PolicyName: reads, Roles: [!Ref ReadRole], PolicyDocument: {DOCUMENT}}}
"""
WITH_ROLE = JOBS + ROLE + FUNCTION + "      Role: !GetAtt ReadRole.Arn\n"


def test_esm_04_a_mapping_whose_role_may_not_read_is_refused_with_the_line_and_what_to_add(deployed):
    error = refused(deployed, WITH_ROLE + MAPPING)
    assert error.problem == (
        '"Feeds" (AWS::Lambda::EventSourceMapping) cannot be created: CreateEventSourceMapping answers '
        "InvalidParameterValueException: The function execution role does not have permissions to call ReceiveMessage "
        "on SQS"
    )
    queue = deployed.world.sqs.list_queues()["QueueUrls"][0].rpartition("/")[2]
    assert error.hint == (
        f'The role "reader" may not sqs:ReceiveMessage on arn:aws:sqs:us-east-1:123456789012:{queue}: no statement of '
        "the role's policies allows it. A mapping reads its queue as the function's role: allow it sqs:ReceiveMessage, "
        "sqs:DeleteMessage and sqs:GetQueueAttributes on the queue, or attach "
        "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole (SAM does, for a function with an SQS "
        "event)."
    )
    lines = (HEAD + WITH_ROLE + MAPPING).splitlines()
    assert error.where.line in (lines.index("  Feeds:") + 1, lines.index("  Feeds:") + 3)


def test_esm_04_a_role_with_awss_policy_for_queues_may_read(deployed):
    managed = "      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole]\n"
    deployed(WITH_ROLE.replace("      RoleName: reader\n", managed) + MAPPING)


def test_esm_04_sam_gives_the_role_of_a_function_with_a_queue_what_it_needs(deployed):
    deployed(JOBS + FUNCTION + "      Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}\n")


@pytest.mark.parametrize("order", [0, 1])
def test_esm_04_cloudformation_does_not_wait_for_a_policy_beside_the_role(deployed, order):
    parts = [GRANT, MAPPING]
    error = refused(deployed, WITH_ROLE + "".join(reversed(parts) if order else parts))
    assert error.hint.endswith(
        'CloudFormation does not wait for "Grant" before it creates "Feeds". Add to "Feeds": DependsOn: Grant.'
    )


def test_esm_04_a_mapping_that_waits_for_the_policy_stands(deployed):
    deployed(WITH_ROLE + GRANT + MAPPING.replace("    Properties", "    DependsOn: Grant\n    Properties"))


def test_esm_04_a_statement_that_cannot_be_judged_is_named(deployed):
    strange = GRANT.replace(
        "Effect: Allow", "Effect: Allow, Condition: {DateLessThan: {'aws:CurrentTime': '2030-01-01T00:00:00Z'}}"
    )
    waits = MAPPING.replace("    Properties", "    DependsOn: Grant\n    Properties")
    assert 'condition operator "DateLessThan"' in refused(deployed, WITH_ROLE + strange + waits).problem
