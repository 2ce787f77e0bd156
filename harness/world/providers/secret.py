"""This file decides how a secret of Secrets Manager comes to stand.

A generated password is drawn by the embedded cloud from the run's seed: another run of the same scenario has the same.
"""

from __future__ import annotations

import json
from typing import Any

from harness.world.names import suffix
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Flag, Record, Text, Whole, honoured, inert

_PASSED_ON = (
    "ExcludeCharacters",
    "ExcludeLowercase",
    "ExcludeNumbers",
    "ExcludePunctuation",
    "ExcludeUppercase",
    "IncludeSpace",
    "PasswordLength",
    "RequireEachIncludedType",
)


def _create(request: Request) -> Created:
    properties = request.properties
    # CloudFormation names it so, without the stack's name.
    name = properties.get("Name") or f"{request.logical_id}-{suffix(request.stack_name, request.logical_id)}"
    optional = {k: properties[k] for k in ("Description", "KmsKeyId", "Tags") if k in properties}
    arn = request.client("secretsmanager").create_secret(Name=name, SecretString=_text(request), **optional)["ARN"]
    return Created(arn, {"Id": arn})


def _text(request: Request) -> str:
    properties = request.properties
    if "GenerateSecretString" not in properties:
        return str(properties.get("SecretString", ""))
    asked: dict[str, Any] = properties["GenerateSecretString"]
    password = request.client("secretsmanager").get_random_password(
        **{name: asked[name] for name in _PASSED_ON if name in asked}
    )["RandomPassword"]
    if "GenerateStringKey" not in asked:
        return str(password)
    return json.dumps({**json.loads(asked["SecretStringTemplate"]), asked["GenerateStringKey"]: password})


def _check(request: Request) -> None:
    properties = request.properties
    if "SecretString" in properties and "GenerateSecretString" in properties:
        raise request.place.refuse(
            f"{request.place.of} has both SecretString and GenerateSecretString.", "AWS takes one of them."
        )
    asked = properties.get("GenerateSecretString")
    if not isinstance(asked, dict):
        return
    place = request.place.down("GenerateSecretString")
    if ("GenerateStringKey" in asked) != ("SecretStringTemplate" in asked):
        raise place.refuse(
            f"{place.name} of {place.of} needs GenerateStringKey and SecretStringTemplate together.",
            "The password goes into the template under that key: give both, or neither.",
        )
    template = asked.get("SecretStringTemplate")
    if isinstance(template, str):
        try:
            content = json.loads(template)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            inner = place.down("SecretStringTemplate")
            raise inner.refuse(
                f"{inner.name} of {inner.of} must be a JSON object; it is {template[:60]!r}.",
                'Write \'{"user": "me"}\'.',
            )


SECRET = Provider(
    type="AWS::SecretsManager::Secret",
    properties=Record(
        {
            "Description": honoured(Text(longest=2048)),
            "GenerateSecretString": honoured(
                Record(
                    {
                        "ExcludeCharacters": honoured(Text(longest=4096)),
                        "ExcludeLowercase": honoured(Flag()),
                        "ExcludeNumbers": honoured(Flag()),
                        "ExcludePunctuation": honoured(Flag()),
                        "ExcludeUppercase": honoured(Flag()),
                        "GenerateStringKey": honoured(Text()),
                        "IncludeSpace": honoured(Flag()),
                        "PasswordLength": honoured(Whole(1, 4096)),
                        "RequireEachIncludedType": honoured(Flag()),
                        "SecretStringTemplate": honoured(Text()),
                    }
                )
            ),
            "KmsKeyId": inert(Text(), "kept and shown by the API; nothing is encrypted here"),
            "Name": honoured(Text(longest=512)),
            "SecretString": honoured(Text(longest=65_536)),
            "Tags": inert(TAGS, "kept and shown by the API"),
        },
        not_yet=("ReplicaRegions", "Type"),
    ),
    attributes=("Id",),
    create=_create,
    check=_check,
)
