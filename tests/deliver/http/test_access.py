"""What stands between a client and a REST API's methods: API keys, usage plans, request validators."""

from __future__ import annotations

import json

import pytest

from harness.deliver.http.usage import Usage
from harness.kernel.scheduler import Kernel
from tests.deliver.http.conftest import answer, message

KEYS = """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    Events: {One: {Type: Api, Properties: {Path: /users, Method: get, RestApiId: !Ref Api}}}
Api:
  Type: AWS::Serverless::Api
  Properties: {StageName: Prod, Auth: {ApiKeyRequired: true}}
Key:
  Type: AWS::ApiGateway::ApiKey
  DependsOn: Plan
  Properties: {Enabled: true, Value: a-key-of-twenty-letters}
Off: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: false, Value: an-old-key-of-20-letters}}
Plan:
  Type: AWS::ApiGateway::UsagePlan
  Properties:
    ApiStages: [{ApiId: !Ref Api, Stage: !Ref ApiProdStage}]
    Quota: {Limit: 2, Period: DAY}
InPlan: {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}}
OffInPlan:
  Type: AWS::ApiGateway::UsagePlanKey
  Properties: {KeyId: !Ref Off, KeyType: API_KEY, UsagePlanId: !Ref Plan}
"""
KEY = {"x-api-key": "a-key-of-twenty-letters"}


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "another"}, {"x-api-key": "an-old-key-of-20-letters"}])
def test_apig_07_a_request_without_a_good_key_is_forbidden(deployed, headers):
    users = deployed(KEYS)
    found = users.ask("Api", path="/users", headers=headers)
    assert (found.status, message(found)) == (403, {"message": "Forbidden"})
    assert users.events("Users") == []


def test_apig_07_a_key_gets_through_until_its_quota_is_used_up(deployed):
    users = deployed(KEYS)
    users.answers("Users", answer())
    found = users.ask_all([("Api", "GET", "/users", None, KEY, (), b"")] * 3)
    assert [r.status for r in found] == [200, 200, 429]
    assert message(found[2]) == {"message": "Limit Exceeded"}
    identity = users.events("Users")[0]["requestContext"]["identity"]
    assert identity["apiKey"] == "a-key-of-twenty-letters"
    assert identity["apiKeyId"] == users.stack.resource("Key").physical_id


def test_apig_07_a_throttled_key_is_a_429(deployed):
    users = deployed(KEYS.replace("Quota: {Limit: 2, Period: DAY}", "Throttle: {BurstLimit: 1, RateLimit: 1}"))
    users.answers("Users", answer())
    found = users.ask_all([("Api", "GET", "/users", None, KEY, (), b"")] * 2)
    assert [r.status for r in found] == [200, 429]
    assert message(found[1]) == {"message": "Too Many Requests"}


def test_apig_12_a_bucket_fills_again_at_its_rate():
    kernel = Kernel()
    usage = Usage(kernel.clock)
    throttle = {"burstLimit": 2, "rateLimit": 1.0}
    passed = []

    def main():
        for wait_s in (0, 0, 0, 1, 0, 10, 0, 0):
            kernel.sleep(wait_s)
            passed.append(usage.within_rate("k", throttle))

    kernel.run(main)
    assert passed == [True, True, False, True, False, True, True, False]


def test_a_quota_begins_again_with_the_next_day():
    kernel = Kernel()
    usage = Usage(kernel.clock)
    passed = []

    def main():
        for wait_s in (0, 0, 86_400):
            kernel.sleep(wait_s)
            passed.append(usage.within_quota("k", {"limit": 1, "period": "DAY"}))

    kernel.run(main)
    assert passed == [True, False, True]


MODEL = """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      Add:
        Type: Api
        Properties:
          Path: /users
          Method: post
          RestApiId: !Ref Api
          RequestModel: {Model: User, Required: true, ValidateBody: true, ValidateParameters: true}
          RequestParameters: [method.request.header.X-Tenant: {Required: true}, method.request.querystring.page]
Api:
  Type: AWS::Serverless::Api
  Properties:
    StageName: Prod
    Models:
      User:
        type: object
        required: [name]
        properties: {name: {type: string}, home: {$ref: "#/definitions/address"}}
      Address: {type: object, required: [city]}
"""


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"name": "Ada"}, 200, {}),
        ({"name": 1}, 400, {"message": "Invalid request body"}),
        ({}, 400, {"message": "Invalid request body"}),
        ({"name": "Ada", "home": {}}, 400, {"message": "Invalid request body"}),
        (None, 400, {"message": "Invalid request body"}),
    ],
)
def test_apig_07_a_body_that_does_not_fit_its_model_is_a_400(deployed, body, status, said):
    users = deployed(MODEL)
    users.answers("Users", answer())
    sent = b"" if body is None else json.dumps(body).encode()
    found = users.ask("Api", "POST", "/users", headers={"X-Tenant": "t"}, body=sent)
    assert (found.status, message(found)) == (status, said)
    assert len(users.events("Users")) == (status == 200)


def test_apig_07_a_missing_parameter_is_a_400_that_names_it(deployed):
    users = deployed(MODEL)
    found = users.ask("Api", "POST", "/users", body=b'{"name": "Ada"}')
    assert (found.status, message(found)) == (400, {"message": "Missing required request parameters: [X-Tenant]"})
