"""A REST API's own policy: whom it lets in (AWS's page on how it and authorizers go together)."""

from __future__ import annotations

import pytest

from harness.deliver.http.exchange import HttpRequest
from harness.deliver.http.tokens import SignedIn
from tests.deliver.http.conftest import answer, message

PLAIN = """\
Users:
  Type: AWS::Serverless::Function
  Properties: {Events: {Users: {Type: Api, Properties: {Path: "/users/{id}", Method: get, RestApiId: !Ref Api}}}}
Api:
  Type: AWS::Serverless::Api
  Properties:
    StageName: Prod
    Auth: AUTH
"""
ARN = "arn:aws:execute-api:us-east-1:********9012:{}/Prod/GET/users/7"


def api(deployed, auth, more=""):
    found = deployed(PLAIN.replace("AUTH", auth) + more)
    found.answers("Users", answer())
    return found


def said(found):
    arn = ARN.format(found.stack.resource("Api").physical_id)
    return f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn}"


def test_an_address_that_is_not_listed_is_denied(deployed):
    found = api(deployed, "{ResourcePolicy: {IpRangeWhitelist: [10.0.0.0/8]}}")
    response = found.ask("Api", path="/users/7")
    assert (response.status, message(response)) == (403, {"Message": f"{said(found)} with an explicit deny"})
    assert found.events("Users") == []


def test_an_address_that_is_listed_gets_through(deployed):
    found = api(deployed, "{ResourcePolicy: {IpRangeWhitelist: [203.0.113.0/24]}}")
    assert found.ask("Api", path="/users/7").status == 200


def statement(effect, resource):
    return f"{{Effect: {effect}, Principal: '*', Action: execute-api:Invoke, Resource: {resource}}}"


def custom(*statements):
    return f"{{ResourcePolicy: {{CustomStatements: [{', '.join(statements)}]}}}}"


@pytest.mark.parametrize(
    ("resource", "status"), [("execute-api:/Prod/GET/users/*", 200), ("execute-api:/Prod/POST/*", 403)]
)
def test_what_the_policy_does_not_allow_is_not_allowed(deployed, resource, status):
    found = api(deployed, custom(statement("Allow", resource)))
    response = found.ask("Api", path="/users/7")
    assert response.status == status
    if status == 403:
        assert message(response) == {"Message": said(found)}


GUARD = """\
Guard: {Type: AWS::Serverless::Function, Properties: {}}
"""


def test_behind_a_lambda_authorizer_the_policy_must_only_not_deny(deployed):
    policy = custom(statement("Allow", "execute-api:/Prod/POST/*"))
    auth = policy[:-1] + ", DefaultAuthorizer: G, Authorizers: {G: {FunctionArn: !GetAtt Guard.Arn}}}"
    found = api(deployed, auth, GUARD)
    allowed = {"Statement": [{"Action": "*", "Effect": "Allow", "Resource": "*"}], "Version": "2012-10-17"}
    found.answers("Guard", {"principalId": "a", "policyDocument": allowed})
    assert found.ask("Api", path="/users/7", headers={"Authorization": "x"}).status == 200


POOL = """\
Pool: {Type: AWS::Cognito::UserPool, Properties: {UserPoolName: pool}}
"""


def test_behind_a_user_pools_authorizer_the_token_comes_first_and_the_policy_must_allow(deployed):
    policy = custom(statement("Allow", "execute-api:/Prod/POST/*"))
    auth = policy[:-1] + ", DefaultAuthorizer: G, Authorizers: {G: {UserPoolArn: !GetAtt Pool.Arn}}}"
    found = api(deployed, auth, POOL)
    assert found.ask("Api", path="/users/7").status == 401
    entrance, target = found.world.engines.http, found.stack.resource("Api").physical_id
    signed = entrance.sign_in(target, "Prod", HttpRequest("GET", "/users/7"), SignedIn("ada"))
    assert found.ask("Api", path="/users/7", headers=dict(signed.headers)).status == 403
