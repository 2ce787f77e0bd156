"""This file decides how a REST API's resources and methods come to stand when a template lists them one by one."""

from __future__ import annotations

from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.rest_methods import TYPES, check_integration, check_parameters, put_integration
from harness.world.providers.shapes import Flag, Items, Record, Table, Text, Whole, honoured, inert


def _create_resource(request: Request) -> Created:
    properties = request.properties
    made = request.client("apigateway").create_resource(
        restApiId=properties["RestApiId"], parentId=properties["ParentId"], pathPart=properties["PathPart"]
    )
    return Created(made["id"], {"ResourceId": made["id"]})


def _check_method(request: Request) -> None:
    given = request.properties.get("Integration")
    if given is not None and given is not PENDING:
        check_integration(
            given.get("Type"), given.get("Uri"), given.get("Credentials"), request.place.down("Integration")
        )
        check_parameters(given.get("Type"), given.get("RequestParameters"), request.place.down("Integration"))


_METHOD = {
    "ApiKeyRequired": "apiKeyRequired",
    "AuthorizationScopes": "authorizationScopes",
    "AuthorizationType": "authorizationType",
    "AuthorizerId": "authorizerId",
    "OperationName": "operationName",
    "RequestModels": "requestModels",
    "RequestParameters": "requestParameters",
    "RequestValidatorId": "requestValidatorId",
}
_INTEGRATION = {
    "ContentHandling": "contentHandling",
    "Credentials": "credentials",
    "IntegrationHttpMethod": "integrationHttpMethod",
    "PassthroughBehavior": "passthroughBehavior",
    "RequestParameters": "requestParameters",
    "RequestTemplates": "requestTemplates",
    "TimeoutInMillis": "timeoutInMillis",
    "Type": "type",
    "Uri": "uri",
}
_RESPONSE = {
    "ContentHandling": "contentHandling",
    "ResponseParameters": "responseParameters",
    "ResponseTemplates": "responseTemplates",
    "SelectionPattern": "selectionPattern",
    "StatusCode": "statusCode",
}


def _renamed(values: Any, names: dict[str, str]) -> dict[str, Any]:
    return {boto: values[name] for name, boto in names.items() if name in values}


def _create_method(request: Request) -> Created:
    properties, api = request.properties, request.client("apigateway")
    method = properties["HttpMethod"]
    where = {"restApiId": properties["RestApiId"], "resourceId": properties["ResourceId"], "httpMethod": method}
    api.put_method(**where, **_renamed(properties, _METHOD))
    for response in properties.get("MethodResponses", []):
        api.put_method_response(
            **where,
            statusCode=response["StatusCode"],
            responseParameters=response.get("ResponseParameters", {}),
            responseModels=response.get("ResponseModels", {}),
        )
    integration = properties.get("Integration")
    if integration is not None:
        responses = [_renamed(r, _RESPONSE) for r in integration.get("IntegrationResponses", [])]
        put_integration(
            api, where["restApiId"], where["resourceId"], method, _renamed(integration, _INTEGRATION), responses
        )
    return Created(f"{where['restApiId']}|{where['resourceId']}|{method}")


RESOURCE = Provider(
    type="AWS::ApiGateway::Resource",
    properties=Record(
        {
            "ParentId": honoured(Text(), required=True),
            "PathPart": honoured(Text(), required=True),
            "RestApiId": honoured(Text(), required=True),
        }
    ),
    attributes=("ResourceId",),
    create=_create_resource,
)

METHOD = Provider(
    type="AWS::ApiGateway::Method",
    properties=Record(
        {
            "ApiKeyRequired": honoured(Flag()),
            "AuthorizationScopes": honoured(Items(Text())),
            "AuthorizationType": honoured(
                Text(choices=("AWS_IAM", "COGNITO_USER_POOLS", "CUSTOM", "NONE")), required=True
            ),
            "AuthorizerId": honoured(Text()),
            "HttpMethod": honoured(
                Text(choices=("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")), required=True
            ),
            "Integration": honoured(
                Record(
                    {
                        "ContentHandling": inert(Text(), "bodies are passed on as they are"),
                        "ConnectionType": inert(Text(choices=("INTERNET",)), "INTERNET is what there is"),
                        "Credentials": honoured(Text()),
                        "IntegrationHttpMethod": honoured(Text()),
                        "IntegrationResponses": honoured(
                            Items(
                                Record(
                                    {
                                        "ContentHandling": inert(Text(), "bodies are passed on as they are"),
                                        "ResponseParameters": honoured(Table(Text())),
                                        "ResponseTemplates": honoured(Table(Text())),
                                        "SelectionPattern": honoured(Text()),
                                        "StatusCode": honoured(Text(), required=True),
                                    }
                                )
                            )
                        ),
                        "PassthroughBehavior": honoured(Text(choices=("NEVER", "WHEN_NO_MATCH", "WHEN_NO_TEMPLATES"))),
                        "RequestParameters": honoured(Table(Text())),
                        "RequestTemplates": honoured(Table(Text())),
                        "TimeoutInMillis": honoured(Whole(50, 29_000)),
                        "Type": honoured(Text(choices=TYPES), required=True),
                        "Uri": honoured(Text()),
                    },
                    not_yet=(
                        "CacheKeyParameters",
                        "CacheNamespace",
                        "ConnectionId",
                        "IntegrationTarget",
                        "ResponseTransferMode",
                    ),
                )
            ),
            "MethodResponses": honoured(
                Items(
                    Record(
                        {
                            "ResponseModels": inert(
                                Table(Text()), "answers are not checked against models, on AWS neither"
                            ),
                            "ResponseParameters": honoured(Table(Flag())),
                            "StatusCode": honoured(Text(), required=True),
                        }
                    )
                )
            ),
            "OperationName": honoured(Text()),
            "RequestModels": honoured(Table(Text())),
            "RequestParameters": honoured(Table(Flag())),
            "RequestValidatorId": honoured(Text()),
            "ResourceId": honoured(Text(), required=True),
            "RestApiId": honoured(Text(), required=True),
        }
    ),
    attributes=(),
    create=_create_method,
    check=_check_method,
)
