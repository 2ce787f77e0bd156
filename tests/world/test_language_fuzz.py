"""Whatever is done to a template that uses the whole language, its author never meets a traceback of ours."""

from __future__ import annotations

import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from harness.errors import ScenarioError
from harness.vendor import aws_managed_policies
from harness.vendor.patches import Patches
from harness.world import yaml_lines
from harness.world.account import Account
from harness.world.deploy import deploy
from harness.world.functions import Functions
from harness.world.template import load_template
from tests.world.spoiling import spoiled
from tests.world.test_deploy_fuzz import client

LANGUAGE = """\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Names: {Type: CommaDelimitedList, Default: "a,b"}
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/b}
Mappings:
  ByStage: {dev: {delay: 1}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  Both: !And [!Condition IsDev, !Not [!Equals [!Ref Stored, x]]]
Rules:
  Known: {RuleCondition: !Equals [a, a], Assertions: [{Assert: {"Fn::Contains": [[dev], !Ref Stage]}}]}
Globals:
  Function: {Runtime: python3.12, Timeout: 5}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue${Name}:
        Type: AWS::SQS::Queue
        Properties: {DelaySeconds: !FindInMap [ByStage, !Ref Stage, delay, {DefaultValue: 3}]}
  Child:
    Type: AWS::CloudFormation::Stack
    Condition: Both
    DeletionPolicy: Retain
    Properties: {TemplateURL: child.yaml, Parameters: {Of: !GetAtt Queuea.Arn}}
  Included:
    Type: AWS::SQS::Queue
    Properties:
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: part.yaml}}
  Held:
    Type: AWS::SSM::Parameter
    DependsOn: [Queueb]
    Properties: {Type: String, Value: !If [Both, !GetAtt Child.Outputs.Arn, !Ref "AWS::NoValue"]}
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: {GenerateSecretString: {SecretStringTemplate: "{}", GenerateStringKey: k}}
  Worker:
    Type: AWS::Serverless::Function
    Connectors: {ToQ: {Properties: {Destination: {Id: Included}, Permissions: [Write]}}}
    Properties:
      InlineCode: !Sub "queue = '${Included}'"
      Handler: index.queue
      AutoPublishAlias: live
      Policies: [{SQSPollerPolicy: {QueueName: q}}]
      Environment:
        Variables:
          HELD: "{{resolve:ssm:/a/b}}"
          SECRET: !Sub "{{resolve:secretsmanager:${Secret}:SecretString:k}}"
          CIDR: !Select [0, !Cidr ["10.0.0.0/16", 2, 8]]
          ZONE: !Select [0, !GetAZs ""]
          COUNT: !Length [1, 2]
          JSON: !ToJsonString {a: [!ImportValue shared]}
          TEXT: !Join ["-", !Split [",", !Base64 "a"]]
Outputs:
  Arn: {Value: !GetAtt Worker.Arn, Export: {Name: !Sub "${AWS::StackName}-arn"}}
"""
CHILD = """\
Parameters: {Of: {Type: String}}
Resources: {Q: {Type: "AWS::SQS::Queue"}}
Outputs: {Arn: {Value: !GetAtt Q.Arn}}
"""
BODY = yaml_lines.read(LANGUAGE, "t.yaml")[0]

WORDS = st.sampled_from(
    [
        *["", "x", "Ref", "Queuea", "Names", "Name", "AWS::NoValue", "AWS::Include", "Outputs.Arn", "é", "Both"],
        *["${", "${Name}", "&{Name}", "${Queuea.Arn}", "{{resolve:ssm:/a/b}}", "{{resolve:ssm:", "{{resolve:x}}"],
        *[
            "{{resolve:secretsmanager:::::::::}}",
            "../..",
            "child.yaml",
            "part.yaml",
            "s3://a/b",
            "10.0.0.0/8",
            "[",
            "-1",
        ],
    ]
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-5, 600), st.floats(allow_nan=False), WORDS)
FUNCTIONS = st.sampled_from(
    [
        *["Ref", "Condition", "Fn::And", "Fn::Base64", "Fn::Cidr", "Fn::Contains", "Fn::Equals", "Fn::FindInMap"],
        *["Fn::ForEach::Queues", "Fn::ForEach::", "Fn::GetAZs", "Fn::GetAtt", "Fn::If", "Fn::ImportValue", "Fn::Join"],
        *["Fn::Length", "Fn::Not", "Fn::Select", "Fn::Split", "Fn::Sub", "Fn::ToJsonString", "Fn::Transform"],
        *["DefaultValue", "Fn::EachMemberIn", "Type", "Metadata"],
    ]
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(WORDS, FUNCTIONS), inner, max_size=2),
        st.builds(lambda name, value: {name: value}, FUNCTIONS, inner),
    ),
    max_leaves=5,
)


@lru_cache(maxsize=1)
def folder() -> Path:
    path = Path(tempfile.mkdtemp())
    (path / "child.yaml").write_text(CHILD)
    (path / "part.yaml").write_text("DelaySeconds: 2\n")
    return path


def deploy_it(body: Any) -> None:
    file = folder() / "template.json"
    file.write_text(json.dumps(body))
    with mock_aws(), Patches() as patches:
        aws_managed_policies.apply(patches)
        account = Account(client, "us-east-1")
        account.put({"/a/b": "x1"}, {}, {"shared": "s"})
        deploy(load_template(file), client, Functions(), account=account)


def test_the_template_deploys_as_it_stands() -> None:
    deploy_it(BODY)


@settings(deadline=None, max_examples=120, derandomize=True, suppress_health_check=list(HealthCheck))
@given(spoiled([BODY], JUNK, st.one_of(WORDS, FUNCTIONS)))
def test_a_spoiled_template_deploys_or_is_refused_with_a_place(body: Any) -> None:
    try:
        deploy_it(body)
    except ScenarioError as error:
        assert error.where is not None
        assert error.where.path.startswith(str(folder()))
