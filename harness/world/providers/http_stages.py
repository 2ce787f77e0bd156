"""This file decides how an HTTP API's deployments and stages come to stand.

A stage that does not deploy by itself serves what its deployment took of the API, and nothing without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.providers.access_logs import ACCESS_LOG, check_access_log, refuse_missing_group
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Flag, Json, Number, Record, Table, Text, Whole, honoured, inert

_TRACED = "kept; the trace shows every request and answer"
_SETTINGS = Record(
    {
        "DataTraceEnabled": inert(Flag(), _TRACED),
        "DetailedMetricsEnabled": inert(Flag(), _TRACED),
        "LoggingLevel": inert(Text(), _TRACED),
        "ThrottlingBurstLimit": honoured(Whole(0)),
        "ThrottlingRateLimit": honoured(Number()),
    }
)


def _check_stage(request: Request) -> None:
    properties = request.properties
    check_access_log(properties.get("AccessLogSettings"), request.place.down("AccessLogSettings"))
    routes = properties.get("RouteSettings")
    for key, settings in routes.items() if isinstance(routes, Mapping) else ():
        if settings is not PENDING:
            _SETTINGS.read(settings, request.place.down("RouteSettings").down(key))


def _create_stage(request: Request) -> Created:
    settings = dict(request.properties)
    refuse_missing_group(request, settings.get("AccessLogSettings"), "AccessLogSettings")
    routes: Mapping[str, Any] = settings.pop("RouteSettings", {})
    if routes:
        place = request.place.down("RouteSettings")
        settings["RouteSettings"] = {key: _SETTINGS.read(one, place.down(key)) for key, one in routes.items()}
    request.client("apigatewayv2").create_stage(**settings)
    return Created(settings["StageName"])


def _create_deployment(request: Request) -> Created:
    made = request.client("apigatewayv2").create_deployment(**request.properties)
    return Created(made["DeploymentId"], {"DeploymentId": made["DeploymentId"]})


HTTP_STAGE = Provider(
    type="AWS::ApiGatewayV2::Stage",
    properties=Record(
        {
            "AccessLogSettings": honoured(ACCESS_LOG),
            "ApiId": honoured(Text(), required=True),
            "AutoDeploy": honoured(Flag()),
            "DefaultRouteSettings": honoured(_SETTINGS),
            "DeploymentId": honoured(Text()),
            "Description": inert(Text(), "a comment"),
            "RouteSettings": honoured(Json()),
            "StageName": honoured(Text(), required=True),
            "StageVariables": honoured(Table(Text())),
            "Tags": inert(Table(Text()), "kept and shown by the API"),
        },
        not_yet=("ClientCertificateId",),
    ),
    attributes=(),
    create=_create_stage,
    check=_check_stage,
)

HTTP_DEPLOYMENT = Provider(
    type="AWS::ApiGatewayV2::Deployment",
    properties=Record(
        {
            "ApiId": honoured(Text(), required=True),
            "Description": inert(Text(), "a comment"),
            "StageName": honoured(Text()),
        }
    ),
    attributes=("DeploymentId",),
    create=_create_deployment,
)
