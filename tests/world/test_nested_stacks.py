from __future__ import annotations

import re

import pytest

from harness.errors import ScenarioError
from harness.world.account import Account
from tests.world.conftest import Deployment

CHILD = """\
Parameters:
  Seconds: {Type: Number, Default: 0}
  Name: {Type: String, Default: ""}
Conditions:
  Named: !Not [!Equals [!Ref Name, ""]]
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Ref Seconds
      Tags: !If [Named, [{Key: of, Value: !Ref Name}], !Ref "AWS::NoValue"]
Outputs:
  JobsArn: {Value: !GetAtt Jobs.Arn, Export: {Name: !Sub "${AWS::StackName}-jobs"}}
"""
PARENT = """\
Resources:
  Told: {Type: 'AWS::SNS::Topic'}
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./child.yaml
      Parameters: {Seconds: 5, Name: !GetAtt Told.TopicName}
  Wired:
    Type: AWS::SNS::Subscription
    Properties: {Protocol: sqs, TopicArn: !Ref Told, Endpoint: !GetAtt Child.Outputs.JobsArn}
"""


def test_parameters_go_in_and_outputs_come_out(deployed: Deployment) -> None:
    deployed.folder.add("child.yaml", CHILD)
    stack = deployed(PARENT)
    jobs = stack.resource("Child.Jobs", "AWS::SQS::Queue")
    assert jobs.properties["DelaySeconds"] == 5
    assert jobs.properties["Tags"][0]["Value"] == stack.resource("Told").attributes["TopicName"]
    assert stack.resource("Wired").properties["Endpoint"] == jobs.arn
    assert deployed.created == ["Told", "Child.Jobs", "Child", "Wired"]


def test_a_nested_stack_is_named_after_the_stack_around_it(deployed: Deployment) -> None:
    deployed.folder.add("child.yaml", CHILD)
    stack = deployed(PARENT)
    name = stack.resource("Child.Jobs").attributes["QueueName"]
    assert re.fullmatch(r"app-Child-[0-9A-Z]{12}-Jobs-[0-9A-Z]{12}", name)
    assert ":stack/app-Child-" in stack.resource("Child").physical_id


def test_sams_application_is_a_nested_stack_too(deployed: Deployment) -> None:
    deployed.folder.add("apps/child.yaml", CHILD)
    deployed.folder.add("apps/inner/template.yaml", CHILD)
    stack = deployed(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Child:\n    Type: AWS::Serverless::Application\n"
        "    Properties: {Location: apps/child.yaml, Parameters: {Seconds: 7}}\n"
    )
    assert stack.resource("Child.Jobs").properties["DelaySeconds"] == 7


def test_code_in_a_nested_stack_lies_beside_its_own_template(deployed: Deployment) -> None:
    deployed.folder.add("child/src/app.py")
    deployed.folder.add(
        "child/template.yaml",
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.12}\n",
    )
    deployed(PARENT.replace("./child.yaml", "child/template.yaml").split("      Parameters")[0])
    (spec,) = deployed.functions
    assert spec.logical_id == "Child.F"
    assert spec.code_dir == (deployed.folder.path / "child/src").resolve()


def test_a_mistake_in_a_nested_stack_has_that_files_line_and_comes_before_anything_is_created(
    deployed: Deployment,
) -> None:
    file = deployed.folder.add("child.yaml", CHILD.replace("DelaySeconds:", "DelaySecond:"))
    with pytest.raises(ScenarioError) as caught:
        deployed(PARENT.replace("Name: !GetAtt Told.TopicName", "Name: x"))
    assert str(caught.value).startswith(f"{file}:10")
    assert '"Child.Jobs" (AWS::SQS::Queue) has no property "DelaySecond"' in str(caught.value)
    assert deployed.created == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PARENT.replace("./child.yaml", "nope.yaml"), "and there is no such file"),
        (PARENT.replace("./child.yaml", "https://bucket/child.yaml"), "which is not a file on this disk"),
        (PARENT.replace("./child.yaml", "!Sub x"), "must be the path of a template"),
        (PARENT.replace("./child.yaml", "template.yaml").split("      Parameters")[0], "which it is part of"),
        (PARENT.replace("Seconds: 5", "Minutes: 5"), 'parameter "Minutes", which the template does not have'),
        (PARENT.replace("Child.Outputs.JobsArn", "Child.JobsArn"), 'has no attribute "JobsArn"'),
        (
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  C:\n    Type: AWS::Serverless::Application\n"
            "    Properties: {Location: {ApplicationId: a, SemanticVersion: 1.0.0}}\n",
            "applications of the Serverless Application Repository are not here",
        ),
    ],
)
def test_a_nested_stack_that_cannot_be_is_refused(deployed: Deployment, text: str, expected: str) -> None:
    deployed.folder.add("child.yaml", CHILD)
    with pytest.raises(ScenarioError) as caught:
        deployed(text)
    assert expected in str(caught.value)
    assert deployed.created == []


def test_an_output_that_is_not_there_is_refused_with_the_line_that_asks_for_it(deployed: Deployment) -> None:
    deployed.folder.add("child.yaml", CHILD)
    with pytest.raises(ScenarioError) as caught:
        deployed(PARENT.replace("Outputs.JobsArn", "Outputs.JobArn"))
    assert 'has no attribute "Outputs.JobArn".\n  Did you mean "Outputs.JobsArn"?' in str(caught.value)


# ---- exports ----------------------------------------------------------------------------------------


def importing(name: str) -> str:
    tags = f"{{Tags: [{{Key: k, Value: !ImportValue {name}}}]}}"
    return f"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {tags}\n"


def test_what_one_stack_exports_another_imports(deployed: Deployment) -> None:
    account = Account(deployed.client, "us-east-1")
    first = deployed(CHILD, account=account, stack_name="base")
    second = deployed(importing("base-jobs"), account=account)
    assert second.resource("Q").properties["Tags"][0]["Value"] == first.resource("Jobs").arn


def test_an_import_of_nothing_is_refused_in_awss_words(deployed: Deployment) -> None:
    error = deployed.refused(importing("base-jobs"))
    assert "No export named base-jobs found." in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("ImportValue")


def test_a_name_is_exported_once(deployed: Deployment) -> None:
    account = Account(deployed.client, "us-east-1")
    deployed(CHILD, account=account, stack_name="base")
    deployed.created.clear()
    error = deployed.refused(CHILD.replace("${AWS::StackName}", "base"), account=account, stack_name="other")
    assert "Export with name base-jobs is already exported by stack base." in str(error)
