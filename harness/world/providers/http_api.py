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
_LOGGED = "kept; the trace shows every request and answer"


# -- the API ------------------------------------------------------------------------------------------


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
            raise request.place.refuse(f"{request.place.of} needs a Body, or a Name and a ProtocolType.")
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
            _check_integration(given.get("type"), given.get("subtype"), given.get("uri"), operation.place)


def refuse_jwt(place: Place) -> None:
    """JWT authorizers ask an issuer for its keys, which is not in this process."""
    raise place.refuse(
        f"{place.of} has a JWT authorizer, which nothing here behaves like yet: the issuer's keys are not here.",
        "Put a Lambda authorizer (REQUEST) in its place for the rehearsal.",
    )


def _check_integration(kind: Any, subtype: Any, uri: Any, place: Place) -> None:
    if kind is PENDING:
        return
    if str(kind).upper() != "AWS_PROXY" or subtype:
        what = f"of type {kind}" + (f", {subtype}" if subtype else "")
        raise place.refuse(
            f"The integration of {place.of} is {what}, which nothing here behaves like yet.",
            "HTTP APIs call functions here (AWS_PROXY); a REST API can call SQS, Step Functions and DynamoDB.",
        )
    if uri is not PENDING and ":lambda:" not in str(uri) and "stageVariables" not in str(uri):
        raise place.refuse(f'The integration of {place.of} calls "{uri}", which is no function.')


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


# -- its parts -----------------------------------------------------------------------------------------


def _check_part(request: Request) -> None:
    properties = request.properties
    _check_integration(
        properties["IntegrationType"],
        properties.get("IntegrationSubtype"),
        properties.get("IntegrationUri"),
        request.place,
    )


def _create_integration(request: Request) -> Created:
    made = request.client("apigatewayv2").create_integration(**request.properties)
    return Created(made["IntegrationId"], {"IntegrationId": made["IntegrationId"]})


def _create_route(request: Request) -> Created:
    made = request.client("apigatewayv2").create_route(**request.properties)
    return Created(made["RouteId"], {"RouteId": made["RouteId"]})


def _check_authorizer(request: Request) -> None:
    if request.properties["AuthorizerType"] == "JWT":
        refuse_jwt(request.place)


def _create_authorizer(request: Request) -> Created:
    settings = {"IdentitySource": [], **request.properties}
    made = request.client("apigatewayv2").create_authorizer(**settings)
    return Created(made["AuthorizerId"], {"AuthorizerId": made["AuthorizerId"]})


def _check_stage(request: Request) -> None:
    if request.properties.get("AutoDeploy") is not True:
        raise request.place.refuse(
            f"{request.place.of} does not deploy by itself, and deployments of HTTP APIs are not made here yet.",
            "Write AutoDeploy: true.",
        )


def _create_stage(request: Request) -> Created:
    request.client("apigatewayv2").create_stage(**request.properties)
    return Created(request.properties["StageName"])


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

INTEGRATION = Provider(
    type="AWS::ApiGatewayV2::Integration",
    properties=Record(
        {
            "ApiId": honoured(Text(), required=True),
            "CredentialsArn": honoured(Text()),
            "Description": inert(Text(), "a comment"),
            "IntegrationMethod": inert(Text(), "a function is always called by POST"),
            "IntegrationSubtype": honoured(Text()),
            "IntegrationType": honoured(Text(), required=True),
            "IntegrationUri": honoured(Text()),
            "PayloadFormatVersion": honoured(Text(choices=("1.0", "2.0"))),
            "TimeoutInMillis": honoured(Whole(50, 30_000)),
        },
        not_yet=(
            "ConnectionId",
            "ConnectionType",
            "ContentHandlingStrategy",
            "PassthroughBehavior",
            "RequestParameters",
            "RequestTemplates",
            "ResponseParameters",
            "TemplateSelectionExpression",
            "TlsConfig",
        ),
    ),
    attributes=("IntegrationId",),
    create=_create_integration,
    check=_check_part,
)

ROUTE = Provider(
    type="AWS::ApiGatewayV2::Route",
    properties=Record(
        {
            "ApiId": honoured(Text(), required=True),
            "AuthorizationType": honoured(Text(choices=("AWS_IAM", "CUSTOM", "NONE"))),
            "AuthorizerId": honoured(Text()),
            "OperationName": inert(Text(), "a comment"),
            "RouteKey": honoured(Text(), required=True),
            "Target": honoured(Text()),
        },
        not_yet=(
            "ApiKeyRequired",
            "AuthorizationScopes",
            "ModelSelectionExpression",
            "RequestModels",
            "RequestParameters",
            "RouteResponseSelectionExpression",
        ),
    ),
    attributes=("RouteId",),
    create=_create_route,
)

HTTP_AUTHORIZER = Provider(
    type="AWS::ApiGatewayV2::Authorizer",
    properties=Record(
        {
            "ApiId": honoured(Text(), required=True),
            "AuthorizerCredentialsArn": honoured(Text()),
            "AuthorizerPayloadFormatVersion": honoured(Text(choices=("1.0", "2.0"))),
            "AuthorizerResultTtlInSeconds": honoured(Whole(0, 3600)),
            "AuthorizerType": honoured(Text(choices=("JWT", "REQUEST")), required=True),
            "AuthorizerUri": honoured(Text()),
            "EnableSimpleResponses": honoured(Flag()),
            "IdentitySource": honoured(Items(Text())),
            "JwtConfiguration": honoured(Json()),
            "Name": honoured(Text(), required=True),
        },
        not_yet=("IdentityValidationExpression",),
    ),
    attributes=("AuthorizerId",),
    create=_create_authorizer,
    check=_check_authorizer,
)

HTTP_STAGE = Provider(
    type="AWS::ApiGatewayV2::Stage",
    properties=Record(
        {
            "AccessLogSettings": inert(Json(), _LOGGED),
            "ApiId": honoured(Text(), required=True),
            "AutoDeploy": honoured(Flag()),
            "Description": inert(Text(), "a comment"),
            "StageName": honoured(Text(), required=True),
            "StageVariables": honoured(Table(Text())),
            "Tags": inert(Table(Text()), "kept and shown by the API"),
        },
        not_yet=(
            "AccessPolicyId",
            "ClientCertificateId",
            "DefaultRouteSettings",
            "DeploymentId",
            "RouteSettings",
        ),
    ),
    attributes=(),
    create=_create_stage,
    check=_check_stage,
)
