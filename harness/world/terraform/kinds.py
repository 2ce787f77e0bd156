"""This file decides in which words a type of Terraform's AWS provider is described here, and how attributes are read.

A ``Kind`` maps the attributes that an author may write to properties of a CloudFormation type. Rule: an attribute that
the author wrote and no kind names is refused by its name; what the author did not write is the provider's default or
made up by AWS, and needs no property.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.world.terraform.plan import Instance
from harness.world.terraform.values import KNOW_IT, Output, Values, json_text, made_of

Take = Callable[[Values, Instance, str], Any]
"""The value of a property, from an attribute; None if there is none."""

Beside = Callable[[Values, Instance, str], dict[str, dict[str, Any]]]
"""Resources that an instance needs beside its own, by logical id."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type that becomes a resource.

    ``word`` is what stands behind an ambiguous name, ``named`` whether scenarios name it, ``attributes`` the property
    and how it is read, ``inert`` what makes no difference here, ``always`` what counts although nobody wrote it, since
    Terraform's default is not CloudFormation's.
    """

    type: str
    word: str
    attributes: Mapping[str, tuple[str, Take]]
    named: bool = False
    inert: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    outputs: Mapping[str, Output] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    beside: Beside | None = None


def plain(values: Values, instance: Instance, name: str) -> Any:
    """The attribute as it is."""
    return values.of(instance, name)


def document(values: Values, instance: Instance, name: str) -> Any:
    """What the JSON in the attribute says, with references in it."""
    if instance.unknown.get(name) is True:
        written = made_of(instance.expressions.get(name))
        raise values.plan.refuse(instance, name, f'"{name}" is not known in this plan{written}.', KNOW_IT)
    text = instance.values.get(name)
    return values.with_references(json_text(values.plan, instance, name, text)) if text else None


def alone(values: Values, instance: Instance, name: str) -> Any:
    """The attribute as a list of one."""
    value = values.of(instance, name)
    return None if value is None else [value]


def text(values: Values, instance: Instance, name: str) -> Any:
    """The attribute, a number, as text."""
    value = values.of(instance, name)
    return str(value) if isinstance(value, int) else value


def tags(values: Values, instance: Instance, name: str) -> Any:
    """Tags as CloudFormation has them."""
    value = values.of(instance, name) or {}
    if not isinstance(value, dict):
        raise values.plan.refuse(instance, name, f'"{name}" must be a map; it is {value!r}.', "Write it as a map.")
    return [{"Key": key, "Value": item} for key, item in value.items()] or None


def block(fields: Mapping[str, Any]) -> Take:
    """The only block of this name as a mapping; ``fields`` gives a property for each of its attributes."""

    def take(values: Values, instance: Instance, name: str) -> Any:
        found = values.blocks(instance, name)
        return mapped(values, instance, name, found[0], fields) if found else None

    return take


def mapped(values: Values, instance: Instance, name: str, found: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """One block in CloudFormation's words. A field is a property's name, or that and the fields of a block in it."""
    result: dict[str, Any] = {}
    if not isinstance(found, dict):
        raise values.plan.refuse(
            instance, name.split(".")[0], f'"{name}" must be a block; it is {found!r}.', "Write it as a block."
        )
    for key, value in found.items():
        if empty(value):
            continue
        if key not in fields:
            raise values.plan.refuse(
                instance, name, f'"{name}.{key}" has no counterpart here.', f"There are: {', '.join(sorted(fields))}."
            )
        wanted = fields[key]
        if isinstance(wanted, tuple):
            result[wanted[0]] = mapped(
                values, instance, f"{name}.{key}", value[0] if isinstance(value, list) else value, wanted[1]
            )
        elif wanted:
            result[wanted] = value
    return result


def empty(value: Any) -> bool:
    """Whether Terraform says with this value that there is none."""
    return value is None or value in ("", [], {})


def ref(logical_id: str, instance: Instance) -> Any:
    """The output that is a resource's ``Ref``."""
    return {"Ref": logical_id}


def attribute(name: str) -> Output:
    """The output that is an attribute of a resource."""
    return lambda logical_id, instance: {"Fn::GetAtt": [logical_id, name]}


def same(names: Mapping[str, str], take: Take = plain) -> dict[str, tuple[str, Take]]:
    """Attributes that become a property in one way."""
    return {name: (prop, take) for name, prop in names.items()}
