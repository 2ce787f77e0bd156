"""This file decides how a log group, and a policy that lets services write into groups, come to stand."""

from __future__ import annotations

import json

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Json, Record, Text, Whole, honoured, inert, tag_table

_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def _create_log_group(request: Request) -> Created:
    logs = request.client("logs")
    name = request.name("LogGroupName", 512)
    key = {"kmsKeyId": request.properties["KmsKeyId"]} if "KmsKeyId" in request.properties else {}
    logs.create_log_group(logGroupName=name, tags=tag_table(request.properties.get("Tags")), **key)
    if "RetentionInDays" in request.properties:
        logs.put_retention_policy(logGroupName=name, retentionInDays=request.properties["RetentionInDays"])
    return Created(name, {"Arn": request.arn("logs", f"log-group:{name}:*")})


LOG_GROUP = Provider(
    type="AWS::Logs::LogGroup",
    properties=Record(
        {
            "KmsKeyId": inert(Text(), "kept and shown by the API; nothing is encrypted here"),
            "LogGroupClass": inert(Text(choices=("STANDARD",)), "STANDARD is what a log group is anyway"),
            "LogGroupName": honoured(Text(longest=512)),
            "RetentionInDays": honoured(Whole(choices=_RETENTION_DAYS)),
            "Tags": inert(TAGS, "kept and shown by the API"),
        },
        not_yet=(
            "BearerTokenAuthenticationEnabled",
            "DataProtectionPolicy",
            "DeletionProtectionEnabled",
            "FieldIndexPolicies",
            "ResourcePolicyDocument",
        ),
    ),
    attributes=("Arn",),
    create=_create_log_group,
)


def _create_resource_policy(request: Request) -> Created:
    name = request.properties["PolicyName"]
    document = json.dumps(request.properties["PolicyDocument"])
    request.client("logs").put_resource_policy(policyName=name, policyDocument=document)
    return Created(name)


RESOURCE_POLICY = Provider(
    type="AWS::Logs::ResourcePolicy",
    properties=Record(
        {"PolicyDocument": honoured(Json(), required=True), "PolicyName": honoured(Text(longest=255), required=True)}
    ),
    attributes=(),
    create=_create_resource_policy,
    lets_in=True,
)
