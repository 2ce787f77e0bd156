"""JWT authorizers of HTTP APIs and user pool authorizers of REST APIs (APIG-09)."""

from __future__ import annotations

import re

import pytest

from harness.deliver.http.exchange import HttpRequest
from harness.deliver.http.tokens import SignedIn
from tests.deliver.http.conftest import answer, message

POOL = """\
Pool: {Type: AWS::Cognito::UserPool, Properties: {UserPoolName: pool}}
Client:
  Type: AWS::Cognito::UserPoolClient
  Properties: {UserPoolId: !Ref Pool, ClientName: web, ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH]}
"""
HTTP = (
    POOL
    + """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      Me: {Type: HttpApi, Properties: {Path: /me, Method: GET, ApiId: !Ref Api}}
      Write:
        Type: HttpApi
        Properties: {Path: /me, Method: PUT, ApiId: !Ref Api, Auth: {AuthorizationScopes: [users/write, users/all]}}
      Open: {Type: HttpApi, Properties: {Path: /open, Method: GET, ApiId: !Ref Api, Auth: {Authorizer: NONE}}}
Api:
  Type: AWS::Serverless::HttpApi
  Properties:
    Auth:
      DefaultAuthorizer: Tokens
      Authorizers:
        Tokens:
          IdentitySource: $request.header.Authorization
          JwtConfiguration:
            issuer: !Sub "https://cognito-idp.${AWS::Region}.amazonaws.com/${Pool}"
            audience: [!Ref Client]
"""
)
REST = (
    POOL
    + """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      Me: {Type: Api, Properties: {Path: /me, Method: get, RestApiId: !Ref Api}}
      Write:
        Type: Api
        Properties:
          Path: /me
          Method: put
          RestApiId: !Ref Api
          Auth: {Authorizer: Tokens, AuthorizationScopes: [users/write]}
      Open: {Type: Api, Properties: {Path: /open, Method: get, RestApiId: !Ref Api, Auth: {Authorizer: NONE}}}
Api:
  Type: AWS::Serverless::Api
  Properties:
    StageName: Prod
    Auth:
      DefaultAuthorizer: Tokens
      Authorizers: {Tokens: {UserPoolArn: !GetAtt Pool.Arn}}
"""
)


class Signed:
    """An API whose requests can be signed in."""

    def __init__(self, deployed, stage):
        self.deployed = deployed
        self.stage = stage
        deployed.answers("Users", answer())

    def ask(self, method="GET", path="/me", who=None, token=None):
        headers = {"Authorization": token} if token else {}
        if who is not None:
            api = self.deployed.stack.resource("Api").physical_id
            http = self.deployed.world.engines.http
            headers = dict(http.sign_in(api, self.stage, HttpRequest(method, path), who).headers)
        return self.deployed.ask("Api", method, path, headers=headers)

    @property
    def authorizer(self):
        return self.deployed.events("Users")[-1]["requestContext"]["authorizer"]

    def real_tokens(self, name="ada"):
        """The tokens of a user who has signed in."""
        cognito = self.deployed.world.cloud.client("cognito-idp")
        pool, client = (self.deployed.stack.resource(r).physical_id for r in ("Pool", "Client"))
        attributes = [{"Name": "email", "Value": "ada@example.com"}]
        cognito.admin_create_user(UserPoolId=pool, Username=name, UserAttributes=attributes)
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password="Secret-1234", Permanent=True)
        asked = {"USERNAME": name, "PASSWORD": "Secret-1234"}
        flow = "USER_PASSWORD_AUTH"
        return cognito.initiate_auth(ClientId=client, AuthFlow=flow, AuthParameters=asked)["AuthenticationResult"]


@pytest.fixture
def http(deployed):
    return Signed(deployed(HTTP), "$default")


@pytest.fixture
def rest(deployed):
    return Signed(deployed(REST), "Prod")


def test_apig_09_without_a_token_an_http_api_says_so(http):
    found = http.ask()
    assert (found.status, message(found), found.header("www-authenticate")) == (
        401,
        {"message": "Unauthorized"},
        "Bearer",
    )
    assert http.ask(path="/open").status == 200


def test_apig_09_the_token_of_a_user_who_signed_in_opens_the_way(http):
    token = http.real_tokens()["IdToken"]
    assert http.ask(token=f"Bearer {token}").status == 200
    assert http.ask(token=token).status == 200
    claims = http.authorizer["jwt"]["claims"]
    assert (claims["cognito:username"], claims["token_use"], http.authorizer["jwt"]["scopes"]) == ("ada", "id", None)
    assert claims["exp"].isdigit()


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"aud": "another"}, "the token does not have a valid audience"),
        ({"iss": "https://other.example"}, "the token's issuer is https://other.example"),
        ({"exp": 1}, "the token has expired"),
        ({"exp": "soon"}, "exp is no time"),
        ({"nbf": 10**10}, "not valid yet"),
    ],
)
def test_apig_09_a_token_that_does_not_fit_is_a_401_with_its_reason(http, claims, words):
    found = http.ask(who=SignedIn("ada", claims=claims))
    assert (found.status, message(found)) == (401, {"message": "Unauthorized"})
    assert words in found.header("www-authenticate")
    assert 'error="invalid_token"' in found.header("www-authenticate")
    assert http.deployed.events("Users") == []


@pytest.mark.parametrize("token", ["Bearer x", "Bearer a.b.c", "é.é.é"])
def test_apig_09_what_is_no_token_is_a_401(http, token):
    assert http.ask(token=token).status == 401


def test_apig_09_a_token_changed_on_its_way_is_a_401(http):
    token = http.real_tokens()["IdToken"]
    head, payload, signature = token.split(".")
    assert http.ask(token=f"{head}.{payload[:-2]}AA.{signature}").status == 401


@pytest.mark.parametrize(
    ("scopes", "status"), [(None, 200), (("users/all", "x"), 200), (("users/read",), 403), ((), 403)]
)
def test_apig_09_one_of_the_routes_scopes_is_wanted(http, scopes, status):
    found = http.ask("PUT", who=SignedIn("ada", scopes=scopes))
    assert found.status == status
    if status == 403:
        assert message(found) == {"message": "Forbidden"}
        assert 'error="insufficient_scope"' in found.header("www-authenticate")
    else:
        assert http.authorizer["jwt"]["scopes"] == ["users/write", "users/all"]


def test_a_made_up_user_is_the_same_each_time_and_a_known_one_comes_with_the_pools_attributes(http):
    http.ask(who=SignedIn("bob@example.com", groups=("admins", "editors")))
    bob = http.authorizer["jwt"]["claims"]
    http.ask(who=SignedIn("bob@example.com"))
    assert http.authorizer["jwt"]["claims"]["sub"] == bob["sub"]
    assert (bob["email"], bob["cognito:groups"]) == ("bob@example.com", "[admins editors]")
    http.real_tokens("ada")
    http.ask(who=SignedIn("ada", claims={"tenant": "t"}))
    ada = http.authorizer["jwt"]["claims"]
    assert (ada["email"], ada["tenant"], ada["cognito:username"]) == ("ada@example.com", "t", "ada")


def test_another_issuer_than_a_pool_is_stood_in_for(deployed):
    issuer = '"https://shop.auth0.example/"'
    text = HTTP.replace('!Sub "https://cognito-idp.${AWS::Region}.amazonaws.com/${Pool}"', issuer)
    http = Signed(deployed(text), "$default")
    assert http.ask("PUT", who=SignedIn("auth0|1")).status == 200
    claims = http.authorizer["jwt"]["claims"]
    assert (claims["iss"], claims["sub"]) == ("https://shop.auth0.example/", "auth0|1")
    assert claims["scope"] == "users/write users/all"


@pytest.mark.parametrize("kind", ["http", "rest"])
@pytest.mark.parametrize("path", ["/open", "/nobody"])
def test_nobody_can_be_signed_in_where_no_token_is_taken(request, kind, path):
    api = request.getfixturevalue(kind)
    name = api.deployed.stack.resource("Api").physical_id
    entrance = api.deployed.world.engines.http
    assert entrance.sign_in(name, api.stage, HttpRequest("GET", path), SignedIn("ada")) is None


def test_apig_09_a_rest_api_takes_the_id_token_of_its_pool(rest):
    tokens = rest.real_tokens()
    assert rest.ask(token=tokens["IdToken"]).status == 200
    claims = rest.authorizer["claims"]
    assert (claims["cognito:username"], claims["token_use"]) == ("ada", "id")
    assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}", claims["exp"])
    found = rest.ask(token=tokens["AccessToken"])
    assert (found.status, message(found)) == (401, {"message": "Unauthorized"})


def test_apig_09_a_method_with_scopes_takes_access_tokens_that_have_one(rest):
    assert rest.ask("PUT", who=SignedIn("ada")).status == 200
    assert rest.ask("PUT", who=SignedIn("ada", scopes=("users/read",))).status == 401
    assert rest.ask("PUT", token=rest.real_tokens()["IdToken"]).status == 401


def test_apig_09_an_expired_token_is_told_from_a_bad_one(rest):
    expired = rest.ask(who=SignedIn("ada", claims={"exp": 1}))
    assert (expired.status, message(expired)) == (401, {"message": "The incoming token has expired"})
    for found in (rest.ask(), rest.ask(token="x"), rest.ask(who=SignedIn("ada", claims={"iss": "https://x"}))):
        assert (found.status, message(found)) == (401, {"message": "Unauthorized"})


def test_apig_09_groups_are_one_text_in_the_event_of_a_rest_api(rest):
    rest.ask(who=SignedIn("ada", groups=("admins", "editors")))
    assert rest.authorizer["claims"]["cognito:groups"] == "admins,editors"


def test_apig_09_the_validation_expression_is_held_against_the_audience(deployed):
    text = REST.replace("{UserPoolArn: !GetAtt Pool.Arn}", "{UserPoolArn: !GetAtt Pool.Arn, Identity: IDENTITY}")
    rest = Signed(deployed(text.replace("IDENTITY", "{ValidationExpression: web-.*}")), "Prod")
    assert rest.ask(who=SignedIn("ada", claims={"aud": "web-1"})).status == 200
    assert rest.ask(who=SignedIn("ada", claims={"aud": "app-1"})).status == 401
