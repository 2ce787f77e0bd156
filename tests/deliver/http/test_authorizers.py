"""Lambda authorizers of REST and HTTP APIs (APIG-08)."""

from __future__ import annotations

import pytest

from harness.invoke.result import InvocationResult
from tests.deliver.http.conftest import answer, message

TOKEN = """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      One: {Type: Api, Properties: {Path: "/users/{id}", Method: get, RestApiId: !Ref Api}}
      Other: {Type: Api, Properties: {Path: /other, Method: get, RestApiId: !Ref Api}}
Guard: {Type: AWS::Serverless::Function, Properties: {}}
Api:
  Type: AWS::Serverless::Api
  Properties:
    StageName: Prod
    Auth:
      DefaultAuthorizer: Tokens
      Authorizers: {Tokens: {FunctionArn: !GetAtt Guard.Arn, Identity: {ValidationExpression: "Bearer .+"IDENTITY}}}
"""


def policy(effect="Allow", resource="*", **more):
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, **more}


def tokens(deployed, identity=""):
    users = deployed(TOKEN.replace("IDENTITY", identity))
    users.answers("Users", answer())
    users.answers("Guard", policy())
    return users


def ask(users, path="/users/42", token="Bearer x"):
    return users.ask("Api", path=path, headers={"Authorization": token} if token else {})


def test_apig_08_the_authorizer_gets_the_token_and_its_context_reaches_the_function(deployed):
    users = tokens(deployed)
    users.answers("Guard", policy(context={"tenant": "t", "admin": True, "level": 3}))
    assert ask(users).status == 200
    (asked,), (event,) = users.events("Guard"), users.events("Users")
    api = users.stack.resource("Api").physical_id
    assert asked == {
        "type": "TOKEN",
        "authorizationToken": "Bearer x",
        "methodArn": f"arn:aws:execute-api:us-east-1:123456789012:{api}/Prod/GET/users/42",
    }
    assert event["requestContext"]["authorizer"] == {
        "principalId": "ada",
        "tenant": "t",
        "admin": "true",
        "level": "3",
        "integrationLatency": 0,
    }


@pytest.mark.parametrize("token", [None, "Basic x"])
def test_apig_08_without_a_fitting_token_it_is_not_called(deployed, token):
    users = tokens(deployed)
    found = ask(users, token=token)
    assert (found.status, message(found)) == (401, {"message": "Unauthorized"})
    assert users.events("Guard") == []


@pytest.mark.parametrize(
    ("said", "status", "body"),
    [
        (
            policy("Deny"),
            403,
            {"Message": "User is not authorized to access this resource with an explicit deny"},
        ),
        (
            policy(resource="arn:aws:execute-api:*:*:*/Prod/POST/*"),
            403,
            {"Message": "User is not authorized to access this resource"},
        ),
        ("text", 500, {"message": None}),
        ({"principalId": "ada"}, 500, {"message": None}),
        (policy(context={"no": ["lists"]}), 500, {"message": None}),
        (InvocationResult("failed", b'{"errorMessage": "Unauthorized"}', "-"), 401, {"message": "Unauthorized"}),
        (InvocationResult("failed", b'{"errorMessage": "boom"}', "-"), 500, {"message": None}),
    ],
)
def test_apig_08_what_the_client_is_told_when_it_does_not_get_through(deployed, said, status, body):
    users = tokens(deployed)
    users.answers("Guard", said)
    found = ask(users)
    assert (found.status, message(found)) == (status, body)
    assert users.events("Users") == []


def test_apig_08_an_authorizer_has_10_s(deployed):
    users = tokens(deployed)
    users.answers("Guard", lambda event: users.world.kernel.sleep(11))
    assert ask(users).status == 500


def test_apig_08_an_answer_is_kept_for_300_s_for_every_path(deployed):
    users = tokens(deployed)
    kernel = users.world.kernel
    one = users.stack.resource("Api").physical_id
    # The policy that was returned for one path is asked for the other, too.
    users.answers("Guard", lambda event: policy(resource=event["methodArn"]))
    statuses = []

    def act():
        from harness.deliver.http.exchange import HttpRequest

        for path, wait_s in (("/users/42", 0), ("/other", 0), ("/users/42", 301)):
            kernel.sleep(wait_s)
            request = HttpRequest("GET", path, (), (("Authorization", "Bearer x"),))
            statuses.append(users.world.engines.http.request(one, "Prod", request).status)

    users.world.run(act)
    assert statuses == [200, 403, 200]
    assert len(users.events("Guard")) == 2


def test_apig_08_a_reauthorization_of_0_s_asks_each_time(deployed):
    users = tokens(deployed, ", ReauthorizeEvery: 0")
    users.ask_all([("Api", "GET", "/users/1", None, {"Authorization": "Bearer x"}, (), b"")] * 2)
    assert len(users.events("Guard")) == 2


def test_apig_10_an_authorizer_that_does_not_let_the_api_in_is_a_500(deployed):
    users = tokens(deployed)
    name = users.stack.resource("Guard").physical_id
    sid = users.stack.resource("ApiTokensAuthorizerPermission").physical_id
    users.world.functions_api.remove_permission(FunctionName=name, StatementId=sid)
    assert ask(users).status == 500


def test_a_request_authorizer_gets_the_whole_request(deployed):
    users = deployed(
        TOKEN.replace(
            "FunctionArn: !GetAtt Guard.Arn", "FunctionArn: !GetAtt Guard.Arn, FunctionPayloadType: REQUEST"
        ).replace('ValidationExpression: "Bearer .+"IDENTITY', "Headers: [Authorization], QueryStrings: [tenant]")
    )
    users.answers("Users", answer())
    users.answers("Guard", policy())
    sent = {"Authorization": "x"}
    assert users.ask("Api", path="/users/42", headers=sent).status == 401
    assert users.ask("Api", path="/users/42", headers=sent, query=[("tenant", "t")]).status == 200
    (asked,) = users.events("Guard")
    assert asked["type"] == "REQUEST"
    assert asked["pathParameters"] == {"id": "42"}
    assert asked["requestContext"]["resourcePath"] == "/users/{id}"


HTTP = """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    Events: {One: {Type: HttpApi, Properties: {Path: "/users/{id}", Method: GET, ApiId: !Ref Api}}}
Guard: {Type: AWS::Serverless::Function, Properties: {}}
LetIn:
  Type: AWS::Lambda::Permission
  Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Guard, Principal: apigateway.amazonaws.com}
Api:
  Type: AWS::Serverless::HttpApi
  Properties:
    Auth:
      DefaultAuthorizer: Guards
      Authorizers:
        Guards:
          FunctionArn: !GetAtt Guard.Arn
          AuthorizerPayloadFormatVersion: "2.0"
          EnableSimpleResponses: true
          Identity: {Headers: [Authorization]}
"""


@pytest.mark.parametrize(("said", "status"), [(True, 200), (False, 403), ("yes", 403)])
def test_a_simple_response_says_yes_or_no(deployed, said, status):
    users = deployed(HTTP)
    users.answers("Users", {"ok": True})
    users.answers("Guard", {"isAuthorized": said, "context": {"tenant": {"id": 1}}})
    found = users.ask("Api", path="/users/42", headers={"Authorization": "x"})
    assert found.status == status
    (asked,) = users.events("Guard")
    assert (asked["version"], asked["type"], asked["identitySource"]) == ("2.0", "REQUEST", ["x"])
    if status == 200:
        (event,) = users.events("Users")
        assert event["requestContext"]["authorizer"] == {"lambda": {"tenant": {"id": 1}}}


def test_an_http_api_s_authorizer_is_not_called_without_its_identity_source(deployed):
    users = deployed(HTTP)
    assert users.ask("Api", path="/users/42").status == 401
    assert users.events("Guard") == []


def test_apig_09_a_method_with_iam_wants_a_signed_request(deployed):
    users = deployed(
        """\
        Users:
          Type: AWS::Serverless::Function
          Properties:
            Events: {One: {Type: Api, Properties: {Path: /users, Method: get, Auth: {Authorizer: AWS_IAM}}}}
        """
    )
    users.answers("Users", answer())
    found = users.ask("ServerlessRestApi", path="/users")
    assert (found.status, message(found)) == (403, {"message": "Missing Authentication Token"})
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=f"}
    assert users.ask("ServerlessRestApi", path="/users", headers=signed).status == 200
