"""The contract between HTTP APIs and moto's API Gateway V2, which is read and not changed."""

from __future__ import annotations

from harness.kernel.scheduler import Kernel
from harness.vendor import http_apis
from harness.world.cloud import Cloud

HERE = ("123456789012", "us-east-1")


def test_a_stage_that_deploys_by_itself_is_found_with_all_that_it_serves():
    with Cloud(Kernel()) as cloud:
        api = cloud.client("apigatewayv2")
        cors = {"AllowOrigins": ["*"]}
        api_id = api.create_api(Name="a", ProtocolType="HTTP", CorsConfiguration=cors)["ApiId"]
        one = api.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri="u")["IntegrationId"]
        api.create_route(ApiId=api_id, RouteKey="GET /", Target=f"integrations/{one}")
        api.create_stage(ApiId=api_id, StageName="live", AutoDeploy=True, StageVariables={"v": "1"})
        api.create_stage(ApiId=api_id, StageName="manual")
        found = http_apis.find_stage(*HERE, api_id, "live")
        assert [(r["routeKey"], r["target"]) for r in found.routes] == [("GET /", f"integrations/{one}")]
        assert found.integrations[one]["integrationUri"] == "u"
        assert (found.variables, found.cors) == ({"v": "1"}, {"allowOrigins": ["*"]})
        assert http_apis.find_stage(*HERE, api_id, "manual") is None
        assert http_apis.find_stage(*HERE, "nobody", "live") is None
