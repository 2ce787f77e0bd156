"""This file decides what value each parameter of a template has, and refuses values AWS would refuse.

A value is a text, or a list of texts for a list type, as ``Ref`` sees it. A parameter of type
``AWS::SSM::Parameter::Value<...>`` is given a name, and its value is what Parameter Store holds under it. Rule: the
value of a parameter with ``NoEcho`` never stands in a text of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import ScenarioError, did_you_mean
from harness.world.template import Template
from harness.world.values import PENDING, holds_pending, text_of

__all__ = ["Stored", "parameter_values", "text_of"]

Stored = Callable[[str], tuple[str, str] | None]
"""What Parameter Store holds under a name: its type and value; None if there is nothing."""

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
_PLAIN_TYPES = ("String", "Number", "List<Number>", "CommaDelimitedList")
_STORED_NAME = "AWS::SSM::Parameter::Name"
_STORED_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(?P<of>.+)>")


def parameter_values(
    template: Template, given: Mapping[str, Any] | None, stored: Stored | None = None
) -> dict[str, Any]:
    """The value of every parameter: the given one, else its default; PENDING if the given one is.

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
    return {name: _Parameter(template, name, spec, stored).value(given or {}) for name, spec in declared.items()}


class _Parameter:
    def __init__(self, template: Template, name: str, spec: Any, stored: Stored | None) -> None:
        self._template = template
        self._name = name
        self._stored = stored
        if not isinstance(spec, dict):
            raise self._refuse(f'The parameter "{name}" must be a mapping with a Type.')
        for field in spec:
            if field not in _FIELDS:
                raise self._refuse(f'The parameter "{name}" has no "{field}".', field, did_you_mean(field, _FIELDS))
        self._spec = spec
        self._hidden = text_of(spec.get("NoEcho")) == "true"
        self._type, self._of_stored = self._read_type()

    def _read_type(self) -> tuple[str, str]:
        """The type, and for a name in Parameter Store the type of what is held there."""
        found = self._spec.get("Type")
        if not isinstance(found, str):
            raise self._refuse(f'The parameter "{self._name}" has no Type.', "Type", "Most often it is String.")
        stored = _STORED_VALUE.fullmatch(found)
        of = stored["of"] if stored else ""
        plain = (*_PLAIN_TYPES[2:], "String", "List<String>") if stored else _PLAIN_TYPES
        shown = of or found
        if shown not in plain and not shown.startswith(("AWS::", "List<AWS::")):
            known = [f"AWS::SSM::Parameter::Value<{p}>" for p in plain] if stored else _PLAIN_TYPES
            raise self._refuse(
                f'The parameter "{self._name}" is of type "{found}", which does not exist.',
                "Type",
                did_you_mean(found, known),
            )
        return ("String" if stored else found), of

    def value(self, given: Mapping[str, Any]) -> Any:
        raw = given.get(self._name, self._spec.get("Default"))
        if raw is None:
            raise self._refuse(
                f"Parameters: [{self._name}] must have values",
                hint=f'Give it a Default here, or a value in the scenario: "parameters: {{{self._name}: ...}}".',
            )
        if holds_pending(raw):
            return PENDING
        items = raw if isinstance(raw, list) else [raw]
        if any(isinstance(item, list | dict) for item in items):
            raise self._refuse(f'The value of the parameter "{self._name}" must be a text or a list of texts.')
        text = ",".join(text_of(item) for item in items)
        if _is_list(self._type):
            parts = _parts(text)
            for part in parts:
                self._check(part)
            return parts
        self._check(text)
        if self._of_stored or self._type == _STORED_NAME:
            return self._held(text)
        return text

    def _held(self, name: str) -> str | list[str]:
        held = self._stored(name) if self._stored else None
        if held is None:
            raise self._refuse(
                f"Unable to fetch parameters [{name}] from parameter store for this account.",
                hint=f'Say in the scenario what it holds: "account: {{ssm: {{{name}: ...}}}}".',
            )
        kind, value = held
        if kind == "SecureString" and self._of_stored:
            raise self._refuse(
                f"Parameters [{name}] referenced by template have types not supported by CloudFormation.",
                hint="It is a SecureString. The function can read it when it runs.",
            )
        if not self._of_stored:
            return name
        return _parts(value) if _is_list(self._of_stored) else value

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
            raise self._refuse(f'The value "{self._shown(text_of(value))}" of {what} is not a number.') from None

    def _not_allowed(self, value: str, rule: str) -> ScenarioError:
        return self._refuse(
            f'The parameter "{self._name}" cannot be "{self._shown(value)}": {rule}.',
            hint=text_of(self._spec.get("ConstraintDescription")) or None,
        )

    def _shown(self, value: str) -> str:
        return "****" if self._hidden else value

    def _refuse(self, problem: str, field: str | None = None, hint: str | None = None) -> ScenarioError:
        path = ("Parameters", self._name, field) if field else ("Parameters", self._name)
        return ScenarioError(problem, where=self._template.where(path), hint=hint)


def _is_list(kind: str) -> bool:
    return kind.startswith("List<") or kind == "CommaDelimitedList"


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []
