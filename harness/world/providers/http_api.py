"""This file decides how an HTTP API comes to stand: from the OpenAPI document in ``Body``, or part by part.

WebSocket APIs are refused. moto's import of a document drops integrations' settings and all authorizers, so each part
is made by the API call for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.parameters import text_of
from harness.world.providers import openapi
from harness.world.providers.http_parts import check_integration, refuse_jwt
from harness.world.providers.openapi import Operation
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Flag, Items, Json, Place, Record, Table, Text, Whole, honoured, inert

_CORS = {
    "AllowCredentials": honoured(Flag()),
    "AllowHeaders": honoured(Items(Text())),
    "AllowMethods": honoured(Items(Text())),
    "AllowOrigins": honoured(Items(Text())),
    "ExposeHeaders": honoured(Items(Text())),
    "MaxAge": honoured(Whole(-1, 86_400)),
}


def _check_api(request: Request) -> None:
    properties = request.properties
    if properties.get("ProtocolType") == "WEBSOCKET":
        raise request.place.down("ProtocolType").refuse(
            f"{request.place.of} is a WebSocket API, which nothing here behaves like yet.",
            "HTTP APIs (ProtocolType: HTTP) and REST APIs are answered for.",
        )
    body = properties.get("Body")
    if body is None:
        if "Name" not in properties or "ProtocolType" not in properties:
            raise request.place.refuse(
                f"{request.place.of} needs a Body, or a Name and a ProtocolType.",
                "Write Name and ProtocolType: HTTP, or the OpenAPI document as Body.",
            )
        return
    if body is PENDING:
        return
    place = request.place.down("Body")
    for operation in openapi.operations(body, place, rest=False):
        security = openapi.security_of(body, operation)
        if security.kind == "JWT":
            refuse_jwt(operation.place)
        given = operation.integration
        if given is not None:
            check_integration(given.get("type"), given.get("subtype"), given.get("uri"), operation.place)


def _create_api(request: Request) -> Created:
    properties, api = request.properties, request.client("apigatewayv2")
    body: Mapping[str, Any] = properties.get("Body") or {}
    title = (body.get("info") or {}).get("title")
    cors = properties.get("CorsConfiguration") or _document_cors(body)
    optional: dict[str, Any] = {
        "CorsConfiguration": cors,
        "Description": properties.get("Description"),
        "Tags": properties.get("Tags"),
    }
    made = api.create_api(
        Name=properties.get("Name") or text_of(title or request.name("", 128)),
        ProtocolType="HTTP",
        **{name: value for name, value in optional.items() if value},
    )
    if body:
        _import(api, made["ApiId"], body, request.place.down("Body"))
    return Created(made["ApiId"], {"ApiEndpoint": made["ApiEndpoint"], "ApiId": made["ApiId"]})


def _document_cors(body: Mapping[str, Any]) -> dict[str, Any] | None:
    given = body.get("x-amazon-apigateway-cors")
    return {name[0].upper() + name[1:]: value for name, value in given.items()} if given else None


def _import(api: Any, api_id: str, body: Mapping[str, Any], place: Place) -> None:
    authorizers = {}
    for name, scheme in openapi.schemes(body).items():
        given = scheme.get("x-amazon-apigateway-authorizer")
        if given is not None:
            authorizers[name] = api.create_authorizer(ApiId=api_id, Name=name, **_document_authorizer(given))[
                "AuthorizerId"
            ]
    for operation in openapi.operations(body, place, rest=False):
        _import_route(api, api_id, body, operation, authorizers)


def _document_authorizer(given: Mapping[str, Any]) -> dict[str, Any]:
    sources = given.get("identitySource")
    optional: dict[str, Any] = {
        "AuthorizerCredentialsArn": given.get("authorizerCredentials"),
        "AuthorizerPayloadFormatVersion": given.get("authorizerPayloadFormatVersion"),
        "AuthorizerResultTtlInSeconds": _seconds(given.get("authorizerResultTtlInSeconds")),
        "AuthorizerUri": given.get("authorizerUri"),
        "EnableSimpleResponses": given.get("enableSimpleResponses"),
        "JwtConfiguration": None,
    }
    return {
        "AuthorizerType": str(given.get("type")).upper(),
        "IdentitySource": sources
        if isinstance(sources, list)
        else [s.strip() for s in (sources or "").split(",") if s],
        **{name: value for name, value in optional.items() if value is not None},
    }


def _seconds(value: Any) -> int | None:
    return None if value is None else int(text_of(value))


def _import_route(
    api: Any, api_id: str, body: Mapping[str, Any], operation: Operation, authorizers: Mapping[str, str]
) -> None:
    security = openapi.security_of(body, operation)
    optional: dict[str, Any] = {"AuthorizerId": authorizers.get(security.scheme or "")}
    given = operation.integration
    if given is not None:
        settings = {
            "ConnectionType": "INTERNET",
            "CredentialsArn": given.get("credentials"),
            "IntegrationMethod": given.get("httpMethod"),
            "IntegrationUri": given.get("uri"),
            "PayloadFormatVersion": text_of(given["payloadFormatVersion"])
            if "payloadFormatVersion" in given
            else "2.0",
            "TimeoutInMillis": int(given["timeoutInMillis"]) if "timeoutInMillis" in given else None,
        }
        integration = api.create_integration(
            ApiId=api_id,
            IntegrationType=str(given.get("type")).upper(),
            **{name: value for name, value in settings.items() if value is not None},
        )
        optional["Target"] = f"integrations/{integration['IntegrationId']}"
    api.create_route(
        ApiId=api_id,
        RouteKey=f"{operation.method} {operation.path}".strip(),
        AuthorizationType=security.kind,
        **{name: value for name, value in optional.items() if value is not None},
    )


HTTP_API = Provider(
    type="AWS::ApiGatewayV2::Api",
    properties=Record(
        {
            "Body": honoured(Json()),
            "CorsConfiguration": honoured(Record(_CORS)),
            "Description": inert(Text(), "a comment"),
            "FailOnWarnings": inert(Flag(), "there are no warnings here: what cannot be used is refused"),
            "Name": honoured(Text()),
            "ProtocolType": honoured(Text(choices=("HTTP", "WEBSOCKET"))),
            "Tags": inert(Table(Text()), "kept and shown by the API"),
        },
        not_yet=(
            "ApiKeySelectionExpression",
            "BasePath",
            "BodyS3Location",
            "CredentialsArn",
            "DisableExecuteApiEndpoint",
            "DisableSchemaValidation",
            "IpAddressType",
            "RouteKey",
            "RouteSelectionExpression",
            "Target",
            "Version",
        ),
    ),
    attributes=("ApiEndpoint", "ApiId"),
    create=_create_api,
    check=_check_api,
)
