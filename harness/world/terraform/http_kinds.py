"""This file decides what HTTP APIs and function URLs of Terraform are in CloudFormation's words."""

from __future__ import annotations

from typing import Any

from harness.world.terraform.kinds import Kind, attribute, block, ref, same
from harness.world.terraform.plan import Instance
from harness.world.terraform.values import Values

_BEFORE, _INTEGRATION = "integrations/", "aws_apigatewayv2_integration"
_CORS = {
    "allow_credentials": "AllowCredentials",
    "allow_headers": "AllowHeaders",
    "allow_methods": "AllowMethods",
    "allow_origins": "AllowOrigins",
    "expose_headers": "ExposeHeaders",
    "max_age": "MaxAge",
}


def _execution_arn(logical_id: str, api: Instance) -> Any:
    return {"Fn::Sub": f"arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{logical_id}}}"}


API = Kind(
    "AWS::ApiGatewayV2::Api",
    "Api",
    same({"description": "Description", "name": "Name", "protocol_type": "ProtocolType"})
    | {
        "cors_configuration": (
            "CorsConfiguration",
            block(_CORS),
        ),
        "tags": ("Tags", lambda values, instance, name: values.of(instance, name) or None),
    },
    named=True,
    outputs={"api_endpoint": attribute("ApiEndpoint"), "execution_arn": _execution_arn, "id": ref},
)

INTEGRATION = Kind(
    "AWS::ApiGatewayV2::Integration",
    "Integration",
    same(
        {
            "api_id": "ApiId",
            "credentials_arn": "CredentialsArn",
            "description": "Description",
            "integration_method": "IntegrationMethod",
            "integration_subtype": "IntegrationSubtype",
            "integration_type": "IntegrationType",
            "integration_uri": "IntegrationUri",
            "payload_format_version": "PayloadFormatVersion",
            "timeout_milliseconds": "TimeoutInMillis",
        }
    ),
    inert=("connection_type",),
    always=("payload_format_version",),
    outputs={"id": ref},
)


def _target(values: Values, instance: Instance, name: str) -> Any:
    """The route's integration, whose id stands behind a word."""
    known = instance.values.get(name)
    if isinstance(known, str):
        wanted = known.removeprefix(_BEFORE)
        found = [i for i in values.plan.instances if i.type == _INTEGRATION and i.values.get("id") == wanted]
    else:
        reference = values.reference(instance, instance.expressions.get(name))
        found = [reference[0]] if reference and reference[0].type == _INTEGRATION else []
    if len(found) != 1:
        return values.of(instance, name)
    return {"Fn::Join": ["", [_BEFORE, {"Ref": values.ids[found[0].address]}]]}


ROUTE = Kind(
    "AWS::ApiGatewayV2::Route",
    "Route",
    same(
        {
            "api_id": "ApiId",
            "authorization_type": "AuthorizationType",
            "operation_name": "OperationName",
            "route_key": "RouteKey",
        }
    )
    | {"target": ("Target", _target)},
)

STAGE = Kind(
    "AWS::ApiGatewayV2::Stage",
    "Stage",
    same(
        {
            "api_id": "ApiId",
            "auto_deploy": "AutoDeploy",
            "description": "Description",
            "name": "StageName",
            "stage_variables": "StageVariables",
        }
    ),
    inert=("tags",),
)

FUNCTION_URL = Kind(
    "AWS::Lambda::Url",
    "Url",
    same(
        {
            "authorization_type": "AuthType",
            "function_name": "TargetFunctionArn",
            "invoke_mode": "InvokeMode",
            "qualifier": "Qualifier",
        }
    )
    | {
        "cors": (
            "Cors",
            block(_CORS),
        )
    },
    inert=("timeouts",),
    outputs={"function_url": attribute("FunctionUrl")},
)
