"""This file decides how stacks, their resources, events, templates and change sets are shown, in boto3's shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.stacks.asked import Asked, capabilities
from harness.stacks.engine import Engine
from harness.stacks.record import ChangeSet, Event, Record
from harness.world.differences import Difference
from harness.world.template import Template
from harness.world.values import text_of

_HIDDEN = "****"


def stack(engine: Engine, record: Record) -> dict[str, Any]:
    """One stack in ``DescribeStacks``."""
    shown: dict[str, Any] = {
        "StackId": record.id,
        "StackName": record.name,
        "CreationTime": record.at,
        "StackStatus": record.status,
        "DisableRollback": False,
        "RollbackConfiguration": {},
        "NotificationARNs": list(record.asked.notification_arns),
        "Capabilities": list(record.asked.capabilities),
        "Parameters": _parameters(record),
        "Outputs": _outputs(engine, record),
        "Tags": list(record.asked.tags),
        "EnableTerminationProtection": record.protected,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    optional = {
        "ChangeSetId": record.change_set_id,
        "Description": record.asked.template.body.get("Description"),
        "LastUpdatedTime": record.updated_at,
        "DeletionTime": record.deleted_at,
        "StackStatusReason": record.reason,
        "RoleARN": record.asked.role_arn,
    }
    return shown | {name: value for name, value in optional.items() if value}


def summary(record: Record) -> dict[str, Any]:
    """One stack in ``ListStacks``."""
    shown: dict[str, Any] = {
        "StackId": record.id,
        "StackName": record.name,
        "CreationTime": record.at,
        "StackStatus": record.status,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    optional = {
        "TemplateDescription": record.asked.template.body.get("Description"),
        "LastUpdatedTime": record.updated_at,
        "DeletionTime": record.deleted_at,
        "StackStatusReason": record.reason,
    }
    return shown | {name: value for name, value in optional.items() if value}


def _parameters(record: Record) -> list[dict[str, Any]]:
    values = parameters(record.asked)
    for one in values:
        declared = record.asked.template.section("Parameters")[one["ParameterKey"]]
        if str(declared.get("Type")).startswith("AWS::SSM::Parameter::Value") and record.deployed is not None:
            value = record.deployed.common.intrinsics.value(
                {"Ref": one["ParameterKey"]}, (), record.deployed.standing()
            )
            one["ResolvedValue"] = ",".join(value) if isinstance(value, list) else text_of(value)
    return values


def parameters(asked: Asked) -> list[dict[str, Any]]:
    """The parameters as they were given, or their defaults; those with ``NoEcho`` hidden."""
    shown = []
    for key, declared in asked.template.section("Parameters").items():
        value = asked.parameters.get(key, declared.get("Default", ""))
        text = ",".join(map(text_of, value)) if isinstance(value, list) else text_of(value)
        hidden = text_of(declared.get("NoEcho")) == "true"
        shown.append({"ParameterKey": key, "ParameterValue": _HIDDEN if hidden else text})
    return shown


def _outputs(engine: Engine, record: Record) -> list[dict[str, Any]]:
    if record.deployed is None:
        return []
    body = record.deployed.common.transformed.body.get("Outputs") or {}
    shown = []
    for key, value in record.outputs().items():
        one: dict[str, Any] = {"OutputKey": key, "OutputValue": text_of(value)}
        if body[key].get("Description"):
            one["Description"] = text_of(body[key]["Description"])
        if "Export" in body[key]:
            common, at = record.deployed.common, ("Outputs", key, "Export", "Name")
            name = common.intrinsics.value(body[key]["Export"]["Name"], at, record.deployed.standing())
            one["ExportName"] = text_of(name)
        shown.append(one)
    return shown


def resources(record: Record, *, detail: bool = False) -> list[dict[str, Any]]:
    """The resources of a stack."""
    shown = []
    for logical_id, row in record.standing_rows():
        if "." in logical_id:
            continue  # a nested stack's own
        one: dict[str, Any] = {
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": row.physical_id,
            "ResourceType": row.type,
            "ResourceStatus": row.status,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
            "LastUpdatedTimestamp": row.at,
            "Timestamp": row.at,
        }
        if row.reason:
            one["ResourceStatusReason"] = row.reason
        if detail:
            one |= {"StackName": record.name, "StackId": record.id}
        shown.append(one)
    return shown


def event(record: Record, one: Event) -> dict[str, Any]:
    """One event of a stack."""
    step = one.step
    shown: dict[str, Any] = {
        "StackId": record.id,
        "EventId": one.id if step.logical_id == record.name else f"{step.logical_id}-{step.status}-{one.id}",
        "StackName": record.name,
        "LogicalResourceId": step.logical_id,
        "PhysicalResourceId": step.physical_id,
        "ResourceType": step.type,
        "Timestamp": one.at,
        "ResourceStatus": step.status,
    }
    if step.reason:
        shown["ResourceStatusReason"] = step.reason
    if one.token:
        shown["ClientRequestToken"] = one.token
    return shown


def change_set(record: Record, one: ChangeSet) -> dict[str, Any]:
    """A change set."""
    shown: dict[str, Any] = {
        **change_set_summary(record, one),
        "Parameters": parameters(one.asked),
        "NotificationARNs": list(one.asked.notification_arns),
        "RollbackConfiguration": {},
        "Capabilities": list(one.asked.capabilities),
        "Tags": list(one.asked.tags),
        "Changes": [_change(logical_id, d) for logical_id, d in one.differences.items()],
        "OnStackFailure": one.on_failure,
    }
    return shown


def change_set_summary(record: Record, one: ChangeSet) -> dict[str, Any]:
    """A change set in a list."""
    shown: dict[str, Any] = {
        "StackId": record.id,
        "StackName": record.name,
        "ChangeSetId": one.id,
        "ChangeSetName": one.name,
        "ExecutionStatus": one.execution,
        "Status": one.status,
        "CreationTime": one.at,
        "IncludeNestedStacks": False,
    }
    return shown | ({"StatusReason": one.reason} if one.reason else {})


def _change(logical_id: str, difference: Difference) -> dict[str, Any]:
    change: dict[str, Any] = {
        "Action": difference.action,
        "LogicalResourceId": logical_id,
        "ResourceType": difference.type,
        "Scope": ["Properties"] if difference.action == "Modify" else [],
        "Details": [
            {
                "Target": {
                    "Attribute": "Properties",
                    "Name": name,
                    "RequiresRecreation": "Always" if difference.replaces else "Never",
                },
                "Evaluation": "Static",
                "ChangeSource": "DirectModification",
            }
            for name in difference.changed
        ],
    }
    if difference.physical_id:
        change["PhysicalResourceId"] = difference.physical_id
    if difference.action == "Modify":
        change["Replacement"] = "True" if difference.replaces else "False"
    return {"Type": "Resource", "ResourceChange": change}


def template_summary(template: Template) -> dict[str, Any]:
    """What a template says of itself, and what it needs."""
    body = template.body
    shown: dict[str, Any] = {
        "Parameters": [_declared(key, spec) for key, spec in template.section("Parameters").items()],
        "DeclaredTransforms": transforms(body),
        **needed(body),
    }
    if body.get("Description"):
        shown["Description"] = text_of(body["Description"])
    return shown


def needed(body: Mapping[str, Any]) -> dict[str, Any]:
    """The capabilities that a template needs, and why."""
    found = capabilities(body)
    if transforms(body):
        found = [*found, "CAPABILITY_AUTO_EXPAND"]
    if not found:
        return {}
    types = sorted({str(r["Type"]) for r in body["Resources"].values() if str(r["Type"]).startswith("AWS::IAM::")})
    why = f"The following resource(s) require capabilities: [{', '.join(types or transforms(body))}]"
    return {"Capabilities": found, "CapabilitiesReason": why}


def transforms(body: Mapping[str, Any]) -> list[str]:
    """The transforms that a template asks for, by name."""
    asked = body.get("Transform") or []
    return [
        str(t.get("Name") if isinstance(t, Mapping) else t) for t in (asked if isinstance(asked, list) else [asked])
    ]


def as_text(value: Any) -> str:
    """A part of a template as JSON."""
    return json.dumps(value, indent=2, default=str)


def _declared(key: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ParameterKey": key,
        "ParameterType": str(spec.get("Type", "String")),
        "NoEcho": text_of(spec.get("NoEcho")) == "true",
    }
    if "Default" in spec:
        shown["DefaultValue"] = text_of(spec["Default"])
    if spec.get("Description"):
        shown["Description"] = text_of(spec["Description"])
    if "AllowedValues" in spec:
        shown["ParameterConstraints"] = {"AllowedValues": [text_of(value) for value in spec["AllowedValues"]]}
    return shown
