"""This file decides how a REST API comes to stand: empty, or with all that the OpenAPI document in ``Body`` says.

moto's own import drops most of a document, so each of its parts is made by the API call for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.parameters import text_of
from harness.world.providers import openapi
from harness.world.providers.openapi import Operation
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.rest_authorizers import authorizer_settings
from harness.world.providers.rest_methods import check_integration, check_parameters, put_integration, texts
from harness.world.providers.shapes import (
    TAGS,
    Flag,
    Items,
    Json,
    Record,
    Table,
    Text,
    Whole,
    honoured,
    inert,
    tag_table,
)

_SENT = "requests enter in process, so there is no endpoint to configure"


def _check(request: Request) -> None:
    body = request.properties.get("Body")
    if body is None or body is PENDING:
        if body is None and "Name" not in request.properties:
            raise request.place.refuse(
                f"{request.place.of} has neither a Name nor a Body.", "AWS wants one of them to know its name."
            )
        return
    place = request.place.down("Body")
    for operation in openapi.operations(body, place, rest=True):
        openapi.security_of(body, operation)
        integration = operation.integration
        if integration is not None:
            _check_integration(operation, integration)
    for name, scheme in openapi.schemes(body).items():
        if isinstance(scheme, Mapping) and "x-amazon-apigateway-authorizer" in scheme:
            authorizer_settings(name, scheme, place)


def _check_integration(operation: Operation, integration: Mapping[str, Any]) -> None:
    kind = integration.get("type")
    kind = kind.upper() if isinstance(kind, str) else kind
    check_integration(kind, integration.get("uri"), integration.get("credentials"), operation.place)
    check_parameters(kind, integration.get("requestParameters"), operation.place)


def _create(request: Request) -> Created:
    properties, api = request.properties, request.client("apigateway")
    body: Mapping[str, Any] = properties.get("Body") or {}
    title = (body.get("info") or {}).get("title")
    optional: dict[str, Any] = {
        "description": properties.get("Description"),
        "apiKeySource": properties.get("ApiKeySourceType") or body.get("x-amazon-apigateway-api-key-source"),
        "binaryMediaTypes": _binary_types(properties, body),
        "endpointConfiguration": _endpoint(properties),
        "policy": _policy(properties, body),
        "tags": tag_table(properties.get("Tags")) or None,
    }
    made = api.create_rest_api(
        name=properties.get("Name") or text_of(title or request.name("", 128)),
        **{name: value for name, value in optional.items() if value is not None},
    )
    if body:
        Import(request, api, made["id"], body).run()
    return Created(made["id"], {"RestApiId": made["id"], "RootResourceId": made["rootResourceId"]})


def _binary_types(properties: Mapping[str, Any], body: Mapping[str, Any]) -> list[str] | None:
    # SAM writes them with ~1 for the slash, as a JSON pointer would.
    given = properties.get("BinaryMediaTypes") or body.get("x-amazon-apigateway-binary-media-types")
    return [str(t).replace("~1", "/") for t in given] if given else None


def _policy(properties: Mapping[str, Any], body: Mapping[str, Any]) -> str | None:
    given = properties.get("Policy") or body.get("x-amazon-apigateway-policy")
    return json.dumps(given) if given else None


def _endpoint(properties: Mapping[str, Any]) -> dict[str, Any] | None:
    if "EndpointConfiguration" in properties:
        return {"types": properties["EndpointConfiguration"].get("Types", ["EDGE"])}
    kind = properties.get("Parameters", {}).get("endpointConfigurationTypes")
    return {"types": [kind]} if kind else None


class Import:
    """What one document becomes."""

    def __init__(self, request: Request, api: Any, api_id: str, body: Mapping[str, Any]) -> None:
        self._place = request.place.down("Body")
        self._api = api
        self._id = api_id
        self._body = body
        root = next(r for r in api.get_resources(restApiId=api_id, limit=500)["items"] if r["path"] == "/")
        self._resources: dict[str, str] = {"/": root["id"]}
        self._authorizers: dict[str, str] = {}
        self._validators: dict[str, str] = {}

    def run(self) -> None:
        """Make all of it."""
        api, api_id, body = self._api, self._id, self._body
        for name, schema in openapi.models(body).items():
            api.create_model(restApiId=api_id, name=name, contentType="application/json", schema=schema)
        for name, settings in (body.get("x-amazon-apigateway-request-validators") or {}).items():
            made = api.create_request_validator(
                restApiId=api_id,
                name=name,
                validateRequestBody=bool(settings.get("validateRequestBody")),
                validateRequestParameters=bool(settings.get("validateRequestParameters")),
            )
            self._validators[name] = made["id"]
        for name, scheme in openapi.schemes(body).items():
            if isinstance(scheme, Mapping) and "x-amazon-apigateway-authorizer" in scheme:
                settings = authorizer_settings(name, scheme, self._place)
                self._authorizers[name] = api.create_authorizer(restApiId=api_id, name=name, **settings)["id"]
        for kind, answer in (body.get("x-amazon-apigateway-gateway-responses") or {}).items():
            put_gateway_response(api, api_id, kind, answer)
        for operation in openapi.operations(body, self._place, rest=True):
            self._method(operation)

    def _method(self, operation: Operation) -> None:
        security = openapi.security_of(self._body, operation)
        where = {
            "restApiId": self._id,
            "resourceId": self._resource(operation.path),
            "httpMethod": operation.method,
        }
        validator = operation.body.get(
            "x-amazon-apigateway-request-validator", self._body.get("x-amazon-apigateway-request-validator")
        )
        optional: dict[str, Any] = {
            "authorizationScopes": list(security.scopes) or None,
            "authorizerId": self._authorizers.get(security.scheme or ""),
            "operationName": operation.body.get("operationId"),
            "requestModels": openapi.request_models(operation) or None,
            "requestParameters": openapi.request_parameters(operation) or None,
            "requestValidatorId": self._validator(validator, operation) if validator else None,
        }
        self._api.put_method(
            **where,
            authorizationType=security.kind,
            apiKeyRequired=security.api_key,
            **{name: value for name, value in optional.items() if value is not None},
        )
        for status, response in (operation.body.get("responses") or {}).items():
            headers = (response or {}).get("headers") or {}
            parameters = {f"method.response.header.{name}": False for name in headers}
            self._api.put_method_response(**where, statusCode=text_of(status), responseParameters=parameters)
        if operation.integration is not None:
            settings, responses = _integration(operation.integration)
            put_integration(self._api, self._id, where["resourceId"], operation.method, settings, responses)

    def _validator(self, name: str, operation: Operation) -> str:
        if name not in self._validators:
            raise operation.place.refuse(
                f'{operation.method} {operation.path} of {operation.place.of} wants the request validator "{name}", '
                "which the document does not have."
            )
        return self._validators[name]

    def _resource(self, path: str) -> str:
        """The resource of a path, with all that lie above it."""
        plain = "/" + path.strip("/")
        if plain not in self._resources:
            above, _, part = plain.rpartition("/")
            parent = self._resource(above or "/")
            made = self._api.create_resource(restApiId=self._id, parentId=parent, pathPart=part)
            self._resources[plain] = made["id"]
        return self._resources[plain]


def _integration(given: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An integration and its responses as boto3 takes them."""
    optional: dict[str, Any] = {
        "integrationHttpMethod": given.get("httpMethod"),
        "uri": given.get("uri"),
        "credentials": given.get("credentials"),
        "passthroughBehavior": str(given["passthroughBehavior"]).upper() if "passthroughBehavior" in given else None,
        "contentHandling": given.get("contentHandling"),
        "requestTemplates": texts(given.get("requestTemplates")) or None,
        "requestParameters": texts(given.get("requestParameters")) or None,
        "timeoutInMillis": int(given["timeoutInMillis"]) if "timeoutInMillis" in given else None,
    }
    settings = {"type": str(given.get("type")).upper(), **{k: v for k, v in optional.items() if v is not None}}
    responses = []
    for pattern, response in (given.get("responses") or {}).items():
        one: dict[str, Any] = {
            "statusCode": text_of(response.get("statusCode", "200")),
            "responseTemplates": texts(response.get("responseTemplates")),
            "responseParameters": texts(response.get("responseParameters")),
        }
        if pattern != "default":
            one["selectionPattern"] = text_of(pattern)
        responses.append(one)
    return settings, responses


def put_gateway_response(api: Any, api_id: str, kind: str, answer: Mapping[str, Any]) -> None:
    """Give an API an answer of its own for one kind of refusal."""
    optional = {"statusCode": text_of(answer["statusCode"])} if answer.get("statusCode") else {}
    api.put_gateway_response(
        restApiId=api_id,
        responseType=kind,
        responseParameters=texts(answer.get("responseParameters")),
        responseTemplates=texts(answer.get("responseTemplates")),
        **optional,
    )


REST_API = Provider(
    type="AWS::ApiGateway::RestApi",
    properties=Record(
        {
            "ApiKeySourceType": honoured(Text(choices=("AUTHORIZER", "HEADER"))),
            "BinaryMediaTypes": honoured(Items(Text())),
            "Body": honoured(Json()),
            "Description": inert(Text(), "a comment"),
            "EndpointConfiguration": inert(
                Record(
                    {"Types": honoured(Items(Text(choices=("EDGE", "PRIVATE", "REGIONAL"))))},
                    not_yet=("IpAddressType", "VpcEndpointIds"),
                ),
                _SENT,
            ),
            "FailOnWarnings": inert(Flag(), "there are no warnings here: what cannot be used is refused"),
            "MinimumCompressionSize": inert(Whole(0, 10_485_760), "answers are never compressed here"),
            "Name": honoured(Text()),
            "Policy": honoured(Json()),
            "Parameters": inert(Table(Text()), _SENT),
            "Tags": inert(TAGS, "kept and shown by the API"),
        },
        not_yet=(
            "BodyS3Location",
            "CloneFrom",
            "DisableExecuteApiEndpoint",
            "EndpointAccessMode",
            "Mode",
            "SecurityPolicy",
        ),
    ),
    attributes=("RestApiId", "RootResourceId"),
    create=_create,
    check=_check,
)
