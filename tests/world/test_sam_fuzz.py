"""Whatever is done to a SAM template with events of every kind, its author never meets a traceback of ours.

``harness check`` reads it too: what it would say is made of the same wrong template.
"""

from __future__ import annotations

import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from harness.advise.examination import examination
from harness.errors import ScenarioError
from harness.kernel.scheduler import Kernel
from harness.wiring import Wiring
from harness.world import yaml_lines
from harness.world.cloud import Cloud
from harness.world.deploy import deploy
from harness.world.functions import Functions
from harness.world.template import load_template
from tests.world.spoiling import spoiled
from tests.world.test_deploy_fuzz import client

SAM = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.12, Timeout: 5, Environment: {Variables: {STAGE: dev}}, Tags: {team: blue}}
  Api: {Cors: "'*'", TracingEnabled: true}
Resources:
  Jobs: {Type: "AWS::SQS::Queue"}
  News: {Type: "AWS::SNS::Topic"}
  Uploads: {Type: "AWS::S3::Bucket"}
  Bus: {Type: "AWS::Events::EventBus", Properties: {Name: bus}}
  Stream: {Type: "AWS::Kinesis::Stream"}
  Items: {Type: "AWS::Serverless::SimpleTable", Properties: {PrimaryKey: {Name: id, Type: String}}}
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: dev
      Auth: {DefaultAuthorizer: Asks, Authorizers: {Asks: {FunctionArn: !GetAtt Worker.Arn}}}
      DefinitionBody:
        swagger: "2.0"
        info: {title: t, version: "1"}
        x-amazon-apigateway-request-validators: {all: {validateRequestBody: true}}
        x-amazon-apigateway-gateway-responses: {DEFAULT_4XX: {responseTemplates: {application/json: "{}"}}}
        definitions: {Item: {type: object}}
        paths:
          /x:
            post:
              parameters: [{in: query, name: q, required: true}, {in: body, schema: {$ref: "#/definitions/Item"}}]
              responses: {"200": {headers: {X: {type: string}}}}
              x-amazon-apigateway-request-validator: all
              x-amazon-apigateway-integration:
                type: mock
                requestTemplates: {application/json: '{"statusCode": 200}'}
                responses: {default: {statusCode: "200", responseTemplates: {application/json: "{}"}}}
  Http: {Type: "AWS::Serverless::HttpApi", Properties: {StageName: dev, CorsConfiguration: {AllowOrigins: ["*"]}}}
  Written:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Body:
        openapi: 3.0.1
        info: {title: t, version: "1"}
        x-amazon-apigateway-cors: {allowOrigins: ["*"]}
        components:
          securitySchemes:
            Asks:
              type: apiKey
              x-amazon-apigateway-authorizer:
                type: request
                identitySource: $request.header.X
                authorizerPayloadFormatVersion: "2.0"
                authorizerUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/x/functions/${Worker.Arn}/invocations"
        paths:
          /x:
            get:
              security: [{Asks: []}]
              requestBody: {content: {application/json: {schema: {type: object}}}}
              x-amazon-apigateway-integration:
                type: aws_proxy
                httpMethod: POST
                payloadFormatVersion: "2.0"
                timeoutInMillis: 3000
                uri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Worker.Arn}/invocations"
  Shared: {Type: "AWS::Serverless::LayerVersion", Properties: {ContentUri: layer, CompatibleRuntimes: [python3.12]}}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition: {StartAt: A, States: {A: {Type: Task, Resource: "${Worker}", End: true}}}
      DefinitionSubstitutions: {Worker: !GetAtt Worker.Arn}
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Worker}}]
      Events:
        Tick: {Type: Schedule, Properties: {Schedule: rate(1 day), Input: "{}"}}
        Told: {Type: EventBridgeRule, Properties: {EventBusName: !Ref Bus, Pattern: {source: [x]}}}
        Posted: {Type: Api, Properties: {Path: /flow, Method: post}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): ..."
      Handler: index.handler
      AutoPublishAlias: live
      Layers: [!Ref Shared]
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Jobs.Arn}
      EventInvokeConfig: {MaximumRetryAttempts: 1, DestinationConfig: {OnFailure: {Type: SNS, Destination: !Ref News}}}
      FunctionUrlConfig: {AuthType: NONE, Cors: {AllowOrigins: ["*"]}}
      ReservedConcurrentExecutions: 2
      Policies: [AWSLambdaBasicExecutionRole, {SQSPollerPolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events:
        Job:
          Type: SQS
          Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 5, FilterCriteria: {Filters: [{Pattern: "{}"}]}}
        Uploaded:
          Type: S3
          Properties:
            Bucket: !Ref Uploads
            Events: ["s3:ObjectCreated:*"]
            Filter: {S3Key: {Rules: [{Name: prefix, Value: a}]}}
        News: {Type: SNS, Properties: {Topic: !Ref News, FilterPolicy: {kind: [a]}, SqsSubscription: true}}
        Changed: {Type: DynamoDB, Properties: {Stream: !GetAtt Orders.StreamArn, StartingPosition: LATEST}}
        Flowed: {Type: Kinesis, Properties: {Stream: !GetAtt Stream.Arn, StartingPosition: TRIM_HORIZON}}
        Minute: {Type: Schedule, Properties: {Schedule: rate(1 minute), Enabled: false}}
        Later: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour), FlexibleTimeWindow: {Mode: "OFF"}}}
        Told: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}, InputPath: $.detail}}
        Cloud: {Type: CloudWatchEvent, Properties: {Pattern: {source: [aws.s3]}}}
        Asked: {Type: Api, Properties: {Path: "/items/{id}", Method: get, RestApiId: !Ref Api}}
        Called: {Type: HttpApi, Properties: {Path: /items, Method: ANY, ApiId: !Ref Http}}
  Onward:
    Type: AWS::Serverless::Connector
    Properties: {Source: {Id: Worker}, Destination: {Id: Jobs}, Permissions: [Write]}
Outputs:
  Url: {Value: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/dev/"}
"""
BODY = yaml_lines.read(SAM, "t.yaml")[0]

WORDS = st.sampled_from(
    [
        *["", "x", "Ref", "Jobs", "Worker", "Worker.Arn", "AWS::NoValue", "${", "${Jobs}", "${Jobs.Nope}", "s3://a/b"],
        *["../..", "é", "*", "/", "/{", "/{a}/{a+}", "any", "{}", "[", "{", "rate(0 days)", "cron(", "null", "$.a["],
        *["SQS", "S3", "SNS", "Api", "HttpApi", "Schedule", "Cognito", "MSK", "IoTRule", "AlexaSkill", "DocumentDB"],
        *["arn:aws:sqs:us-east-1:123456789012:x", "arn:aws:", ":::::::", "Type", "Properties", "Events", "Auth"],
        *["AWS::Serverless::Function", "AWS::Serverless::Api", "AWS::Serverless::Application", "AWS::S3::Bucket"],
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 50_000),
    st.just(10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    WORDS,
    st.just([]),
    st.just({}),
)
FUNCTIONS = st.sampled_from(
    [
        "Ref",
        "Fn::GetAtt",
        "Fn::Sub",
        "Fn::If",
        "Fn::Join",
        "Fn::Select",
        "Fn::Split",
        "Fn::Transform",
        "Fn::ImportValue",
    ]
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(WORDS, inner, max_size=2),
        st.builds(lambda name, value: {name: value}, FUNCTIONS, inner),
    ),
    max_leaves=5,
)


@lru_cache(maxsize=1)
def folder() -> Path:
    path = Path(tempfile.mkdtemp())
    (path / "layer" / "python").mkdir(parents=True)
    return path


def deploy_it(text: str) -> None:
    file = folder() / "template.yaml"
    file.write_text(text, encoding="utf-8")
    template = load_template(file)
    with Cloud(Kernel()) as cloud, Wiring(cloud) as wiring:
        cloud.kernel.run(lambda: deploy(template, cloud.client, wiring.functions))


def refused_well(error: ScenarioError) -> None:
    """Each refusal has a place in the template or beside it, and a sentence."""
    for one in (error, *error.others):
        assert one.where is not None
        assert one.where.path.startswith(str(folder()))
        assert one.problem


def test_the_template_deploys_as_it_stands() -> None:
    deploy_it(json.dumps(BODY))


@settings(deadline=None, max_examples=80, derandomize=True, suppress_health_check=list(HealthCheck))
@given(spoiled([BODY], JUNK, WORDS))
def test_a_spoiled_template_deploys_or_is_refused_with_a_place(body: Any) -> None:
    try:
        deploy_it(json.dumps(body))
    except ScenarioError as error:
        refused_well(error)


@settings(deadline=None, max_examples=30, derandomize=True, suppress_health_check=list(HealthCheck))
@given(spoiled([BODY], JUNK, WORDS))
def test_harness_check_has_something_to_say_of_a_spoiled_template(body: Any) -> None:
    file = folder() / "template.yaml"
    file.write_text(yaml.safe_dump(body), encoding="utf-8")
    try:
        refusals = examination(file).refusals
    except ScenarioError as error:
        refusals = [error]
    for error in refusals:
        refused_well(error)


ODD = st.lists(
    st.sampled_from(
        [
            *["Resources:\n", "  Q:\n", "    Type: AWS::SQS::Queue\n", "    Properties:\n", "      DelaySeconds: 1\n"],
            *["      DelaySeconds: 0x1F\n", "      DelaySeconds: 1_000\n", "      DelaySeconds: .inf\n", "      - a\n"],
            *[
                "      QueueName: 2026-01-31\n",
                "      QueueName: 12:30:45\n",
                "      QueueName: !Ref\n",
                "\ufeff",
                "\t",
            ],
            *["      QueueName: !GetAtt [a, b, c]\n", "      QueueName: !Sub [a]\n", "      ? [a, b]\n      : c\n"],
            *[
                "  A: &a {Type: 'AWS::SQS::Queue'}\n",
                "  B: *a\n",
                "  C: {<<: *a}\n",
                "  D: {<<: [*a, *a]}\n",
                "  <<: *a\n",
            ],
            *[
                "  1: {Type: x}\n",
                "  ~: {Type: x}\n",
                "  true: {Type: x}\n",
                "  E: !!python/object:os.system ls\n",
                "\r\n",
            ],
            *[
                "Outputs: {A: {Value: !ImportValue {a: b}}}\n",
                "Conditions: {A: !Equals [1]}\n",
                "---\n",
                "...\n",
                "%YAML 1.3\n",
            ],
            *[
                "Parameters: {P: {Type: Number, Default: abc}}\n",
                "Mappings: {M: {a: b}}\n",
                "Transform: [1]\n",
                "\x00",
                "\x85",
            ],
            *[
                "Globals: []\n",
                "Description: !Base64 x\n",
                "Metadata: &m {m: *m}\n",
                "  F: {Type: [], Properties: 3}\n",
                "é",
            ],
            *[
                "  G: {Type: AWS::SQS::Queue, DependsOn: {a: b}, Condition: []}\n",
                "    Type: >\n",
                "    DeletionPolicy: []\n",
            ],
            "[" * 300,
            "      A: " + "9" * 5000 + "\n",
        ]
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=150, derandomize=True, suppress_health_check=list(HealthCheck))
@given(ODD, st.sampled_from(["utf-8", "latin-1", "utf-16", "utf-8-sig"]))
def test_odd_yaml_is_read_or_refused(lines: list[str], encoding: str) -> None:
    file = folder() / "odd.yaml"
    file.write_bytes("".join(lines).encode(encoding, "replace"))
    try:
        with mock_aws():
            deploy(load_template(file), client, Functions())
    except ScenarioError as error:
        refused_well(error)
