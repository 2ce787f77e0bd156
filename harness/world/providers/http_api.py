"""This file decides how an HTTP or WebSocket API comes to stand: from the document in ``Body``, or part by part.

moto's import of a document drops integrations' settings and all authorizers, so each part
is made by the API call for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.parameters import text_of
from harness.world.providers import openapi
from harness.world.providers.http_integration import answer_mappings, check_integration
from harness.world.providers.http_parts import check_jwt
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
    if properties.get("ProtocolType") == "WEBSOCKET" and not properties.get("RouteSelectionExpression"):
        raise request.place.refuse(
            f"{request.place.of} is a WebSocket API and does not say which part of a message chooses its route.",
            "Write RouteSelectionExpression: $request.body.action, or another field's name.",
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
        openapi.security_of(body, operation)
        if operation.integration is not None:
            check_integration(_integration(operation), operation.place)
    for scheme in openapi.schemes(body).values():
        authorizer = scheme.get("x-amazon-apigateway-authorizer")
        if authorizer is not None:
            check_jwt(authorizer.get("type"), authorizer.get("jwtConfiguration"), place)


def _create_api(request: Request) -> Created:
    properties, api = request.properties, request.client("apigatewayv2")
    body: Mapping[str, Any] = properties.get("Body") or {}
    title = (body.get("info") or {}).get("title")
    cors = properties.get("CorsConfiguration") or _document_cors(body)
    optional: dict[str, Any] = {
        "CorsConfiguration": cors,
        "Description": properties.get("Description"),
        "RouteSelectionExpression": properties.get("RouteSelectionExpression"),
        "Tags": properties.get("Tags"),
    }
    made = api.create_api(
        Name=properties.get("Name") or text_of(title or request.name("", 128)),
        ProtocolType=properties.get("ProtocolType", "HTTP"),
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
        "JwtConfiguration": _jwt(given.get("jwtConfiguration")),
    }
    return {
        "AuthorizerType": str(given.get("type")).upper(),
        "IdentitySource": sources
        if isinstance(sources, list)
        else [s.strip() for s in (sources or "").split(",") if s],
        **{name: value for name, value in optional.items() if value is not None},
    }


def _jwt(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {"Audience": given["audience"], "Issuer": given["issuer"]} if given else None


def _seconds(value: Any) -> int | None:
    return None if value is None else int(text_of(value))


def _import_route(
    api: Any, api_id: str, body: Mapping[str, Any], operation: Operation, authorizers: Mapping[str, str]
) -> None:
    security = openapi.security_of(body, operation)
    optional: dict[str, Any] = {
        "AuthorizationScopes": list(security.scopes) or None,
        "AuthorizerId": authorizers.get(security.scheme or ""),
    }
    if operation.integration is not None:
        integration = api.create_integration(ApiId=api_id, **_integration(operation))
        optional["Target"] = f"integrations/{integration['IntegrationId']}"
    api.create_route(
        ApiId=api_id,
        RouteKey=f"{operation.method} {operation.path}".strip(),
        AuthorizationType=security.kind,
        **{name: value for name, value in optional.items() if value is not None},
    )


def _integration(operation: Operation) -> dict[str, Any]:
    """An operation's integration as boto3 takes it."""
    given: Mapping[str, Any] = operation.integration or {}
    version = given.get("payloadFormatVersion")
    parameters = given.get("requestParameters") or {}
    settings = {
        "ConnectionType": given.get("connectionType", "INTERNET"),
        "CredentialsArn": given.get("credentials"),
        "IntegrationMethod": given.get("httpMethod"),
        "IntegrationSubtype": given.get("integrationSubtype") or given.get("subtype"),
        "IntegrationType": given["type"] if given.get("type") is PENDING else str(given.get("type")).upper(),
        "IntegrationUri": given.get("uri"),
        "PayloadFormatVersion": "2.0" if version is None else text_of(version),
        "RequestParameters": {str(key): _text(value) for key, value in parameters.items()} or None,
        "ResponseParameters": answer_mappings(given.get("responseParameters"), operation.place) or None,
        "TimeoutInMillis": int(given["timeoutInMillis"]) if "timeoutInMillis" in given else None,
    }
    return {name: value for name, value in settings.items() if value is not None}


def _text(value: Any) -> Any:
    return value if value is PENDING else text_of(value)


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
            "RouteSelectionExpression": honoured(Text()),
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
            "Target",
            "Version",
        ),
    ),
    attributes=("ApiEndpoint", "ApiId"),
    create=_create_api,
    check=_check_api,
)
