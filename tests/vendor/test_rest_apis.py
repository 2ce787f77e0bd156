"""The contract between deployed REST APIs and moto's API Gateway."""

from __future__ import annotations

import inspect

import pytest
from moto.apigateway.models import APIGatewayBackend, Authorizer, Deployment, RestAPI, Stage
from moto.apigateway.responses import APIGatewayResponse

from harness.kernel.scheduler import Kernel
from harness.vendor import rest_apis
from harness.world.cloud import Cloud

HERE = ("123456789012", "us-east-1")
JOINTS = [
    (RestAPI, "create_deployment"),
    (RestAPI, "create_authorizer"),
    (RestAPI, "update_integration_mocks"),
    (APIGatewayBackend, "put_integration"),
    (APIGatewayResponse, "create_rest_api"),
    (Stage, "_get_default_method_settings"),
]


@pytest.fixture
def bare():
    with Cloud(Kernel()) as cloud:
        yield cloud


@pytest.fixture
def cloud(bare):
    rest_apis.apply(bare.patches)
    return bare


def api_with_a_method(cloud, **options):
    api = cloud.client("apigateway")
    made = api.create_rest_api(name="a", **options)
    where = {"restApiId": made["id"], "resourceId": made["rootResourceId"], "httpMethod": "GET"}
    api.put_method(**where, authorizationType="NONE")
    api.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    return api, made["id"], where


def token_authorizer(api, api_id):
    api.create_authorizer(
        restApiId=api_id,
        name="g",
        type="TOKEN",
        authorizerUri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations",
        identitySource="method.request.header.Authorization",
        identityValidationExpression="Bearer .+",
    )


CALLER = {
    "type": "AWS_PROXY",
    "integrationHttpMethod": "POST",
    "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations",
    "credentials": "arn:aws:iam::*:user/*",
}


def test_the_joints_exist():
    names = ["self", "name", "description", "stage_variables"]
    assert list(inspect.signature(RestAPI.create_deployment).parameters) == names
    assert list(inspect.signature(RestAPI.update_integration_mocks).parameters) == ["self", "stage_name"]
    assert "identiy_validation_expression" in inspect.signature(RestAPI.create_authorizer).parameters
    assert "credentials" in inspect.signature(APIGatewayBackend.put_integration).parameters
    assert list(inspect.signature(APIGatewayResponse.create_rest_api).parameters) == ["self"]
    assert "identity_validation_expression" in vars(Authorizer("1", "n", "TOKEN"))


def test_upstream_keeps_nothing_of_what_was_deployed(bare):
    api, api_id, _ = api_with_a_method(bare)
    api.create_deployment(restApiId=api_id, stageName="s")
    assert sorted(vars(Deployment("1", "s"))) == ["created_date", "description", "id", "stage_name"]
    assert rest_apis.find_stage(*HERE, api_id, "s") is None


def test_upstream_loses_the_validation_expression_and_the_binary_types(bare):
    api, api_id, _ = api_with_a_method(bare, binaryMediaTypes=["image/png"])
    token_authorizer(api, api_id)
    assert "identityValidationExpression" not in api.get_authorizers(restApiId=api_id)["items"][0]
    assert api.get_rest_api(restApiId=api_id).get("binaryMediaTypes") == []


def test_upstream_refuses_its_caller_s_credentials(bare):
    api, _, where = api_with_a_method(bare)
    with pytest.raises(api.exceptions.ClientError, match="Cross-account pass role"):
        api.put_integration(**where, **CALLER)


def test_what_is_deployed_stays_as_it_was(cloud):
    api, api_id, where = api_with_a_method(cloud)
    api.create_deployment(restApiId=api_id, stageName="s", variables={"v": "1"})
    api.delete_method(**where)
    found = rest_apis.find_stage(*HERE, api_id, "s")
    assert list(found.deployed.methods) == [("/", "GET")]
    assert found.deployed.methods["/", "GET"]["methodIntegration"]["type"] == "MOCK"
    assert found.variables == {"v": "1"}
    assert rest_apis.find_stage(*HERE, api_id, "other") is None


def test_what_upstream_loses_is_kept(cloud):
    api, api_id, where = api_with_a_method(cloud, binaryMediaTypes=["image/png"])
    token_authorizer(api, api_id)
    api.put_integration(**where, **CALLER)
    assert api.get_authorizers(restApiId=api_id)["items"][0]["identityValidationExpression"] == "Bearer .+"
    assert api.get_rest_api(restApiId=api_id)["binaryMediaTypes"] == ["image/png"]
    assert api.get_integration(**where)["credentials"] == CALLER["credentials"]


def test_a_key_counts_in_the_stages_of_its_plan_only(cloud):
    api, api_id, _ = api_with_a_method(cloud)
    api.create_deployment(restApiId=api_id, stageName="s")
    key = api.create_api_key(name="k", value="v" * 20, enabled=True)["id"]
    plan = api.create_usage_plan(name="p", apiStages=[{"apiId": api_id, "stage": "s"}])["id"]
    assert rest_apis.find_key(*HERE, api_id, "s", "v" * 20) is None
    api.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    assert rest_apis.find_key(*HERE, api_id, "s", "v" * 20).key_id == key
    assert rest_apis.find_key(*HERE, api_id, "other", "v" * 20) is None


def test_leaving_restores_what_was_there():
    before = [vars(owner)[name] for owner, name in JOINTS]
    with Cloud(Kernel()) as cloud:
        rest_apis.apply(cloud.patches)
        assert all(vars(owner)[name] is not was for (owner, name), was in zip(JOINTS, before, strict=True))
    assert [vars(owner)[name] for owner, name in JOINTS] == before


def test_upstream_throttles_a_method_that_has_any_setting_and_ours_does_not(bare):
    assert {"throttlingRateLimit", "throttlingBurstLimit"} <= set(Stage()._get_default_method_settings())
    rest_apis.apply(bare.patches)
    api, api_id, _ = api_with_a_method(bare)
    api.create_deployment(restApiId=api_id, stageName="live")
    changes = [("/*/*/metrics/enabled", "true"), ("/~1a/GET/throttling/rateLimit", "2")]
    operations = [{"op": "replace", "path": path, "value": value} for path, value in changes]
    api.update_stage(restApiId=api_id, stageName="live", patchOperations=operations)
    settings = rest_apis.find_stage(*HERE, api_id, "live").settings
    assert "throttlingRateLimit" not in settings["*/*"]
    assert settings["~1a/GET"]["throttlingRateLimit"] == 2.0
    assert "throttlingBurstLimit" not in settings["~1a/GET"]
