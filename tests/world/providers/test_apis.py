"""APIs in templates: what becomes of them, and what is refused by name."""

from __future__ import annotations

import json

import pytest

from tests.world.conftest import Deployment

HEAD = 'AWSTemplateFormatVersion: "2010-09-09"\nTransform: AWS::Serverless-2016-10-31\nResources:\n'
URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f/invocations"


def rest(body):
    return f"{HEAD}  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body: {json.dumps(body)}\n"


def document(**operation):
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": URI}
    get = {"responses": {}, "x-amazon-apigateway-integration": integration, **operation}
    return {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {"/a/{b}": {"get": get}}}


def methods(deployed, api_id):
    api = deployed.client("apigateway")
    items = api.get_resources(restApiId=api_id, embed=["methods"])["items"]
    return {(r["path"], m): v for r in items for m, v in r.get("resourceMethods", {}).items()}


def test_a_document_becomes_resources_that_boto3_sees(deployed: Deployment) -> None:
    body = document(
        parameters=[
            {"name": "x", "in": "query", "required": True},
            {"name": "u", "in": "body", "schema": {"$ref": "#/definitions/User"}},
        ],
        operationId="one",
    )
    body["definitions"] = {"User": {"type": "object"}}
    stack = deployed(rest(body))
    api_id = stack.resource("Api").physical_id
    found = methods(deployed, api_id)["/a/{b}", "GET"]
    assert found["methodIntegration"]["uri"] == URI
    assert found["requestParameters"] == {"method.request.querystring.x": True}
    assert found["requestModels"] == {"application/json": "User"}
    assert found["operationName"] == "one"
    assert deployed.client("apigateway").get_rest_api(restApiId=api_id)["name"] == "t"


def test_open_api_3_is_read_too(deployed: Deployment) -> None:
    body = document(
        requestBody={"content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}},
        security=[{"key": []}],
    )
    del body["swagger"]
    body |= {
        "openapi": "3.0.1",
        "components": {
            "schemas": {"User": {"type": "object"}},
            "securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        },
    }
    stack = deployed(rest(body))
    found = methods(deployed, stack.resource("Api").physical_id)["/a/{b}", "GET"]
    assert (found["apiKeyRequired"], found["requestModels"]) == (True, {"application/json": "User"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "x"}}, "no address"),
        ({"x-amazon-apigateway-integration": {"type": "nothing"}}, "of type NOTHING"),
        (
            {"x-amazon-apigateway-integration": {"type": "aws", "uri": "arn:aws:apigateway:us-east-1:s3:path/b"}},
            "calls s3 as AWS",
        ),
        (
            {"x-amazon-apigateway-integration": {"type": "aws", "uri": "arn:aws:apigateway:us-east-1:sqs:path/1/q"}},
            "Role ARN must be specified",
        ),
        (
            {
                "x-amazon-apigateway-integration": {
                    "type": "aws",
                    "uri": "arn:aws:apigateway:us-east-1:sqs:path/1/q",
                    "credentials": "arn:aws:iam::123456789012:role/r",
                    "requestParameters": {"integration.request.header.X-Who": "method.request.header.X-Who"},
                }
            },
            'fills in "integration.request.header.X-Who"',
        ),
        ({"x-amazon-apigateway-any": 1}, '"x-amazon-apigateway-any"'),
        ({"security": [{"nobody": []}]}, 'security scheme "nobody"'),
    ],
)
def test_what_of_a_document_nothing_here_behaves_like_is_refused(deployed: Deployment, change, words) -> None:
    assert words in deployed.refused(rest(document(**change))).problem


def test_a_word_that_is_no_method_is_refused_with_the_nearest(deployed: Deployment) -> None:
    body = document()
    body["paths"]["/a/{b}"]["gte"] = {}
    assert "get" in (deployed.refused(rest(body)).hint or "")


@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        ("ApiGatewayV2::Api", "{Name: a, ProtocolType: WEBSOCKET}", "WebSocket"),
        ("ApiGatewayV2::Api", "{Name: a}", "ProtocolType"),
        (
            "ApiGatewayV2::Stage",
            "{ApiId: a, StageName: s, AccessLogSettings: {DestinationArn: 'arn:aws:firehose:us-east-1:1:d/x'}}",
            "no log group",
        ),
        (
            "ApiGateway::Stage",
            "{RestApiId: a, DeploymentId: d, StageName: s, AccessLogSetting: {Format: f, "
            "DestinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:nobody'}}",
            '"nobody", which is not there',
        ),
        ("ApiGatewayV2::Stage", "{ApiId: a, StageName: s, RouteSettings: {'GET /': {Burst: 1}}}", "GET /.Burst"),
        (
            "ApiGatewayV2::Integration",
            "{ApiId: a, IntegrationType: HTTP_PROXY, IntegrationUri: 'https://x'}",
            "with which method",
        ),
        ("ApiGatewayV2::Integration", "{ApiId: a, IntegrationType: HTTP_PROXY, IntegrationUri: x}", "no address"),
        ("ApiGatewayV2::Integration", "{ApiId: a, IntegrationType: HTTP}", "of type HTTP"),
        ("ApiGatewayV2::Integration", "{ApiId: a, IntegrationType: HTTP_PROXY, ConnectionType: VPC_LINK}", "VPC link"),
        (
            "ApiGatewayV2::Integration",
            "{ApiId: a, IntegrationType: AWS_PROXY, IntegrationSubtype: AppConfig-GetConfiguration}",
            "AppConfig-GetConfiguration",
        ),
        (
            "ApiGatewayV2::Integration",
            "{ApiId: a, IntegrationType: AWS_PROXY, IntegrationSubtype: SQS-PurgeQueue}",
            "without a role",
        ),
        (
            "ApiGatewayV2::Integration",
            "{ApiId: a, IntegrationType: AWS_PROXY, IntegrationSubtype: SQS-PurgeQueue, "
            "CredentialsArn: 'arn:aws:iam::1:role/r'}",
            "no QueueUrl",
        ),
        (
            "ApiGatewayV2::Integration",
            "{ApiId: a, IntegrationType: AWS_PROXY, IntegrationSubtype: SQS-PurgeQueue, "
            "CredentialsArn: 'arn:aws:iam::1:role/r', "
            "RequestParameters: {QueueURL: q}}",
            'the parameter "QueueURL"',
        ),
        (
            "ApiGatewayV2::Integration",
            "{ApiId: a, IntegrationType: HTTP_PROXY, IntegrationUri: 'https://x', IntegrationMethod: GET, "
            "RequestParameters: {'add:header.x': y}}",
            'maps "add:header.x"',
        ),
        ("ApiGatewayV2::Authorizer", "{ApiId: a, Name: n, AuthorizerType: JWT}", "JWT"),
        ("ApiGateway::Authorizer", "{RestApiId: a, Name: n, Type: COGNITO_USER_POOLS}", "names none"),
        ("ApiGateway::RestApi", "{Description: d}", "neither a Name nor a Body"),
        ("Lambda::Url", "{TargetFunctionArn: f, AuthType: NONE, InvokeMode: RESPONSE_STREAM}", "RESPONSE_STREAM"),
    ],
)
def test_what_nothing_here_behaves_like_is_refused_by_name(deployed: Deployment, kind, properties, words) -> None:
    text = f"{HEAD}  Thing:\n    Type: AWS::{kind}\n    Properties: {properties}\n"
    refusal = deployed.refused(text)
    assert words in refusal.problem
    assert refusal.where is not None
    assert refusal.where.line is not None


def test_what_is_wrong_with_an_api_that_sam_makes_is_told_where_its_event_is(deployed: Deployment) -> None:
    deployed.folder.add("app.py")
    refusal = deployed.refused(
        HEAD.replace("Resources:", "Globals: {Api: {CanarySetting: {PercentTraffic: 50}}}\nResources:")
        + """\
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: .
      Events:
        One: {Type: Api, Properties: {Path: /a, Method: get}}
"""
    )
    assert '"CanarySetting"' in refusal.problem
    assert refusal.where is not None
    assert refusal.where.line == deployed.folder.line("One:")
