"""This file decides what a Terraform plan as JSON says: which instances are planned, and what each was written with.

The format is ``terraform show -json``'s. ``planned_values`` has what is known of each instance, ``resource_changes``
what is not known yet, ``configuration`` what the author wrote and which references stand in it. Nothing here knows a
resource type. Rule: a plan of another major version of the format is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import Location, ScenarioError
from harness.world.yaml_lines import Lines
from harness.world.yaml_lines import Path as KeyPath

_INDEX = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Module:
    """The configuration of one module: its resources, and how its parent calls it (nothing, for the root)."""

    address: str
    body: Mapping[str, Any]
    call: Mapping[str, Any]
    parent: Module | None

    def written(self, mode: str, kind: str, name: str) -> Mapping[str, Any]:
        """What the author wrote for a resource or data source; empty if there is none."""
        for resource in entries(self.body, "resources"):
            if (resource.get("mode"), resource.get("type"), resource.get("name")) == (mode, kind, name):
                return resource
        return {}

    def child(self, name: str) -> Module | None:
        """The module that this one calls so."""
        call = part(part(self.body, "module_calls"), name)
        address = f"{self.address}.module.{name}".lstrip(".")
        return Module(address, part(call, "module"), call, self) if call else None


@dataclass(frozen=True, slots=True)
class Instance:
    """One planned instance of a resource. ``at`` is its way down from the plan's root."""

    address: str
    type: str
    name: str
    index: int | str | None
    values: Mapping[str, Any]
    unknown: Mapping[str, Any]
    module: Module
    module_words: tuple[str, ...]
    at: KeyPath

    @property
    def resource(self) -> str:
        """The address without any index, by which the configuration names it."""
        return _INDEX.sub("", self.address)

    @property
    def expressions(self) -> Mapping[str, Any]:
        """What the author wrote, by attribute."""
        return part(self.module.written("managed", self.type, self.name), "expressions")

    @property
    def depends_on(self) -> list[str]:
        """The addresses that the author named in ``depends_on``, seen from the root."""
        prefix = f"{self.module.address}." if self.module.address else ""
        named = self.module.written("managed", self.type, self.name).get("depends_on")
        return [prefix + str(address) for address in (named if isinstance(named, list) else [])]


class Plan:
    """A plan as JSON, and where it stands."""

    def __init__(self, body: Mapping[str, Any], file: Path, lines: Lines) -> None:
        self.file = file
        self._lines = lines
        version = str(body.get("format_version"))
        if version.split(".")[0] not in ("0", "1"):
            raise ScenarioError(
                f'The plan is written in version "{version}" of Terraform\'s format; 0 and 1 are read here.',
                where=self.where(("format_version",)),
                hint="Write it with Terraform 1: terraform show -json FILE.",
            )
        if body.get("errored") is True:
            raise ScenarioError(
                "Terraform met an error while it made this plan, so the plan does not have all of it.",
                where=self.where(("errored",)),
                hint="Run terraform plan again, and see what it says.",
            )
        changes = [c for c in entries(body, "resource_changes") if isinstance(c.get("address"), str)]
        unknown = {c["address"]: part(part(c, "change"), "after_unknown") for c in changes}
        root = Module("", part(part(body, "configuration"), "root_module"), {}, None)
        planned = part(part(body, "planned_values"), "root_module")
        self.instances = list(_instances(planned, root, (), ("planned_values", "root_module"), unknown))
        for instance in self.instances:
            if not instance.module.written("managed", instance.type, instance.name):
                raise ScenarioError(
                    f"{instance.address}: the plan does not say what was written for it.",
                    where=self.where(instance.at),
                    hint="Write the plan again with terraform show -json FILE, and keep all of it.",
                )
        known = part(part(part(body, "prior_state"), "values"), "root_module")
        self.data = [*_of_mode(planned, "data"), *_of_mode(known, "data")]

    def where(self, path: KeyPath) -> Location:
        """The line of a part of the plan."""
        return Location(str(self.file), self._lines.at(path))

    def refuse(self, instance: Instance, attribute: str, problem: str, hint: str) -> ScenarioError:
        """The error that names an attribute of an instance."""
        where = self.where((*instance.at, "values", attribute))
        return ScenarioError(f"{instance.address}: {problem}", where=where, hint=hint)


def is_plan(body: Any) -> bool:
    """Whether this is what ``terraform show -json`` says of a plan."""
    return isinstance(body, dict) and "format_version" in body and "planned_values" in body


def part(value: Any, name: str) -> dict[str, Any]:
    """A mapping inside of a mapping; empty if there is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, dict) else {}


def entries(value: Any, name: str) -> list[dict[str, Any]]:
    """The mappings in a list inside of a mapping."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _instances(
    planned: Mapping[str, Any], module: Module, words: tuple[str, ...], at: KeyPath, unknown: Mapping[str, Any]
) -> Iterator[Instance]:
    for number, resource in enumerate(entries(planned, "resources")):
        if resource.get("mode") != "managed":
            continue
        address, index = str(resource.get("address")), resource.get("index")
        yield Instance(
            address,
            str(resource.get("type")),
            str(resource.get("name")),
            index if isinstance(index, int | str) else None,
            part(resource, "values"),
            unknown.get(address, {}),
            module,
            words,
            (*at, "resources", number),
        )
    for number, inner in enumerate(entries(planned, "child_modules")):
        last = re.sub(r"^.*?(\w[\w-]*)(\[.*\])?$", r"\1 \2", str(inner.get("address")))
        name = last.split(" ")[0]
        child = module.child(name) or Module(f"{module.address}.module.{name}".lstrip("."), {}, {}, module)
        yield from _instances(inner, child, (*words, last), (*at, "child_modules", number), unknown)


def _of_mode(module: Mapping[str, Any], mode: str) -> Iterator[dict[str, Any]]:
    yield from (r for r in entries(module, "resources") if r.get("mode") == mode)
    for inner in entries(module, "child_modules"):
        yield from _of_mode(inner, mode)
