"""This file decides how what stands between a client and a REST API's methods comes to stand.

Models and request validators, answers of the API's own, API keys and the usage plans that let them in.
"""

from __future__ import annotations

import json
from typing import Any

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.rest_api import put_gateway_response
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


def _create_validator(request: Request) -> Created:
    properties = request.properties
    made = request.client("apigateway").create_request_validator(
        restApiId=properties["RestApiId"],
        name=request.name("Name", 128),
        validateRequestBody=properties.get("ValidateRequestBody", False),
        validateRequestParameters=properties.get("ValidateRequestParameters", False),
    )
    return Created(made["id"], {"RequestValidatorId": made["id"]})


def _create_model(request: Request) -> Created:
    properties = request.properties
    name = properties.get("Name") or "".join(c for c in request.name("", 64) if c.isalnum())
    request.client("apigateway").create_model(
        restApiId=properties["RestApiId"],
        name=name,
        contentType=properties.get("ContentType", "application/json"),
        schema=json.dumps(properties.get("Schema", {})),
        description=properties.get("Description", ""),
    )
    return Created(name)


def _create_gateway_response(request: Request) -> Created:
    properties = request.properties
    answer = {
        "statusCode": properties.get("StatusCode"),
        "responseParameters": properties.get("ResponseParameters"),
        "responseTemplates": properties.get("ResponseTemplates"),
    }
    kind = properties["ResponseType"]
    put_gateway_response(request.client("apigateway"), properties["RestApiId"], kind, answer)
    name = request.name("", 64)
    return Created(name, {"Id": name})


def _create_key(request: Request) -> Created:
    properties = request.properties
    optional: dict[str, Any] = {"value": properties["Value"]} if "Value" in properties else {}
    if "StageKeys" in properties:
        optional["stageKeys"] = [
            {"restApiId": s["RestApiId"], "stageName": s["StageName"]} for s in properties["StageKeys"]
        ]
    made = request.client("apigateway").create_api_key(
        name=request.name("Name", 128),
        description=properties.get("Description", ""),
        enabled=properties.get("Enabled", False),
        tags=tag_table(properties.get("Tags")),
        **optional,
    )
    return Created(made["id"], {"APIKeyId": made["id"]})


def _create_plan(request: Request) -> Created:
    properties = request.properties
    quota, throttle = properties.get("Quota"), properties.get("Throttle")
    optional: dict[str, Any] = {}
    if quota is not None:
        optional["quota"] = {"limit": quota["Limit"], "offset": quota.get("Offset", 0), "period": quota["Period"]}
    if throttle is not None:
        optional["throttle"] = {
            "burstLimit": throttle.get("BurstLimit", 0),
            "rateLimit": float(throttle.get("RateLimit", 0)),
        }
    made = request.client("apigateway").create_usage_plan(
        name=request.name("UsagePlanName", 128),
        description=properties.get("Description", ""),
        apiStages=[{"apiId": s["ApiId"], "stage": s["Stage"]} for s in properties.get("ApiStages", [])],
        tags=tag_table(properties.get("Tags")),
        **optional,
    )
    return Created(made["id"], {"Id": made["id"]})


def _create_plan_key(request: Request) -> Created:
    properties = request.properties
    made = request.client("apigateway").create_usage_plan_key(
        usagePlanId=properties["UsagePlanId"], keyId=properties["KeyId"], keyType=properties["KeyType"]
    )
    key_id = f"{made['id']}:{properties['UsagePlanId']}"
    return Created(key_id, {"Id": key_id})


REQUEST_VALIDATOR = Provider(
    type="AWS::ApiGateway::RequestValidator",
    properties=Record(
        {
            "Name": honoured(Text()),
            "RestApiId": honoured(Text(), required=True),
            "ValidateRequestBody": honoured(Flag()),
            "ValidateRequestParameters": honoured(Flag()),
        }
    ),
    attributes=("RequestValidatorId",),
    create=_create_validator,
)

MODEL = Provider(
    type="AWS::ApiGateway::Model",
    properties=Record(
        {
            "ContentType": honoured(Text()),
            "Description": inert(Text(), "a comment"),
            "Name": honoured(Text()),
            "RestApiId": honoured(Text(), required=True),
            "Schema": honoured(Json()),
        }
    ),
    attributes=(),
    create=_create_model,
)

GATEWAY_RESPONSE = Provider(
    type="AWS::ApiGateway::GatewayResponse",
    properties=Record(
        {
            "ResponseParameters": honoured(Table(Text())),
            "ResponseTemplates": honoured(Table(Text())),
            "ResponseType": honoured(Text(), required=True),
            "RestApiId": honoured(Text(), required=True),
            "StatusCode": honoured(Text()),
        }
    ),
    attributes=("Id",),
    create=_create_gateway_response,
)

API_KEY = Provider(
    type="AWS::ApiGateway::ApiKey",
    properties=Record(
        {
            "Description": inert(Text(), "a comment"),
            "Enabled": honoured(Flag()),
            "GenerateDistinctId": inert(Flag(), "every key has an id of its own here"),
            "Name": honoured(Text()),
            "StageKeys": inert(
                Items(
                    Record({"RestApiId": honoured(Text(), required=True), "StageName": honoured(Text(), required=True)})
                ),
                "kept and shown by the API; usage plans say which stages a key opens",
            ),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "Value": honoured(Text()),
        },
        not_yet=("CustomerId",),
    ),
    attributes=("APIKeyId",),
    create=_create_key,
)

USAGE_PLAN = Provider(
    type="AWS::ApiGateway::UsagePlan",
    properties=Record(
        {
            "ApiStages": honoured(
                Items(
                    Record(
                        {"ApiId": honoured(Text(), required=True), "Stage": honoured(Text(), required=True)},
                        not_yet=("Throttle",),
                    )
                )
            ),
            "Description": inert(Text(), "a comment"),
            "Quota": honoured(
                Record(
                    {
                        "Limit": honoured(Whole(0), required=True),
                        "Period": honoured(Text(choices=("DAY", "MONTH", "WEEK")), required=True),
                    },
                    not_yet=("Offset",),
                )
            ),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "Throttle": honoured(Record({"BurstLimit": honoured(Whole(0)), "RateLimit": honoured(Text())})),
            "UsagePlanName": honoured(Text()),
        }
    ),
    attributes=("Id",),
    create=_create_plan,
)

USAGE_PLAN_KEY = Provider(
    type="AWS::ApiGateway::UsagePlanKey",
    properties=Record(
        {
            "KeyId": honoured(Text(), required=True),
            "KeyType": honoured(Text(choices=("API_KEY",)), required=True),
            "UsagePlanId": honoured(Text(), required=True),
        }
    ),
    attributes=("Id",),
    create=_create_plan_key,
)
