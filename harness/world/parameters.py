"""This file decides what value each parameter of a template has, and refuses values AWS would refuse.

A value is a text, or a list of texts for a list type, as ``Ref`` sees it. Parameters whose type reads
from another service (``AWS::SSM::Parameter::Value<...>``) are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.errors import ScenarioError, did_you_mean
from harness.world.template import Template

_FIELDS = (
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
)


def text_of(value: Any) -> str:
    """A scalar as CloudFormation turns it into text: ``true``, ``1``, ``1.5``, the text itself."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def parameter_values(template: Template, given: Mapping[str, Any] | None) -> dict[str, str | list[str]]:
    """The value of every parameter: the given one, else its default.

    Raises:
        ScenarioError: a given name is unknown, a value is missing or not allowed, a declaration is wrong.
    """
    declared = template.section("Parameters")
    for name in given or {}:
        if name not in declared:
            raise ScenarioError(
                f'A value is given for the parameter "{name}", which the template does not have.',
                where=template.where(("Parameters",)),
                hint=did_you_mean(name, declared),
            )
    return {name: _Parameter(template, name, spec).value(given or {}) for name, spec in declared.items()}


class _Parameter:
    def __init__(self, template: Template, name: str, spec: Any) -> None:
        self._template = template
        self._name = name
        if not isinstance(spec, dict):
            raise self._refuse(f'The parameter "{name}" must be a mapping with a Type.')
        for field in spec:
            if field not in _FIELDS:
                raise self._refuse(f'The parameter "{name}" has no "{field}".', field, did_you_mean(field, _FIELDS))
        self._spec = spec
        self._type = self._read_type()

    def _read_type(self) -> str:
        found = self._spec.get("Type")
        known = ("String", "Number", "List<Number>", "CommaDelimitedList")
        if not isinstance(found, str):
            raise self._refuse(f'The parameter "{self._name}" has no Type.', "Type", "Most often it is String.")
        if found.startswith("AWS::SSM::Parameter::"):
            raise self._refuse(
                f'The parameter "{self._name}" is of type {found}: Parameter Store is not read here.',
                "Type",
                "Make it a String and give the value itself.",
            )
        if found not in known and not found.startswith(("AWS::", "List<AWS::")):
            raise self._refuse(
                f'The parameter "{self._name}" is of type "{found}", which does not exist.',
                "Type",
                did_you_mean(found, known),
            )
        return found

    def value(self, given: Mapping[str, Any]) -> str | list[str]:
        raw = given.get(self._name, self._spec.get("Default"))
        if raw is None:
            raise self._refuse(
                f"Parameters: [{self._name}] must have values",
                hint=f'Give it a Default here, or a value in the scenario: "parameters: {{{self._name}: ...}}".',
            )
        items = raw if isinstance(raw, list) else [raw]
        if any(isinstance(item, list | dict) for item in items):
            raise self._refuse(f'The value of the parameter "{self._name}" must be a text or a list of texts.')
        text = ",".join(text_of(item) for item in items)
        if self._type.startswith("List<") or self._type == "CommaDelimitedList":
            parts = [part.strip() for part in text.split(",")] if text else []
            for part in parts:
                self._check(part)
            return parts
        self._check(text)
        return text

    def _check(self, value: str) -> None:
        spec, name = self._spec, self._name
        allowed = spec.get("AllowedValues")
        if allowed is not None:
            texts = [text_of(a) for a in allowed] if isinstance(allowed, list) else [text_of(allowed)]
            if value not in texts:
                raise self._not_allowed(value, f"it must be one of: {', '.join(texts)}")
        if "Number" in self._type:
            number = self._number(value, f'the parameter "{name}"')
            if "MinValue" in spec and number < self._number(spec["MinValue"], "MinValue"):
                raise self._not_allowed(value, f"it must be at least {spec['MinValue']}")
            if "MaxValue" in spec and number > self._number(spec["MaxValue"], "MaxValue"):
                raise self._not_allowed(value, f"it must be at most {spec['MaxValue']}")
        if "MinLength" in spec and len(value) < self._number(spec["MinLength"], "MinLength"):
            raise self._not_allowed(value, f"it must have at least {spec['MinLength']} characters")
        if "MaxLength" in spec and len(value) > self._number(spec["MaxLength"], "MaxLength"):
            raise self._not_allowed(value, f"it must have at most {spec['MaxLength']} characters")
        self._check_pattern(value)

    def _check_pattern(self, value: str) -> None:
        if "AllowedPattern" not in self._spec:
            return
        pattern = text_of(self._spec["AllowedPattern"])
        try:
            matches = re.fullmatch(pattern, value)
        except re.error as error:
            raise self._refuse(f'The AllowedPattern "{pattern}" cannot be read: {error}.', "AllowedPattern") from None
        if matches is None:
            raise self._not_allowed(value, f'it must match the pattern "{pattern}"')

    def _number(self, value: Any, what: str) -> float:
        try:
            return float(text_of(value))
        except ValueError:
            raise self._refuse(f'The value "{text_of(value)}" of {what} is not a number.') from None

    def _not_allowed(self, value: str, rule: str) -> ScenarioError:
        return self._refuse(
            f'The parameter "{self._name}" cannot be "{value}": {rule}.',
            hint=text_of(self._spec.get("ConstraintDescription")) or None,
        )

    def _refuse(self, problem: str, field: str | None = None, hint: str | None = None) -> ScenarioError:
        path = ("Parameters", self._name, field) if field else ("Parameters", self._name)
        return ScenarioError(problem, where=self._template.where(path), hint=hint)
