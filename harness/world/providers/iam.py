"""This file decides how roles and policies come to stand.

AWS's own managed policies are attached by the cloud, which knows them; a name that it does not know is refused.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError

from harness.errors import nearest
from harness.world.names import suffix
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Items, Json, Place, Record, Text, Whole, honoured, inert

_DOCUMENT = honoured(Json(), required=True)


def _create_role(request: Request) -> Created:
    properties = request.properties
    iam = request.client("iam")
    name = request.name("RoleName", 64)
    optional = {
        name: properties[name]
        for name in ("Description", "MaxSessionDuration", "Path", "PermissionsBoundary", "Tags")
        if name in properties
    }
    role = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]),
        **optional,
    )["Role"]
    for index, arn in enumerate(properties.get("ManagedPolicyArns", [])):
        attach(iam, name, arn, request.place.down("ManagedPolicyArns").down(index))
    for policy in properties.get("Policies", []):
        put_role_policy(iam, name, policy)
    return Created(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def attach(iam: Any, role: str, arn: str, place: Place) -> None:
    """Attach a managed policy; AWS's own ones are known by their names."""
    try:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    except ClientError as error:
        missing = error.response["Error"]["Code"] == "NoSuchEntity"
        if not missing or ":iam::aws:policy/" not in arn:
            raise
        close = nearest(arn, sorted(_names_to_suggest() - {arn}))
        raise place.refuse(
            f'AWS has no managed policy "{arn}" ({place.of}).',
            f'Did you mean "{close}"?' if close else None,
        ) from None


@lru_cache(maxsize=1)
def _names_to_suggest() -> frozenset[str]:
    from samtranslator.internal.managed_policies import get_bundled_managed_policy_map

    return frozenset((get_bundled_managed_policy_map("aws") or {}).values())


def put_role_policy(iam: Any, role: str, policy: Any) -> None:
    """Put a policy into a role."""
    iam.put_role_policy(
        RoleName=role,
        PolicyName=policy["PolicyName"],
        PolicyDocument=permissions(policy["PolicyDocument"]),
    )


def permissions(document: Any) -> str:
    """The policy as text. AWS takes one without a version or with the old one, as SAM's own templates have
    it; moto 5.2.5 refuses it. The old version differs in policy variables alone.
    """
    return json.dumps(document | {"Version": "2012-10-17"})


def _create_policy(request: Request) -> Created:
    for role in request.properties.get("Roles", []):
        put_role_policy(request.client("iam"), role, request.properties)
    identity = f"{request.stack_name[:4]}-{request.logical_id[:4]}-{suffix(request.stack_name, request.logical_id)}"
    return Created(identity, {"Id": identity})


def _create_managed_policy(request: Request) -> Created:
    properties = request.properties
    iam = request.client("iam")
    optional = {name: properties[name] for name in ("Description", "Path") if name in properties}
    policy = iam.create_policy(
        PolicyName=request.name("ManagedPolicyName", 128),
        PolicyDocument=permissions(properties["PolicyDocument"]),
        **optional,
    )["Policy"]
    for role in properties.get("Roles", []):
        iam.attach_role_policy(RoleName=role, PolicyArn=policy["Arn"])
    return Created(policy["Arn"], {"PolicyArn": policy["Arn"], "PolicyId": policy["PolicyId"]})


ROLE = Provider(
    type="AWS::IAM::Role",
    properties=Record(
        {
            "AssumeRolePolicyDocument": _DOCUMENT,
            "Description": inert(Text(), "a comment"),
            "ManagedPolicyArns": honoured(Items(Text())),
            "MaxSessionDuration": inert(Whole(3600, 43_200), "kept; sessions do not end within a run"),
            "Path": honoured(Text()),
            "PermissionsBoundary": honoured(Text()),
            "Policies": honoured(
                Items(Record({"PolicyDocument": _DOCUMENT, "PolicyName": honoured(Text(), required=True)}))
            ),
            "RoleName": honoured(Text(longest=64)),
            "Tags": inert(TAGS, "kept and shown by the API"),
        }
    ),
    attributes=("Arn", "RoleId"),
    create=_create_role,
)

POLICY = Provider(
    type="AWS::IAM::Policy",
    properties=Record(
        {
            "PolicyDocument": _DOCUMENT,
            "PolicyName": honoured(Text(longest=128), required=True),
            "Roles": honoured(Items(Text()), required=True),
        },
        not_yet=("Groups", "Users"),
    ),
    attributes=("Id",),
    create=_create_policy,
    grants=True,
)

MANAGED_POLICY = Provider(
    type="AWS::IAM::ManagedPolicy",
    properties=Record(
        {
            "Description": inert(Text(), "a comment"),
            "ManagedPolicyName": honoured(Text(longest=128)),
            "Path": honoured(Text()),
            "PolicyDocument": _DOCUMENT,
            "Roles": honoured(Items(Text())),
        },
        not_yet=("Groups", "Users"),
    ),
    attributes=("PolicyArn", "PolicyId"),
    create=_create_managed_policy,
    grants=True,
)
