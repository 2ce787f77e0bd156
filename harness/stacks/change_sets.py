"""This file decides what becomes of change sets: what ``aws cloudformation deploy``, SAM and CDK deploy with.

A change set that cannot be carried out is FAILED with the reason, before anything changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.errors import ScenarioError
from harness.stacks import shapes
from harness.stacks.asked import Reader, invalid
from harness.stacks.engine import NO_CHANGES, Engine, alone
from harness.stacks.record import REVIEW, ChangeSet, Record
from harness.vendor.cloudformation_api import StackRefused

Params = Mapping[str, Any]

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class ChangeSets:
    """The operations on change sets."""

    def __init__(self, engine: Engine, reader: Reader) -> None:
        self._engine = engine
        self._reader = reader

    def create(self, params: Params) -> dict[str, Any]:
        """Find out what would change."""
        kind = params.get("ChangeSetType", "UPDATE")
        if kind not in ("CREATE", "UPDATE"):
            raise StackRefused("NotImplemented", f"Change sets of type {kind} are not here; CREATE and UPDATE are.")
        if params.get("IncludeNestedStacks") and kind == "UPDATE":
            raise StackRefused("NotImplemented", "Change sets that include nested stacks are not here.")
        name = str(params["ChangeSetName"])
        if not _NAME.fullmatch(name):
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy constraint: Member "
                "must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        found = self._standing(params, kind)
        if found is not None and name in found.change_sets:
            raise StackRefused("AlreadyExistsException", f"ChangeSet {name} already exists")
        asked = self._reader.read(params, found.asked if found is not None else None, change_set=True)
        record = found or self._engine.unborn(params["StackName"], asked)
        one = self._engine.review(record, name, asked, kind)
        one.on_failure = params.get("OnStackFailure", "ROLLBACK")
        self._judge(record, one)
        return {"Id": one.id, "StackId": record.id}

    def _standing(self, params: Params, kind: str) -> Record | None:
        name = params["StackName"]
        found = self._engine.find(name)
        if kind == "UPDATE":
            if found is None:
                raise invalid(f"Stack [{name}] does not exist")
            if found.status not in _UPDATABLE:
                raise invalid(f"Stack:{found.id} is in {found.status} state and can not be updated.")
            return found
        if found is not None and found.status != REVIEW and found.status != "DELETE_COMPLETE":
            raise invalid(
                f"Stack [{name}] already exists and cannot be created again with the changeSet "
                f"[{params['ChangeSetName']}]."
            )
        if found is None and not _NAME.fullmatch(name):
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
                "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        return None if found is not None and found.status != REVIEW else found

    def _judge(self, record: Record, one: ChangeSet) -> None:
        try:
            one.differences = self._engine.planned(record, one.asked)
            if record.deployed is not None and not self._engine.would_change(record, one.asked):
                one.differences, one.reason = {}, NO_CHANGES
        except StackRefused as error:
            one.reason = str(error)
        except ScenarioError as error:
            one.reason = "\n".join(str(alone(refused)) for refused in (error, *error.others))
        if one.reason:
            one.status, one.execution = "FAILED", "UNAVAILABLE"

    def describe(self, params: Params) -> dict[str, Any]:
        """Show one."""
        return shapes.change_set(*self._found(params))

    def list(self, params: Params) -> dict[str, Any]:
        """Show those of a stack."""
        record = self._engine.record(params["StackName"])
        return {"Summaries": [shapes.change_set_summary(record, one) for one in record.change_sets.values()]}

    def delete(self, params: Params) -> dict[str, Any]:
        """Forget one."""
        record, one = self._found(params)
        del record.change_sets[one.name]
        return {}

    def execute(self, params: Params) -> dict[str, Any]:
        """Carry one out."""
        record, one = self._found(params)
        if one.execution != "AVAILABLE":
            raise StackRefused(
                "InvalidChangeSetStatus",
                f"ChangeSet [{one.id}] cannot be executed in its current status of [{one.status}]",
            )
        if record.busy:
            raise invalid(f"Stack:{record.id} is in {record.status} state and can not be updated.")
        record.token = params.get("ClientRequestToken", "")
        record.change_set_id = one.id
        one.execution = "EXECUTE_COMPLETE"
        if one.kind == "CREATE":
            record.asked = one.asked
            keeps = "DO_NOTHING" if params.get("DisableRollback") else one.on_failure
            self._engine.create(record, keeps)
        else:
            self._engine.update(record, one.asked)
        for other in list(record.change_sets):
            if other != one.name:
                del record.change_sets[other]
        return {}

    def _found(self, params: Params) -> tuple[Record, ChangeSet]:
        wanted = params["ChangeSetName"]
        records = [self._engine.record(params["StackName"])] if params.get("StackName") else self._engine.records
        for record in records:
            for one in record.change_sets.values():
                if wanted in (one.name, one.id):
                    return record, one
        raise StackRefused("ChangeSetNotFound", f"ChangeSet [{wanted}] does not exist")
