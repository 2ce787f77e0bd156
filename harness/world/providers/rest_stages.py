"""This file decides how a REST API's deployments and stages come to stand, and the account that all APIs share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.world.providers.access_logs import ACCESS_LOG, check_access_log, refuse_missing_group
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import (
    TAGS,
    Flag,
    Items,
    Number,
    Record,
    Table,
    Text,
    Whole,
    honoured,
    inert,
    tag_table,
)

_LOGGED = "kept; the trace shows every request and answer"


def _create_deployment(request: Request) -> Created:
    properties = request.properties
    optional = {"stageName": properties["StageName"]} if "StageName" in properties else {}
    if "Description" in properties:
        optional["description"] = properties["Description"]
    made = request.client("apigateway").create_deployment(restApiId=properties["RestApiId"], **optional)
    return Created(made["id"], {"DeploymentId": made["id"]})


def _create_stage(request: Request) -> Created:
    properties = request.properties
    optional: dict[str, Any] = {
        "description": properties.get("Description"),
        "tracingEnabled": properties.get("TracingEnabled"),
        "variables": properties.get("Variables"),
        "tags": tag_table(properties.get("Tags")) or None,
    }
    refuse_missing_group(request, properties.get("AccessLogSetting"), "AccessLogSetting")
    request.client("apigateway").create_stage(
        restApiId=properties["RestApiId"],
        stageName=properties["StageName"],
        deploymentId=properties["DeploymentId"],
        **{name: value for name, value in optional.items() if value is not None},
    )
    changes = [*_log_changes(properties), *_throttle_changes(properties.get("MethodSettings", []))]
    if changes:
        operations = [{"op": "replace", "path": path, "value": value} for path, value in changes]
        request.client("apigateway").update_stage(
            restApiId=properties["RestApiId"], stageName=properties["StageName"], patchOperations=operations
        )
    return Created(properties["StageName"])


def _log_changes(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    given = properties.get("AccessLogSetting") or {}
    for name, key in (("DestinationArn", "destinationArn"), ("Format", "format")):
        if name in given:
            yield f"/accessLogSettings/{key}", given[name]


def _throttle_changes(settings: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in settings:
        path = str(one.get("ResourcePath", "/*"))
        place = "*" if path in ("*", "/*") else path.replace("/", "~1")
        for name, key in (("ThrottlingBurstLimit", "burstLimit"), ("ThrottlingRateLimit", "rateLimit")):
            if name in one:
                yield f"/{place}/{one.get('HttpMethod', '*')}/throttling/{key}", str(one[name])


def _check_stage(request: Request) -> None:
    check_access_log(request.properties.get("AccessLogSetting"), request.place.down("AccessLogSetting"))


def _create_account(request: Request) -> Created:
    role = request.properties.get("CloudWatchRoleArn")
    if role is not None:
        request.client("apigateway").update_account(
            patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
        )
    name = request.name("", 64)
    return Created(name, {"Id": name})


DEPLOYMENT = Provider(
    type="AWS::ApiGateway::Deployment",
    properties=Record(
        {
            "Description": inert(Text(), "a comment"),
            "RestApiId": honoured(Text(), required=True),
            "StageName": honoured(Text()),
        },
        not_yet=("DeploymentCanarySettings", "StageDescription"),
    ),
    attributes=("DeploymentId",),
    create=_create_deployment,
)

STAGE = Provider(
    type="AWS::ApiGateway::Stage",
    properties=Record(
        {
            "AccessLogSetting": honoured(ACCESS_LOG),
            "CacheClusterEnabled": inert(Flag(), "nothing is cached here; answers are the same, only later"),
            "CacheClusterSize": inert(Text(), "nothing is cached here"),
            "DeploymentId": honoured(Text(), required=True),
            "Description": inert(Text(), "a comment"),
            "MethodSettings": honoured(
                Items(
                    Record(
                        {
                            "DataTraceEnabled": inert(Flag(), _LOGGED),
                            "HttpMethod": honoured(Text()),
                            "LoggingLevel": inert(Text(), _LOGGED),
                            "MetricsEnabled": inert(Flag(), _LOGGED),
                            "ResourcePath": honoured(Text()),
                            "ThrottlingBurstLimit": honoured(Whole(0)),
                            "ThrottlingRateLimit": honoured(Number()),
                        },
                        not_yet=(
                            "CacheDataEncrypted",
                            "CacheTtlInSeconds",
                            "CachingEnabled",
                        ),
                    )
                )
            ),
            "RestApiId": honoured(Text(), required=True),
            "StageName": honoured(Text(), required=True),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "TracingEnabled": inert(Flag(), "kept; there is no X-Ray here, the trace shows the way"),
            "Variables": honoured(Table(Text())),
        },
        not_yet=("CanarySetting", "ClientCertificateId", "DocumentationVersion"),
    ),
    attributes=(),
    create=_create_stage,
    check=_check_stage,
)

ACCOUNT = Provider(
    type="AWS::ApiGateway::Account",
    properties=Record({"CloudWatchRoleArn": inert(Text(), _LOGGED)}),
    attributes=("Id",),
    create=_create_account,
)
