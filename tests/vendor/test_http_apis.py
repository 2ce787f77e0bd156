"""The contract between HTTP APIs and moto's API Gateway V2, which gets deployments."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from moto.apigatewayv2 import urls
from moto.apigatewayv2.models import Stage
from moto.apigatewayv2.responses import ApiGatewayV2Response

from harness.kernel.scheduler import Kernel
from harness.vendor import http_apis
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud

HERE = ("123456789012", "us-east-1")


@pytest.fixture
def api():
    with Cloud(Kernel()) as cloud:
        http_apis.apply(cloud.patches)
        yield cloud.client("apigatewayv2")


def with_a_route(api, **options):
    api_id = api.create_api(Name="a", ProtocolType="HTTP", **options)["ApiId"]
    one = api.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri="u")["IntegrationId"]
    api.create_route(ApiId=api_id, RouteKey="GET /", Target=f"integrations/{one}")
    return api_id, one


def test_an_api_can_be_deployed_though_a_world_without_this_had_the_services_before():
    """REST APIs' addresses are HTTP APIs' too: moto copies them once, when it first needs them."""
    with Cloud(Kernel()) as cloud:
        cloud.client("apigatewayv2").create_api(Name="a", ProtocolType="HTTP")
    with Cloud(Kernel()) as cloud:
        http_apis.apply(cloud.patches)
        api = cloud.client("apigatewayv2")
        assert api.create_deployment(ApiId=with_a_route(api)[0])["DeploymentStatus"] == "DEPLOYED"


def test_upstream_has_no_deployments():
    assert not hasattr(ApiGatewayV2Response, "create_deployment")
    assert not any("deployments" in path for path in urls.url_paths)


def test_a_stage_that_deploys_by_itself_is_found_with_all_that_it_serves(api):
    api_id, one = with_a_route(api, CorsConfiguration={"AllowOrigins": ["*"]})
    limits = {"ThrottlingRateLimit": 1.0}
    api.create_stage(
        ApiId=api_id, StageName="live", AutoDeploy=True, StageVariables={"v": "1"}, DefaultRouteSettings=limits
    )
    api.create_stage(ApiId=api_id, StageName="manual")
    found = http_apis.find_stage(*HERE, api_id, "live")
    assert [(r["routeKey"], r["target"]) for r in found.routes] == [("GET /", f"integrations/{one}")]
    assert found.integrations[one]["integrationUri"] == "u"
    assert (found.variables, found.cors) == ({"v": "1"}, {"allowOrigins": ["*"]})
    assert found.default_settings == {"throttlingRateLimit": 1.0}
    assert http_apis.find_stage(*HERE, api_id, "manual") is None
    assert http_apis.find_stage(*HERE, "nobody", "live") is None


def test_a_stage_serves_what_was_deployed_to_it_and_nothing_newer(api):
    api_id, _ = with_a_route(api)
    first = api.create_deployment(ApiId=api_id)["DeploymentId"]
    api.create_stage(ApiId=api_id, StageName="live", DeploymentId=first)
    api.create_route(ApiId=api_id, RouteKey="GET /new")
    assert len(http_apis.find_stage(*HERE, api_id, "live").routes) == 1
    second = api.create_deployment(ApiId=api_id, StageName="live")["DeploymentId"]
    assert len(http_apis.find_stage(*HERE, api_id, "live").routes) == 2
    assert api.get_stage(ApiId=api_id, StageName="live")["DeploymentId"] == second


def test_an_api_without_a_route_cannot_be_deployed(api):
    api_id = api.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    with pytest.raises(ClientError, match="At least one route is required before deploying the Api"):
        api.create_deployment(ApiId=api_id)


def test_leaving_puts_everything_back():
    before = urls.url_paths, vars(Stage)["to_json"]
    with Patches() as patches:
        http_apis.apply(patches)
        assert hasattr(ApiGatewayV2Response, "create_deployment")
    assert (urls.url_paths, vars(Stage)["to_json"]) == before
    assert not hasattr(ApiGatewayV2Response, "create_deployment")
