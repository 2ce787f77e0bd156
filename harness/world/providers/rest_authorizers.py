"""This file decides how an authorizer of a REST API comes to stand: out of a document, or as a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import did_you_mean
from harness.world.intrinsics import PENDING
from harness.world.parameters import text_of
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Items, Place, Record, Text, Whole, honoured

_KINDS = ("COGNITO_USER_POOLS", "REQUEST", "TOKEN")


def _check_kind(kind: Any, pools: Any, place: Place) -> None:
    if kind is PENDING:
        return
    if kind not in _KINDS:
        hint = did_you_mean(str(kind), _KINDS) or f"AWS has {', '.join(_KINDS)}."
        raise place.refuse(f"An authorizer of {place.of} is of type {kind}, which nothing here behaves like.", hint)
    if kind == "COGNITO_USER_POOLS" and not pools:
        raise place.refuse(
            f"An authorizer of {place.of} takes tokens of user pools, and names none.",
            "Give it ProviderARNs (OpenAPI: providerARNs), the ARNs of the pools.",
        )


def authorizer_settings(name: str, scheme: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """A security scheme's authorizer as boto3 takes it.

    Raises:
        ScenarioError: it is of a kind that is not asked here.
    """
    given = scheme["x-amazon-apigateway-authorizer"]
    raw = given.get("type", "")
    kind = raw if raw is PENDING else str(raw).upper()
    _check_kind(kind, given.get("providerARNs"), place)
    source = given.get("identitySource")
    if source is None and kind != "REQUEST":
        source = f"method.request.header.{scheme.get('name', 'Authorization')}"
    optional: dict[str, Any] = {
        "authorizerUri": given.get("authorizerUri"),
        "authorizerCredentials": given.get("authorizerCredentials"),
        "identitySource": source,
        "identityValidationExpression": given.get("identityValidationExpression"),
        "providerARNs": given.get("providerARNs"),
        "authorizerResultTtlInSeconds": _seconds(given.get("authorizerResultTtlInSeconds")),
    }
    return {"type": kind, **{key: value for key, value in optional.items() if value is not None}}


def _seconds(value: Any) -> Any:
    return value if value is None or value is PENDING else int(text_of(value))


def _check(request: Request) -> None:
    _check_kind(request.properties["Type"], request.properties.get("ProviderARNs"), request.place.down("Type"))


def _create(request: Request) -> Created:
    properties = request.properties
    names = {
        "AuthType": "authType",
        "AuthorizerCredentials": "authorizerCredentials",
        "AuthorizerResultTtlInSeconds": "authorizerResultTtlInSeconds",
        "AuthorizerUri": "authorizerUri",
        "IdentitySource": "identitySource",
        "IdentityValidationExpression": "identityValidationExpression",
        "ProviderARNs": "providerARNs",
        "Type": "type",
    }
    made = request.client("apigateway").create_authorizer(
        restApiId=properties["RestApiId"],
        name=request.name("Name", 128),
        **{boto: properties[name] for name, boto in names.items() if name in properties},
    )
    return Created(made["id"], {"AuthorizerId": made["id"]})


AUTHORIZER = Provider(
    type="AWS::ApiGateway::Authorizer",
    properties=Record(
        {
            "AuthType": honoured(Text()),
            "AuthorizerCredentials": honoured(Text()),
            "AuthorizerResultTtlInSeconds": honoured(Whole(0, 3600)),
            "AuthorizerUri": honoured(Text()),
            "IdentitySource": honoured(Text()),
            "IdentityValidationExpression": honoured(Text()),
            "Name": honoured(Text(), required=True),
            "ProviderARNs": honoured(Items(Text())),
            "RestApiId": honoured(Text(), required=True),
            "Type": honoured(Text(), required=True),
        }
    ),
    attributes=("AuthorizerId",),
    create=_create,
    check=_check,
)
