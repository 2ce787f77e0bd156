"""This file decides what CloudFormation answers to each operation on stacks; change sets are ``change_sets.py``'s.

Whatever waits happens in the engine's tasks: an operation answers at once, as on AWS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import ScenarioError
from harness.stacks import shapes
from harness.stacks.asked import Reader, invalid
from harness.stacks.change_sets import ChangeSets
from harness.stacks.engine import Engine
from harness.stacks.record import REVIEW, Record
from harness.vendor.cloudformation_api import StackRefused
from harness.world.template import Template

Params = Mapping[str, Any]

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class Api:
    """Answers CloudFormation's operations; see ``cloudformation_api.Answers``."""

    def __init__(self, engine: Engine, reader: Reader) -> None:
        self._engine = engine
        self._reader = reader
        sets = ChangeSets(engine, reader)
        self._operations: dict[str, Callable[[Params], dict[str, Any]]] = {
            "CreateChangeSet": sets.create,
            "CreateStack": self._create,
            "DeleteChangeSet": sets.delete,
            "DeleteStack": self._delete,
            "DescribeChangeSet": sets.describe,
            "DescribeStackEvents": self._events,
            "DescribeStackResource": self._resource,
            "DescribeStackResources": self._resources,
            "DescribeStacks": self._describe,
            "ExecuteChangeSet": sets.execute,
            "GetStackPolicy": lambda params: {},
            "GetTemplate": self._template,
            "GetTemplateSummary": self._summary,
            "ListChangeSets": sets.list,
            "ListExports": self._exports,
            "ListImports": self._imports,
            "ListStackResources": self._list_resources,
            "ListStacks": self._list,
            "UpdateStack": self._update,
            "UpdateTerminationProtection": self._protect,
            "ValidateTemplate": self._validate,
        }

    def answer(self, operation: str, params: Params) -> Mapping[str, Any]:
        """What the operation answers.

        Raises:
            StackRefused: it is refused.
        """
        return self._operations[operation](params)

    # -- what changes stacks ------------------------------------------------------------------------

    def _create(self, params: Params) -> dict[str, Any]:
        name = str(params["StackName"])
        require_name(name)
        if self._engine.find(name) is not None:
            raise StackRefused("AlreadyExistsException", f"Stack [{name}] already exists")
        asked = self._reader.read(params, None)
        record = self._engine.new(name, asked, "")
        record.token = params.get("ClientRequestToken", "")
        record.protected = bool(params.get("EnableTerminationProtection"))
        keeps = "DO_NOTHING" if params.get("DisableRollback") else "ROLLBACK"
        self._engine.create(record, params.get("OnFailure", keeps))
        return {"StackId": record.id}

    def _update(self, params: Params) -> dict[str, Any]:
        record = self._engine.record(params["StackName"])
        require_updatable(record)
        asked = self._reader.read(params, record.asked)
        record.token = params.get("ClientRequestToken", "")
        self._engine.update(record, asked)
        return {"StackId": record.id}

    def _delete(self, params: Params) -> dict[str, Any]:
        record = self._engine.find(params["StackName"])
        if record is None or record.status in ("DELETE_COMPLETE", "DELETE_IN_PROGRESS"):
            return {}
        if record.protected:
            raise invalid(f"Stack [{record.name}] cannot be deleted while TerminationProtection is enabled")
        if record.busy:
            raise invalid(f"Stack [{record.name}] cannot be deleted while in status {record.status}")
        retained = list(params.get("RetainResources", ()))
        if retained and record.status != "DELETE_FAILED":
            raise invalid(
                "Invalid operation on stack [" + record.id + "]. Specify RetainResources only for stacks in the "
                "DELETE_FAILED state."
            )
        record.token = params.get("ClientRequestToken", "")
        self._engine.delete(record, retained)
        return {}

    def _protect(self, params: Params) -> dict[str, Any]:
        record = self._engine.record(params["StackName"])
        record.protected = bool(params["EnableTerminationProtection"])
        return {"StackId": record.id}

    # -- what shows them ----------------------------------------------------------------------------

    def _describe(self, params: Params) -> dict[str, Any]:
        if params.get("StackName"):
            found = [self._engine.record(params["StackName"])]
        else:
            found = [r for r in reversed(self._engine.records) if r.status != "DELETE_COMPLETE"]
        return {"Stacks": [shapes.stack(self._engine, record) for record in found]}

    def _list(self, params: Params) -> dict[str, Any]:
        wanted = params.get("StackStatusFilter")
        found = [r for r in reversed(self._engine.records) if not wanted or r.status in wanted]
        return {"StackSummaries": [shapes.summary(record) for record in found]}

    def _events(self, params: Params) -> dict[str, Any]:
        record = self._engine.find(params["StackName"])
        if record is None:
            raise invalid(f"Stack [{params['StackName']}] does not exist")
        return {"StackEvents": [shapes.event(record, one) for one in reversed(record.events)]}

    def _resource(self, params: Params) -> dict[str, Any]:
        record = self._engine.record(params["StackName"])
        wanted = params["LogicalResourceId"]
        for one in shapes.resources(record, detail=True):
            if one["LogicalResourceId"] == wanted:
                return {"StackResourceDetail": one}
        raise invalid(f"Resource {wanted} does not exist for stack {record.name}")

    def _resources(self, params: Params) -> dict[str, Any]:
        physical, logical = params.get("PhysicalResourceId"), params.get("LogicalResourceId")
        if params.get("StackName"):
            records = [self._engine.record(params["StackName"])]
        else:
            records = [r for r in self._engine.records if r.status != "DELETE_COMPLETE"]
            records = [r for r in records if any(row.physical_id == physical for _, row in r.standing_rows())]
            if not records:
                raise invalid(f"Stack for {physical} does not exist")
            physical = None
        shown = [one for record in records for one in shapes.resources(record, detail=True)]
        return {
            "StackResources": [
                one
                for one in shown
                if physical in (None, one["PhysicalResourceId"]) and logical in (None, one["LogicalResourceId"])
            ]
        }

    def _list_resources(self, params: Params) -> dict[str, Any]:
        return {"StackResourceSummaries": shapes.resources(self._engine.record(params["StackName"]))}

    def _template(self, params: Params) -> dict[str, Any]:
        record = self._engine.record(params["StackName"])
        body: Any = record.asked.text
        if params.get("TemplateStage") == "Processed" and record.deployed is not None:
            body = shapes.as_text(record.deployed.common.transformed.body)
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    def _summary(self, params: Params) -> dict[str, Any]:
        template = self._asked_template(params)
        types = [str(resource["Type"]) for resource in template.resources.values()]
        found = shapes.template_summary(template) | {"ResourceTypes": list(dict.fromkeys(types))}
        if "AWSTemplateFormatVersion" in template.body:
            found["Version"] = str(template.body["AWSTemplateFormatVersion"])
        if template.body.get("Metadata"):
            found["Metadata"] = shapes.as_text(template.body["Metadata"])
        return found

    def _validate(self, params: Params) -> dict[str, Any]:
        found = shapes.template_summary(self._reader.template(self._reader.text(params), "template"))
        known = ("ParameterKey", "DefaultValue", "NoEcho", "Description")
        found["Parameters"] = [{k: one[k] for k in known if k in one} for one in found["Parameters"]]
        return found

    def _asked_template(self, params: Params) -> Template:
        if params.get("StackName"):
            return self._engine.record(params["StackName"]).asked.template
        return self._reader.template(self._reader.text(params), "template")

    def _exports(self, params: Params) -> dict[str, Any]:
        account = self._engine.account
        shown = []
        for name in account.exports():
            record = self._engine.find(account.exporter(name) or "")
            stack = record.id if record is not None else ""
            shown.append({"ExportingStackId": stack, "Name": name, "Value": str(account.exported(name))})
        return {"Exports": shown}

    def _imports(self, params: Params) -> dict[str, Any]:
        name = params["ExportName"]
        try:
            users = self._engine.importers(name)
        except ScenarioError as error:
            raise invalid(str(error)) from None
        if not users:
            raise invalid(f"Export '{name}' is not imported by any stack.")
        return {"Imports": users}


def require_name(name: str) -> None:
    """Refuse what no stack can be called."""
    if not _NAME.fullmatch(name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )


def require_updatable(record: Record) -> None:
    """Refuse to change a stack that is not there for it."""
    if record.status not in _UPDATABLE:
        status = record.status or REVIEW
        raise invalid(f"Stack:{record.id} is in {status} state and can not be updated.")
