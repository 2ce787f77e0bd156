"""This file decides what roles, policies and keys of Terraform are in CloudFormation's words."""

from __future__ import annotations

from typing import Any

from harness.world.terraform.kinds import Kind, alone, attribute, document, ref, same, tags
from harness.world.terraform.plan import Instance
from harness.world.terraform.values import Values, json_text


def _inline_policies(values: Values, instance: Instance, name: str) -> Any:
    found = []
    for policy in values.blocks(instance, name):
        if policy.get("name"):
            said = json_text(values.plan, instance, name, policy.get("policy"))
            found.append({"PolicyName": policy["name"], "PolicyDocument": values.with_references(said)})
    return found or None


ROLE = Kind(
    "AWS::IAM::Role",
    "Role",
    same(
        {
            "description": "Description",
            "managed_policy_arns": "ManagedPolicyArns",
            "max_session_duration": "MaxSessionDuration",
            "name": "RoleName",
            "path": "Path",
            "permissions_boundary": "PermissionsBoundary",
        }
    )
    | {
        "assume_role_policy": ("AssumeRolePolicyDocument", document),
        "inline_policy": ("Policies", _inline_policies),
        "tags": ("Tags", tags),
    },
    inert=("force_detach_policies", "name_prefix"),
    outputs={"arn": attribute("Arn"), "id": ref, "name": ref, "unique_id": attribute("RoleId")},
)


def _policy_name(values: Values, instance: Instance, name: str) -> Any:
    return values.of(instance, name) or values.ids[instance.address]


ROLE_POLICY = Kind(
    "AWS::IAM::Policy",
    "Policy",
    {"name": ("PolicyName", _policy_name), "policy": ("PolicyDocument", document), "role": ("Roles", alone)},
    inert=("name_prefix",),
    always=("name",),
)

POLICY = Kind(
    "AWS::IAM::ManagedPolicy",
    "Policy",
    same({"description": "Description", "name": "ManagedPolicyName", "path": "Path"})
    | {"policy": ("PolicyDocument", document)},
    inert=("name_prefix", "tags"),
    outputs={"arn": ref, "id": ref},
)

KEY = Kind(
    "AWS::KMS::Key",
    "Key",
    same(
        {
            "customer_master_key_spec": "KeySpec",
            "deletion_window_in_days": "PendingWindowInDays",
            "description": "Description",
            "enable_key_rotation": "EnableKeyRotation",
            "is_enabled": "Enabled",
            "key_usage": "KeyUsage",
        }
    )
    | {"policy": ("KeyPolicy", document), "tags": ("Tags", tags)},
    outputs={"arn": attribute("Arn"), "id": ref, "key_id": ref},
)

KEY_ALIAS = Kind(
    "AWS::KMS::Alias",
    "Alias",
    same({"name": "AliasName", "target_key_id": "TargetKeyId"}),
    inert=("name_prefix",),
    outputs={"id": ref, "name": ref},
)
