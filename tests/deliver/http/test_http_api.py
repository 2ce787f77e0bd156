"""An HTTP API from the request to the answer."""

from __future__ import annotations

import base64

import pytest

from tests.deliver.http.conftest import message

USERS = """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      One: {Type: HttpApi, Properties: {Path: "/users/{id}", Method: GET, ApiId: !Ref Api}}
      Any: {Type: HttpApi, Properties: {Path: "/users/{id}", Method: ANY, ApiId: !Ref Api}}
      Rest: {Type: HttpApi, Properties: {Path: "/files/{proxy+}", Method: ANY, ApiId: !Ref Api}}
      Old: {Type: HttpApi, Properties: {Path: /old, Method: GET, ApiId: !Ref Api, PayloadFormatVersion: "1.0"}}
Api:
  Type: AWS::Serverless::HttpApi
  Properties:
    StageName: live
    StageVariables: {table: t}
    CorsConfiguration: {AllowOrigins: ["https://*.example"], AllowMethods: [GET, PUT], AllowHeaders: [x-a], MaxAge: 60}
"""


@pytest.fixture
def users(deployed):
    found = deployed(USERS)
    found.answers("Users", {"ok": True})
    return found


def ask(users, method="GET", path="/users/42", **more):
    return users.ask("Api", method, path, stage="live", **more)


def test_apig_02_the_event_of_a_request_has_every_field_of_format_2(users):
    sent = {"Accept": "a", "ACCEPT": "b", "Cookie": "c=1; d=2", "User-Agent": "curl", "Content-Type": "text/plain"}
    ask(users, "PUT", headers=sent, query=[("x", "1"), ("x", "2")], body=b"hello")
    (event,) = users.events("Users")
    headers, context = event.pop("headers"), event.pop("requestContext")
    assert headers["accept"] == "a,b"
    assert "cookie" not in headers
    assert event == {
        "version": "2.0",
        "routeKey": "ANY /users/{id}",
        "rawPath": "/live/users/42",
        "rawQueryString": "x=1&x=2",
        "cookies": ["c=1", "d=2"],
        "queryStringParameters": {"x": "1,2"},
        "pathParameters": {"id": "42"},
        "stageVariables": {"table": "t"},
        "body": "hello",
        "isBase64Encoded": False,
    }
    assert sorted(context) == sorted(
        (
            "accountId",
            "apiId",
            "domainName",
            "domainPrefix",
            "http",
            "requestId",
            "routeKey",
            "stage",
            "time",
            "timeEpoch",
        )
    )
    assert context["http"]["method"] == "PUT"
    assert context["http"]["path"] == "/live/users/42"


def test_apig_02_what_there_is_not_is_left_out(users):
    ask(users)
    (event,) = users.events("Users")
    assert not {"cookies", "queryStringParameters", "body"} & set(event)
    assert event["routeKey"] == "GET /users/{id}"


def test_a_body_that_is_no_text_is_base64(users):
    ask(users, "PUT", headers={"Content-Type": "application/octet-stream"}, body=b"\xff")
    (event,) = users.events("Users")
    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"\xff").decode(), True)


def test_apig_03_format_1_says_so_and_is_answered_strictly(users):
    users.answers("Users", {"statusCode": 200, "body": "x"}, {"no": "status"})
    assert ask(users, path="/old").body == b"x"
    assert ask(users, path="/old").status == 500
    event = users.events("Users")[0]
    assert (event["version"], event["resource"], event["path"]) == ("1.0", "/old", "/live/old")


@pytest.mark.parametrize(
    ("value", "body"), [({"a": 1}, b'{"a":1}'), ("text", b"text"), ([1, 2], b"[1,2]"), (None, b"null")]
)
def test_apig_05_what_has_no_status_is_the_body_of_a_200(users, value, body):
    users.answers("Users", value)
    found = ask(users)
    assert (found.status, found.body, found.header("content-type")) == (200, body, "application/json")


def test_apig_05_an_answer_with_a_status_has_its_headers_and_cookies(users):
    users.answers(
        "Users",
        {
            "statusCode": 201,
            "headers": {"X-One": "1"},
            "cookies": ["a=1", "b=2"],
            "body": "eA==",
            "isBase64Encoded": True,
        },
    )
    found = ask(users)
    assert (found.status, found.body) == (201, b"x")
    assert found.headers == (
        ("x-one", "1"),
        ("content-type", "application/json"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    )


@pytest.mark.parametrize("kind", ["FAILS", "THROTTLED"])
def test_apig_05_a_function_that_fails_is_a_500(users, kind):
    users.answers("Users", getattr(users.world, kind))
    found = ask(users)
    assert (found.status, message(found)) == (500, {"message": "Internal Server Error"})


def test_apig_06_after_30_s_the_client_gets_a_503(users):
    users.answers("Users", lambda event: users.world.kernel.sleep(60))
    found = ask(users)
    assert (found.status, message(found)) == (503, {"message": "Service Unavailable"})


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/users/1", "GET /users/{id}"),
        ("DELETE", "/users/1", "ANY /users/{id}"),
        ("POST", "/files/a/b", "ANY /files/{proxy+}"),
    ],
)
def test_the_most_specific_route_answers(users, method, path, key):
    ask(users, method, path)
    assert users.events("Users")[0]["routeKey"] == key


def test_a_path_without_a_route_is_not_found(users):
    found = ask(users, path="/nobody")
    assert (found.status, message(found)) == (404, {"message": "Not Found"})


def test_the_default_route_takes_what_no_other_does(deployed):
    users = deployed(
        """\
        Users:
          Type: AWS::Serverless::Function
          Properties: {Events: {All: {Type: HttpApi}}}
        """
    )
    assert users.ask("ServerlessHttpApi", "DELETE", "/what/ever").status == 200
    assert users.events("Users")[0]["routeKey"] == "$default"


def test_apig_10_a_function_that_does_not_let_the_api_in_is_a_500(users):
    name = users.stack.resource("Users").physical_id
    users.world.functions_api.remove_permission(
        FunctionName=name, StatementId=users.stack.resource("UsersOldPermission").physical_id
    )
    assert ask(users, path="/old").status == 500
    assert users.events("Users") == []


def test_a_preflight_is_answered_without_a_route(users):
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
    found = ask(users, "OPTIONS", "/nobody", headers=asked)
    assert found.status == 204
    assert dict(found.headers) == {
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-methods": "GET,PUT",
        "access-control-allow-headers": "x-a",
        "access-control-max-age": "60",
    }
    assert users.events("Users") == []


@pytest.mark.parametrize(
    "asked",
    [
        {"Origin": "https://b.other", "Access-Control-Request-Method": "PUT"},
        {"Origin": "https://a.example", "Access-Control-Request-Method": "DELETE"},
    ],
)
def test_a_preflight_of_another_origin_or_method_is_not_allowed(users, asked):
    assert ask(users, "OPTIONS", headers=asked).headers == ()


def test_the_cors_headers_of_the_function_give_way_to_the_configuration(users):
    users.answers("Users", {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}})
    with_origin = ask(users, headers={"Origin": "https://a.example"})
    without = ask(users)
    assert with_origin.header("access-control-allow-origin") == "https://a.example"
    assert without.header("access-control-allow-origin") is None


def test_an_api_can_be_written_part_by_part(deployed):
    users = deployed(
        """\
        Users: {Type: AWS::Serverless::Function, Properties: {}}
        LetIn:
          Type: AWS::Lambda::Permission
          Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Users, Principal: apigateway.amazonaws.com}
        Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: users, ProtocolType: HTTP}}
        Call:
          Type: AWS::ApiGatewayV2::Integration
          Properties:
            ApiId: !Ref Api
            IntegrationType: AWS_PROXY
            IntegrationUri: !GetAtt Users.Arn
            PayloadFormatVersion: "2.0"
        Route:
          Type: AWS::ApiGatewayV2::Route
          Properties: {ApiId: !Ref Api, RouteKey: GET /users, Target: !Sub "integrations/${Call}"}
        Live: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}}
        """
    )
    users.answers("Users", {"ok": True})
    assert users.ask("Api", path="/users").body == b'{"ok":true}'
    assert users.events("Users")[0]["rawPath"] == "/users"
