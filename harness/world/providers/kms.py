"""This file decides how a key and its alias come to stand.

What a handler asks of a key (encrypt, decrypt, a data key) the embedded cloud does; what AWS's services would encrypt
with it lies here as it is.
"""

from __future__ import annotations

import json

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Flag, Json, Record, Text, Whole, honoured, inert

_KEPT = "kept and shown by the API"


def _create_key(request: Request) -> Created:
    properties, kms = request.properties, request.client("kms")
    asked = {name: properties[name] for name in ("Description", "KeySpec", "KeyUsage") if name in properties}
    if "KeyPolicy" in properties:
        asked["Policy"] = json.dumps(properties["KeyPolicy"])
    tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in properties.get("Tags", [])]
    made = kms.create_key(**asked, Tags=tags)["KeyMetadata"]
    if properties.get("EnableKeyRotation"):
        kms.enable_key_rotation(KeyId=made["KeyId"])
    return Created(made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]})


def _create_alias(request: Request) -> Created:
    name = request.properties["AliasName"]
    request.client("kms").create_alias(AliasName=name, TargetKeyId=request.properties["TargetKeyId"])
    return Created(name)


KEY = Provider(
    type="AWS::KMS::Key",
    properties=Record(
        {
            "Description": inert(Text(longest=8192), "a comment"),
            "EnableKeyRotation": inert(Flag(), "kept and shown by the API; no key grows old in a rehearsal"),
            "Enabled": inert(Text(choices=("true",)), "true is what a key is anyway; false is refused"),
            "KeyPolicy": inert(Json(), "kept and shown by the API; who may use a key is not asked here"),
            "KeySpec": honoured(Text()),
            "KeyUsage": honoured(Text()),
            "PendingWindowInDays": inert(Whole(7, 30), "nothing is deleted with the stack here"),
            "Tags": inert(TAGS, _KEPT),
        },
        not_yet=("BypassPolicyLockoutSafetyCheck", "MultiRegion", "Origin", "RotationPeriodInDays"),
    ),
    attributes=("Arn", "KeyId"),
    create=_create_key,
)

ALIAS = Provider(
    type="AWS::KMS::Alias",
    properties=Record(
        {"AliasName": honoured(Text(longest=256), required=True), "TargetKeyId": honoured(Text(), required=True)}
    ),
    attributes=(),
    create=_create_alias,
)
