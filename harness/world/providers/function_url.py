"""This file decides how a function's URL comes to stand (LAM-30)."""

from __future__ import annotations

from typing import Any

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Flag, Items, Record, Text, Whole, honoured, inert


def _create(request: Request) -> Created:
    properties = request.properties
    target, qualifier = _split(properties["TargetFunctionArn"], properties.get("Qualifier"))
    optional: dict[str, Any] = {"Qualifier": qualifier} if qualifier else {}
    if "Cors" in properties:
        optional["Cors"] = properties["Cors"]
    made = request.client("lambda").create_function_url_config(
        FunctionName=target, AuthType=properties["AuthType"], **optional
    )
    url: str = made["FunctionUrl"]
    arn = made["FunctionArn"]
    return Created(arn, {"FunctionArn": arn, "FunctionUrl": url})


def _split(target: str, qualifier: str | None) -> tuple[str, str | None]:
    """The function and the alias: SAM gives the alias's ARN as the target."""
    if qualifier is None and target.count(":") == (7 if target.startswith("arn:") else 1):
        target, _, qualifier = target.rpartition(":")
    return target, qualifier


FUNCTION_URL = Provider(
    type="AWS::Lambda::Url",
    properties=Record(
        {
            "AuthType": honoured(Text(choices=("AWS_IAM", "NONE")), required=True),
            "Cors": honoured(
                Record(
                    {
                        "AllowCredentials": honoured(Flag()),
                        "AllowHeaders": honoured(Items(Text())),
                        "AllowMethods": honoured(Items(Text())),
                        "AllowOrigins": honoured(Items(Text())),
                        "ExposeHeaders": honoured(Items(Text())),
                        "MaxAge": honoured(Whole(0, 86_400)),
                    }
                )
            ),
            "InvokeMode": inert(
                Text(choices=("BUFFERED",)), "BUFFERED is how a URL answers anyway; streams are refused"
            ),
            "Qualifier": honoured(Text()),
            "TargetFunctionArn": honoured(Text(), required=True),
        }
    ),
    attributes=("FunctionArn", "FunctionUrl"),
    create=_create,
)
