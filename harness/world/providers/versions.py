"""This file decides how a function's versions and aliases come to stand (LAM-28)."""

from __future__ import annotations

from typing import Any

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Fraction, Items, Record, Text, honoured, inert

_NO_CODE = "the code is the folder on disk, for every version"


def _create_version(request: Request) -> Created:
    properties = request.properties
    answer = request.client("lambda").publish_version(
        FunctionName=properties["FunctionName"], Description=properties.get("Description", "")
    )
    arn, number = answer["FunctionArn"], answer["Version"]
    return Created(arn, {"FunctionArn": arn, "Version": number})


def _create_alias(request: Request) -> Created:
    settings: dict[str, Any] = dict(request.properties)
    shares = settings.pop("RoutingConfig", {}).get("AdditionalVersionWeights", [])
    weights = {share["FunctionVersion"]: share["FunctionWeight"] for share in shares}
    if weights:
        settings["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    arn = request.client("lambda").create_alias(**settings)["AliasArn"]
    return Created(arn, {"AliasArn": arn})


VERSION = Provider(
    type="AWS::Lambda::Version",
    properties=Record(
        {
            "CodeSha256": inert(Text(), _NO_CODE),
            "Description": honoured(Text()),
            "FunctionName": honoured(Text(), required=True),
        },
        not_yet=("FunctionScalingConfig", "ProvisionedConcurrencyConfig", "RuntimePolicy"),
    ),
    attributes=("FunctionArn", "Version"),
    create=_create_version,
)

ALIAS = Provider(
    type="AWS::Lambda::Alias",
    properties=Record(
        {
            "Description": honoured(Text()),
            "FunctionName": honoured(Text(), required=True),
            "FunctionVersion": honoured(Text(), required=True),
            "Name": honoured(Text(longest=128), required=True),
            "RoutingConfig": honoured(
                Record(
                    {
                        "AdditionalVersionWeights": honoured(
                            Items(
                                Record(
                                    {
                                        "FunctionVersion": honoured(Text(), required=True),
                                        "FunctionWeight": honoured(Fraction(), required=True),
                                    }
                                )
                            )
                        )
                    }
                )
            ),
        },
        not_yet=("ProvisionedConcurrencyConfig",),
    ),
    attributes=("AliasArn",),
    create=_create_alias,
)
