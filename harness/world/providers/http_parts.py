"""This file decides how an HTTP API's routes and authorizers come to stand.

What nothing here behaves like is refused, for the parts of an OpenAPI document too (``http_api.py``). Integrations are
``http_integration.py``.
"""

from __future__ import annotations

from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Flag, Items, Place, Record, Text, Whole, honoured, inert


def check_jwt(kind: Any, given: Any, place: Place) -> None:
    """Refuse a JWT authorizer that AWS would not make.

    Raises:
        ScenarioError: it names no issuer, or no audience.
    """
    if str(kind).upper() != "JWT" or given is PENDING:
        return
    settings = {str(name).lower(): value for name, value in (given or {}).items()}
    if not settings.get("issuer") or not settings.get("audience"):
        raise place.refuse(
            f"The JWT authorizer of {place.of} has no {'Audience' if settings.get('issuer') else 'Issuer'}.",
            "JwtConfiguration wants both: who signs the tokens, and for whom (for Cognito: the user pool client's id).",
        )


def _create_route(request: Request) -> Created:
    made = request.client("apigatewayv2").create_route(**request.properties)
    return Created(made["RouteId"], {"RouteId": made["RouteId"]})


def _create_route_response(request: Request) -> Created:
    made = request.client("apigatewayv2").create_route_response(**request.properties)
    return Created(made["RouteResponseId"], {"RouteResponseId": made["RouteResponseId"]})


def _check_authorizer(request: Request) -> None:
    properties = request.properties
    check_jwt(properties["AuthorizerType"], properties.get("JwtConfiguration"), request.place)


def _create_authorizer(request: Request) -> Created:
    settings = {"IdentitySource": [], **request.properties}
    made = request.client("apigatewayv2").create_authorizer(**settings)
    return Created(made["AuthorizerId"], {"AuthorizerId": made["AuthorizerId"]})


ROUTE = Provider(
    type="AWS::ApiGatewayV2::Route",
    properties=Record(
        {
            "ApiId": honoured(Text(), required=True),
            "AuthorizationScopes": honoured(Items(Text())),
            "AuthorizationType": honoured(Text(choices=("AWS_IAM", "CUSTOM", "JWT", "NONE"))),
            "AuthorizerId": honoured(Text()),
            "OperationName": inert(Text(), "a comment"),
            "RouteKey": honoured(Text(), required=True),
            "RouteResponseSelectionExpression": honoured(Text(choices=("$default",))),
            "Target": honoured(Text()),
        },
        not_yet=(
            "ApiKeyRequired",
            "ModelSelectionExpression",
            "RequestModels",
            "RequestParameters",
        ),
    ),
    attributes=("RouteId",),
    create=_create_route,
)

ROUTE_RESPONSE = Provider(
    type="AWS::ApiGatewayV2::RouteResponse",
    properties=Record(
        {
            "ApiId": honoured(Text(), required=True),
            "RouteId": honoured(Text(), required=True),
            "RouteResponseKey": honoured(Text(choices=("$default",)), required=True),
        },
        not_yet=("ModelSelectionExpression", "ResponseModels", "ResponseParameters"),
    ),
    attributes=("RouteResponseId",),
    create=_create_route_response,
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
            "JwtConfiguration": honoured(
                Record({"Audience": honoured(Items(Text())), "Issuer": honoured(Text())}),
            ),
            "Name": honoured(Text(), required=True),
        },
        not_yet=("IdentityValidationExpression",),
    ),
    attributes=("AuthorizerId",),
    create=_create_authorizer,
    check=_check_authorizer,
)
