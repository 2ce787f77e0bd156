"""A REST API from the request to the answer: routing, Lambda proxy, what it says by itself."""

from __future__ import annotations

import base64
import json

import pytest

from harness.invoke.result import InvocationResult
from tests.deliver.http.conftest import answer, message

USERS = """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      One: {Type: Api, Properties: {Path: "/users/{id}", Method: get}}
      Me: {Type: Api, Properties: {Path: /users/me, Method: get}}
      Add: {Type: Api, Properties: {Path: /users, Method: post}}
      Rest: {Type: Api, Properties: {Path: "/files/{proxy+}", Method: any}}
"""
API = "ServerlessRestApi"


@pytest.fixture
def users(deployed):
    found = deployed(USERS)
    found.answers("Users", answer(200, '{"name": "Ada"}'))
    return found


def test_apig_01_the_event_of_a_request_has_every_field_of_format_1(users):
    users.ask(
        API, path="/users/42", headers={"Accept": "text/html", "User-Agent": "curl"}, query=[("x", "1"), ("x", "2")]
    )
    (event,) = users.events("Users")
    context = event.pop("requestContext")
    assert event.pop("headers")["Accept"] == "text/html"
    assert event.pop("multiValueHeaders")["Accept"] == ["text/html"]
    assert event == {
        "resource": "/users/{id}",
        "path": "/users/42",
        "httpMethod": "GET",
        "queryStringParameters": {"x": "2"},
        "multiValueQueryStringParameters": {"x": ["1", "2"]},
        "pathParameters": {"id": "42"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    assert sorted(context) == [
        "accountId",
        "apiId",
        "deploymentId",
        "domainName",
        "domainPrefix",
        "extendedRequestId",
        "httpMethod",
        "identity",
        "path",
        "protocol",
        "requestId",
        "requestTime",
        "requestTimeEpoch",
        "resourceId",
        "resourcePath",
        "stage",
    ]
    assert (context["path"], context["stage"], context["resourcePath"]) == ("/Prod/users/42", "Prod", "/users/{id}")
    assert context["requestTime"] == "15/Jan/2030:09:00:00 +0000"
    assert context["identity"]["userAgent"] == "curl"


def test_apig_01_without_a_query_there_is_null(users):
    users.ask(API, path="/users/42")
    assert users.events("Users")[0]["queryStringParameters"] is None


@pytest.mark.parametrize(
    ("method", "path", "resource", "parameters"),
    [
        ("GET", "/users/me", "/users/me", None),
        ("GET", "/users/a%20b", "/users/{id}", {"id": "a b"}),
        ("POST", "/users", "/users", None),
        ("PUT", "/files/a/b.txt", "/files/{proxy+}", {"proxy": "a/b.txt"}),
    ],
)
def test_the_most_specific_resource_answers(users, method, path, resource, parameters):
    assert users.ask(API, method, path).status == 200
    (event,) = users.events("Users")
    assert (event["resource"], event["pathParameters"]) == (resource, parameters)


@pytest.mark.parametrize(("method", "path"), [("GET", "/nobody"), ("DELETE", "/users/42"), ("GET", "/files")])
def test_apig_07_a_path_or_method_that_is_not_there_is_a_missing_token(users, method, path):
    found = users.ask(API, method, path)
    assert (found.status, message(found)) == (403, {"message": "Missing Authentication Token"})
    assert users.events("Users") == []


def test_a_stage_that_is_not_there_is_forbidden(users):
    found = users.ask(API, path="/users/42", stage="Test")
    assert (found.status, message(found)) == (403, {"message": "Forbidden"})


def test_apig_04_the_answer_is_what_the_function_returns(users):
    users.answers(
        "Users",
        {
            "statusCode": "201",
            "headers": {"X-One": "1", "Both": "single"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"], "Both": ["several"]},
            "body": "plain",
        },
    )
    found = users.ask(API, path="/users/42")
    assert (found.status, found.body) == (201, b"plain")
    assert found.headers == (
        ("X-One", "1"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Both", "several"),
        ("Content-Type", "application/json"),
    )


@pytest.mark.parametrize(
    "value",
    [
        "text",
        ["list"],
        None,
        {},
        {"body": "no status"},
        {"statusCode": "fine"},
        {"statusCode": True},
        {"statusCode": 200, "body": {"not": "a text"}},
        {"statusCode": 200, "headers": {"X": {"no": "text"}}},
        {"statusCode": 200, "headers": {"X": None}},
        {"statusCode": 200, "multiValueHeaders": {"X": "no list"}},
    ],
)
def test_apig_04_a_return_value_of_another_shape_is_a_502(users, value):
    users.answers("Users", value)
    found = users.ask(API, path="/users/42")
    assert (found.status, message(found)) == (502, {"message": "Internal server error"})
    assert "Malformed Lambda proxy response" in found.reason


def test_apig_04_a_missing_body_is_an_empty_one(users):
    users.answers("Users", {"statusCode": 204})
    assert users.ask(API, path="/users/42").body == b""


def test_apig_05_a_function_that_raises_is_a_502(users):
    users.answers("Users", users.world.FAILS)
    found = users.ask(API, path="/users/42")
    assert (found.status, message(found)) == (502, {"message": "Internal server error"})


def test_a_throttled_function_is_a_500(users):
    users.answers("Users", users.world.THROTTLED)
    found = users.ask(API, path="/users/42")
    assert (found.status, message(found)) == (500, {"message": "Internal server error"})


def test_apig_06_after_29_s_the_client_gets_a_504_and_the_function_goes_on(users):
    kernel = users.world.kernel
    ended = []

    def slow(event):
        kernel.sleep(60)
        ended.append(kernel.clock.elapsed_us / 1e6)
        return answer()

    users.answers("Users", slow)
    at = []

    def act():
        from harness.deliver.http.exchange import HttpRequest

        api = users.stack.resource(API).physical_id
        found = users.world.engines.http.request(api, "Prod", HttpRequest("GET", "/users/42"))
        at.append((found.status, found.body, kernel.clock.elapsed_us / 1e6))

    users.world.run(act)
    assert at == [(504, b'{"message":"Endpoint request timed out"}', 29.0)]
    assert ended == [60.0]


def test_apig_06_a_body_of_more_than_10_mb_is_a_413(users):
    assert users.ask(API, "POST", "/users", body=b"x" * (10 * 1024 * 1024 + 1)).status == 413


def test_apig_10_a_function_whose_policy_does_not_let_the_api_in_is_a_500(users):
    functions = users.world.functions_api
    name = users.stack.resource("Users").physical_id
    policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    for statement in policy["Statement"]:
        functions.remove_permission(FunctionName=name, StatementId=statement["Sid"])
    found = users.ask(API, path="/users/42")
    assert (found.status, message(found)) == (500, {"message": "Internal server error"})
    assert "Invalid permissions on Lambda function" in found.reason
    assert users.events("Users") == []


def test_apig_10_and_lam_25_a_permission_for_another_method_does_not_let_the_api_in(deployed):
    users = deployed(
        """\
        Users: {Type: AWS::Serverless::Function, Properties: {}}
        LetIn:
          Type: AWS::Lambda::Permission
          Properties:
            Action: lambda:InvokeFunction
            FunctionName: !Ref Users
            Principal: apigateway.amazonaws.com
            SourceArn: !Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/POST/users"
        Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: users}}
        Resource:
          Type: AWS::ApiGateway::Resource
          Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: users}
        Method:
          Type: AWS::ApiGateway::Method
          Properties:
            RestApiId: !Ref Api
            ResourceId: !Ref Resource
            HttpMethod: ANY
            AuthorizationType: NONE
            Integration:
              Type: AWS_PROXY
              IntegrationHttpMethod: POST
              Uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Users.Arn}/invocations"
        Deployment:
          Type: AWS::ApiGateway::Deployment
          DependsOn: Method
          Properties: {RestApiId: !Ref Api}
        Prod:
          Type: AWS::ApiGateway::Stage
          Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: Prod, Variables: {table: t}}
        """
    )
    users.answers("Users", answer())
    assert users.ask("Api", "POST", "/users").status == 200
    assert users.ask("Api", "GET", "/users").status == 500
    assert users.events("Users")[0]["stageVariables"] == {"table": "t"}


def test_apig_11_a_change_is_not_seen_before_it_is_deployed(users):
    api = users.world.cloud.client("apigateway")
    api_id = users.stack.resource(API).physical_id
    resources = api.get_resources(restApiId=api_id)["items"]
    one = next(r["id"] for r in resources if r["path"] == "/users/{id}")
    api.delete_method(restApiId=api_id, resourceId=one, httpMethod="GET")
    assert users.ask(API, path="/users/42").status == 200
    api.create_deployment(restApiId=api_id, stageName="Prod")
    assert users.ask(API, path="/users/42").status == 403


def test_apig_11_an_integration_that_calls_lambda_by_get_is_a_500(users):
    api = users.world.cloud.client("apigateway")
    api_id = users.stack.resource(API).physical_id
    one = next(r["id"] for r in api.get_resources(restApiId=api_id)["items"] if r["path"] == "/users/{id}")
    where = {"restApiId": api_id, "resourceId": one, "httpMethod": "GET"}
    uri = api.get_integration(**where)["uri"]
    api.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="GET", uri=uri)
    api.create_deployment(restApiId=api_id, stageName="Prod")
    assert users.ask(API, path="/users/42").status == 500


def test_a_body_goes_into_the_event_as_text_and_a_binary_one_as_base64(deployed):
    users = deployed(USERS, 'Api: {BinaryMediaTypes: ["image~1png"]}\n')
    users.answers("Users", answer(200, base64.b64encode(b"\x89PNG").decode(), isBase64Encoded=True))
    sent = {"Content-Type": "image/png", "Accept": "image/png"}
    found = users.ask(API, "POST", "/users", headers=sent, body=b"\x89PNG")
    assert found.body == b"\x89PNG"
    as_text = users.ask(API, "POST", "/users", headers={"Content-Type": "text/plain"}, body=b"hello")
    assert as_text.body == base64.b64encode(b"\x89PNG")
    binary, text = users.events("Users")
    assert (binary["body"], binary["isBase64Encoded"]) == (base64.b64encode(b"\x89PNG").decode(), True)
    assert (text["body"], text["isBase64Encoded"]) == ("hello", False)


def test_a_gateway_response_of_the_template_takes_the_place_of_aws_s_own(deployed):
    users = deployed(
        USERS
        + """\
Api:
  Type: AWS::Serverless::Api
  Properties:
    StageName: Prod
    GatewayResponses:
      DEFAULT_4XX:
        StatusCode: 418
        ResponseParameters: {Headers: {X-Origin: "'*'"}}
        ResponseTemplates:
          application/json: '{"why": $context.error.messageString, "kind": "$context.error.responseType"}'
Other:
  Type: AWS::Serverless::Function
  Properties:
    Events: {Get: {Type: Api, Properties: {Path: /o, Method: get, RestApiId: !Ref Api}}}
"""
    )
    found = users.ask("Api", path="/nobody")
    assert (found.status, found.header("X-Origin")) == (418, "*")
    assert message(found) == {"why": "Missing Authentication Token", "kind": "MISSING_AUTHENTICATION_TOKEN"}


def test_integration_failure_is_500_until_it_is_customised(deployed):
    users = deployed(
        """\
        Users:
          Type: AWS::Serverless::Function
          Properties:
            Events: {Get: {Type: Api, Properties: {Path: /u, Method: get, RestApiId: !Ref Api}}}
        Api:
          Type: AWS::Serverless::Api
          Properties:
            StageName: Prod
            GatewayResponses: {INTEGRATION_FAILURE: {ResponseTemplates: {application/json: '{"message":"busy"}'}}}
        """
    )
    users.answers("Users", users.world.THROTTLED)
    found = users.ask("Api", path="/u")
    assert (found.status, message(found)) == (504, {"message": "busy"})


def test_a_request_and_its_answer_are_in_the_trace(users):
    users.ask(API, path="/nobody")
    received, answered = users.world.events("http")
    assert (received.what, received.detail["method"], received.detail["path"]) == ("received", "GET", "/nobody")
    assert (answered.cause, answered.detail["status"]) == (received.number, 403)
    assert answered.detail["reason"] == "the API has no method GET /nobody"


def test_what_sam_writes_for_cors_answers_a_preflight(deployed):
    users = deployed(USERS, "Api: {Cors: {AllowOrigin: \"'https://a.example'\", AllowHeaders: \"'X-A'\"}}\n")
    found = users.ask(API, "OPTIONS", "/users/42")
    assert (found.status, found.header("Access-Control-Allow-Origin")) == (200, "https://a.example")
    assert found.header("Access-Control-Allow-Methods") == "'GET,OPTIONS'".strip("'")
    assert found.header("Access-Control-Allow-Headers") == "X-A"


def test_a_call_that_is_stopped_as_a_loop_is_a_500(users):
    users.answers("Users", InvocationResult("stopped", b"{}", "-"))
    assert users.ask(API, path="/users/42").status == 500
