"""This file decides what counts as a template: a file with resources, every part of it known by name.

It does not transform, resolve or deploy anything; that is ``transform``, ``intrinsics`` and ``deploy``. A part that
came from another file, or out of a loop, keeps its ``Origin``. Rule: what is refused here is refused with the file's
line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.errors import Location, ScenarioError, did_you_mean
from harness.world import cdk_out, yaml_lines
from harness.world.terraform.plan import is_plan
from harness.world.terraform.translate import translated
from harness.world.yaml_lines import MAX_NODES, Lines

SAM_TRANSFORM = "AWS::Serverless-2016-10-31"

_FILE_NAMES = ("template.yaml", "template.yml", "template.json", "plan.json")
_SECTIONS = (
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
)
_MAPPING_SECTIONS = ("Conditions", "Globals", "Mappings", "Outputs", "Parameters", "Resources", "Rules")
# AWS's quotas.
_MOST = {"Mappings": 200, "Outputs": 200, "Parameters": 200, "Resources": 500}
_DELETION_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
RESOURCE_PARTS = (
    "Condition",
    "Connectors",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdateReplacePolicy",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was written: the file as shown, its lines, and the way down from that file's root."""

    file: str
    lines: Lines
    path: yaml_lines.Path

    def down(self, rest: yaml_lines.Path) -> Origin:
        """The origin of a part of it."""
        return Origin(self.file, self.lines, (*self.path, *rest))


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A template as its author wrote it.

    ``path`` is the file, ``body`` its content with short tags written out (never to be changed: it is
    shared between the deployments of one process), ``lines`` where each part of it stands.
    """

    path: Path
    body: Mapping[str, Any]
    lines: Lines
    origins: Mapping[yaml_lines.Path, Origin] = field(default_factory=dict)

    def origin(self, path: yaml_lines.Path) -> Origin:
        """Where the thing at ``path`` was written: here, unless it was included or unfolded from a loop."""
        for length in range(len(path), -1, -1) if self.origins else ():
            found = self.origins.get(path[:length])
            if found is not None:
                return found.down(path[length:])
        return Origin(str(self.path), self.lines, path)

    def where(self, path: yaml_lines.Path) -> Location:
        """The author's line for a way down from the template's root."""
        origin = self.origin(path)
        return Location(origin.file, origin.lines.at(origin.path), path)

    def knows(self, path: yaml_lines.Path) -> bool:
        """Whether exactly this path was written."""
        origin = self.origin(path)
        return origin.lines.knows(origin.path)

    def rewritten(self, body: Mapping[str, Any], origins: Mapping[yaml_lines.Path, Origin]) -> Template:
        """This template with another body, of which some parts have an origin of their own."""
        changed = replace(self, body=body, origins={**self.origins, **origins})
        check(changed)
        return changed

    def section(self, name: str) -> Mapping[str, Any]:
        """A top-level section that is a mapping; empty if the template has none."""
        found: Mapping[str, Any] = self.body.get(name) or {}
        return found

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources by logical id, as written."""
        return self.section("Resources")


def load_template(path: str | Path) -> Template:
    """The template in this file, in this folder's ``template.yaml`` (``.yml``, ``.json``), or of this ``cdk.out``.

    Raises:
        ScenarioError: there is no such file, it cannot be read, or it is not a template.
    """
    file = _find(Path(path))
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(
            f"The template is not UTF-8 text: {error}.", where=Location(str(file)), hint="Save it as UTF-8."
        ) from None
    except OSError as error:
        raise ScenarioError(f"The template cannot be read: {error.strerror}.", where=Location(str(file))) from None
    return _parse(text, file)


def _find(path: Path) -> Path:
    if path.is_dir():
        if cdk_out.is_cloud_assembly(path):
            return cdk_out.only_template(path)
        for name in _FILE_NAMES:
            if (path / name).is_file():
                return path / name
        raise ScenarioError(
            f'The folder "{path}" holds no template.',
            hint=f"It should hold one of: {', '.join(_FILE_NAMES)}.",
        )
    if path.is_file():
        return cdk_out.only_template(path.parent) if cdk_out.is_manifest(path) else path
    beside = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
    raise ScenarioError(f'There is no template "{path}".', hint=did_you_mean(path.name, beside))


@lru_cache(maxsize=32)
def _parse(text: str, file: Path) -> Template:
    body, lines = yaml_lines.read(text, str(file))
    if is_plan(body):
        body, lines = translated(body, file, lines)
    if not isinstance(body, dict):
        found = "empty" if body is None else f"a {_kind(body)}"
        raise ScenarioError(
            f"A template is a mapping with a Resources section; this file is {found}.",
            where=Location(str(file), lines.at(())),
            hint='Start with "Resources:" and one resource below it.',
        )
    template = Template(file, cdk_out.localised(body, file), lines)
    check(template)
    return template


def check(template: Template) -> None:
    """Refuse what is no template.

    Raises:
        ScenarioError: a section or a part of a resource is unknown, or not of the kind that it must be.
    """
    _check_sections(template)
    for logical_id, resource in template.resources.items():
        if not logical_id.startswith("Fn::"):  # it is unfolded, and looked at, later
            _check_resource(template, logical_id, resource)


def _check_sections(template: Template) -> None:
    for name in template.body:
        if name not in _SECTIONS:
            raise ScenarioError(
                f'A template has no section "{name}"; or nothing here behaves like it yet.',
                where=template.where((name,)),
                hint=did_you_mean(name, _SECTIONS),
            )
    for name in _MAPPING_SECTIONS:
        section = template.body.get(name)
        if section is not None and not isinstance(section, dict):
            raise ScenarioError(
                f"The section {name} must be a mapping; it is a {_kind(section)}.",
                where=template.where((name,)),
                hint="Indent its entries below it, each with a name and a colon.",
            )
        if section is not None and len(section) > _MOST.get(name, MAX_NODES):
            raise ScenarioError(
                f"Template format error: Number of {name.lower()}, {len(section)}, is greater than maximum allowed, "
                f"{_MOST[name]}",
                where=template.where((name,)),
                hint="Split the stack.",
            )
    if not template.body.get("Resources"):
        raise ScenarioError(
            "The template has no Resources.",
            where=template.where(("Resources",)),
            hint='Add a section "Resources:" with at least one resource.',
        )


def _check_resource(template: Template, logical_id: str, resource: Any) -> None:
    where = template.where(("Resources", logical_id))
    if not (logical_id.isalnum() and logical_id.isascii()):
        raise ScenarioError(
            f'The logical id "{logical_id}" must be made of letters and digits only.',
            where=where,
            hint="Rename it; AWS refuses it too.",
        )
    if not isinstance(resource, dict):
        raise ScenarioError(
            f'The resource "{logical_id}" must be a mapping with a Type; it is a {_kind(resource)}.',
            where=where,
            hint="Look at the indentation below its name: Type and Properties stand further in.",
        )
    # SAM's transform takes no notice of others ("harness check" tells of them); CloudFormation refuses them.
    of_sam = str(resource.get("Type")).startswith("AWS::Serverless::")
    for part in resource:
        if part not in RESOURCE_PARTS and not of_sam:
            raise ScenarioError(
                f'The resource "{logical_id}" has a part "{part}" that no resource has here.',
                where=template.where(("Resources", logical_id, part)),
                hint=did_you_mean(part, RESOURCE_PARTS),
            )
    if not isinstance(resource.get("Type"), str):
        raise ScenarioError(
            f'The resource "{logical_id}" has no Type.',
            where=where,
            hint='Say what it is, for example "Type: AWS::SQS::Queue".',
        )
    for part in ("DeletionPolicy", "UpdateReplacePolicy"):
        policy = resource.get(part, "Delete")
        if not isinstance(policy, dict) and policy not in _DELETION_POLICIES:
            raise ScenarioError(
                f'The {part} of "{logical_id}" is {policy!r}, which AWS does not have.',
                where=template.where(("Resources", logical_id, part)),
                hint=did_you_mean(str(policy), _DELETION_POLICIES),
            )
    if not isinstance(resource.get("Properties") or {}, dict):
        raise ScenarioError(
            f'The Properties of "{logical_id}" must be a mapping, not a {_kind(resource["Properties"])}.',
            hint="Write each property as its name, a colon and its value.",
            where=template.where(("Resources", logical_id, "Properties")),
        )


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true/false value"
    return {str: "text", int: "number", float: "number", list: "list", dict: "mapping"}.get(type(value), "empty value")
