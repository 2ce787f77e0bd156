"""This file decides what a stack gives: its outputs, and what of them it exports to other stacks."""

from __future__ import annotations

from typing import Any

from harness.errors import ScenarioError, did_you_mean
from harness.world.deployment import Deployment
from harness.world.lookups import Reading, Standing
from harness.world.values import NO_VALUE, PENDING, text_of
from harness.world.yaml_lines import Path


def outputs(common: Deployment, lookup: Reading | Standing) -> dict[str, Any]:
    """The outputs whose conditions hold, by name; exported where they say so, once their resources stand.

    Raises:
        ScenarioError: one is malformed, no text, or exported under a name that is taken.
    """
    found: dict[str, Any] = {}
    for name, output in (common.transformed.body.get("Outputs") or {}).items():
        path: Path = ("Outputs", name)
        if not isinstance(output, dict) or "Value" not in output:
            raise ScenarioError(
                f'The output "{name}" must be a mapping with a Value.',
                where=common.transformed.where(path),
                hint=f"Write {name}: {{Value: ...}}.",
            )
        for part in output:
            if part not in ("Condition", "Description", "Export", "Value"):
                raise ScenarioError(
                    f'The output "{name}" has no part "{part}".',
                    where=common.transformed.where((*path, part)),
                    hint=did_you_mean(part, ("Condition", "Description", "Export", "Value")),
                )
        condition = output.get("Condition")
        if condition is None or common.intrinsics.condition(str(condition), (*path, "Condition")):
            found[name] = common.intrinsics.value(output["Value"], (*path, "Value"), lookup)
            if isinstance(found[name], list | dict) or found[name] is NO_VALUE:
                raise ScenarioError(
                    "Template format error: The Value field of every Outputs member must evaluate to a String; that of "
                    f'"{name}" does not.',
                    where=common.transformed.where((*path, "Value")),
                    hint='Put a list together with "Fn::Join".',
                )
            if "Export" in output:
                _export(common, (*path, "Export"), output["Export"], found[name], lookup)
    return found


def _export(common: Deployment, path: Path, export: Any, value: Any, lookup: Reading | Standing) -> None:
    where = common.transformed.where(path)
    if not isinstance(export, dict) or list(export) != ["Name"]:
        raise ScenarioError("An Export is a mapping with a Name.", where=where, hint="Write Export: {Name: ...}.")
    name = common.intrinsics.value(export["Name"], (*path, "Name"), lookup)
    if name is PENDING:
        return
    name = text_of(name) if not isinstance(name, list | dict) else ""
    if not name or name == "NO_VALUE":
        raise ScenarioError(
            "The Name of an Export must be a text.", where=where, hint="Put a list together with Fn::Join."
        )
    # While nothing stands yet, only what others export can be in the way.
    other = (
        common.world.account.export(name, value, common.stack_name)
        if isinstance(lookup, Standing)
        else common.world.account.exporter(name)
    )
    if other is not None:
        raise ScenarioError(
            f"Export with name {name} is already exported by stack {other}.",
            where=where,
            hint="An account exports a name once in a region: give it another, with ${AWS::StackName} in it.",
        )
