"""A function's URL (LAM-30)."""

from __future__ import annotations

import json

import pytest

from tests.deliver.http.conftest import message

USERS = """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    AutoPublishAlias: live
    FunctionUrlConfig: {AuthType: NONE, Cors: {AllowOrigins: ["*"], AllowMethods: [GET]}}
"""


@pytest.fixture
def users(deployed):
    found = deployed(USERS)
    found.answers("Users", {"ok": True})
    return found


def test_lam_30_a_url_sends_format_2_and_makes_an_answer_of_what_comes(users):
    found = users.ask("UsersUrl", path="/a%20b", query=[("q", "1")])
    assert (found.status, found.body) == (200, b'{"ok":true}')
    (event,) = users.events("Users")
    context = event["requestContext"]
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/a%20b")
    assert context["stage"] == "$default"
    assert context["domainName"] == f"{context['apiId']}.lambda-url.us-east-1.on.aws"


def test_lam_30_a_function_that_raises_is_a_502(users):
    users.answers("Users", users.world.FAILS)
    found = users.ask("UsersUrl")
    assert (found.status, found.body) == (502, b"Internal Server Error")


def test_lam_30_a_throttled_function_is_a_429(users):
    users.answers("Users", users.world.THROTTLED)
    assert users.ask("UsersUrl").status == 429


@pytest.mark.parametrize("lost", ["UsersUrlPublicPermissions", "UsersURLInvokeAllowPublicAccess"])
def test_lam_30_each_of_two_permissions_is_needed(users, lost):
    function = users.stack.resource("Users").physical_id
    users.world.functions_api.remove_permission(
        FunctionName=function, Qualifier="live", StatementId=users.stack.resource(lost).physical_id
    )
    found = users.ask("UsersUrl")
    assert found.status == 403
    assert message(found)["Message"].startswith("Forbidden")
    assert users.events("Users") == []


def test_lam_30_iam_wants_a_signed_request(deployed):
    users = deployed(
        """\
        Users:
          Type: AWS::Serverless::Function
          Properties: {FunctionUrlConfig: {AuthType: AWS_IAM}}
        """
    )
    assert users.ask("UsersUrl").status == 403
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=f"}
    assert users.ask("UsersUrl", headers=signed).status == 200


def test_a_preflight_is_answered_by_the_url_itself(users):
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    found = users.ask("UsersUrl", "OPTIONS", headers=asked)
    assert (found.status, found.header("access-control-allow-origin")) == (200, "*")
    assert users.events("Users") == []


def test_boto3_sees_the_url_of_the_alias(users):
    api = users.world.functions_api
    function = users.stack.resource("Users").physical_id
    shown = api.get_function_url_config(FunctionName=function, Qualifier="live")
    assert shown["FunctionUrl"] == users.stack.resource("UsersUrl").attributes["FunctionUrl"]
    assert shown["FunctionArn"].endswith(":live")
    assert json.dumps(shown["Cors"]) == '{"AllowMethods": ["GET"], "AllowOrigins": ["*"]}'
