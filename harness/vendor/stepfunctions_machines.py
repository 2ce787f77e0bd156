"""This file decides which state machines can be created or updated, and when creating one again is the same one.

Upstream: moto 5.2.5 takes any definition its grammar can read, with transitions to nowhere, and gives an existing
machine back whatever is different about the new one, without changing it.
Why that can't stay: SFN-07 (another definition under the same name is refused) and SFN-08.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: the contract test says moto agrees.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.api import InvalidDefinition, StateMachineAlreadyExists
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from harness.vendor import jsonata_engine, stepfunctions_logs
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_definitions import express_faults, faults, jsonata_expressions, uses_jsonata
from harness.vendor.stepfunctions_starts import is_express


def apply(patches: Patches) -> None:
    """Refuse what AWS refuses."""
    validate = StepFunctionsParserBackend._validate_definition
    patches.put(StepFunctionsParserBackend, "_validate_definition", staticmethod(_validating(validate)))
    create = StepFunctionsParserBackend.create_state_machine
    patches.put(StepFunctionsParserBackend, "create_state_machine", _once(create))
    update = StepFunctionsParserBackend.update_state_machine
    patches.put(StepFunctionsParserBackend, "update_state_machine", _updating(update))


def _validating(original: Callable[[str], None]) -> Callable[[str], None]:
    def validate(definition: str) -> None:
        original(definition)
        program = json.loads(definition)
        for problem, where in faults(program):
            # SFN-08
            raise _invalid("MISSING_TRANSITION_TARGET", problem, where)
        for expression, where in jsonata_expressions(program) if uses_jsonata(program) else ():
            try:
                jsonata_engine.parsed(expression)
            except jsonata_engine.QueryError as error:
                # SFN-22
                problem = f"The JSONata expression '{expression}' cannot be read: {error}"
                raise _invalid("SCHEMA_VALIDATION_FAILED", problem, where) from None

    return validate


def _invalid(kind: str, problem: str, where: str) -> InvalidDefinition:
    return InvalidDefinition(f"Invalid State Machine Definition: '{kind}: {problem} at {where}'")


def _once(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(self: Any, name: str, definition: str, roleArn: str, **more: Any) -> Any:  # noqa: N803 - moto's name
        if more.get("sm_type") == "EXPRESS":
            _check_express(definition)
        stepfunctions_logs.check(name, more.get("loggingConfiguration"))
        machine = original(self, name=name, definition=definition, roleArn=roleArn, **more)
        # SFN-07: role and tags may differ; they stay as they were.
        wanted = (
            definition,
            more.get("sm_type") or "STANDARD",
            more.get("loggingConfiguration") or {"level": "OFF"},
            more.get("tracingConfiguration") or {"enabled": False},
            more.get("encryptionConfiguration") or {"type": "AWS_OWNED_KEY"},
        )
        standing = (
            machine.definition,
            machine.type,
            machine.loggingConfiguration,
            machine.tracingConfiguration,
            machine.encryptionConfiguration,
        )
        if wanted != standing:
            raise StateMachineAlreadyExists(f"State Machine Already Exists: '{machine.arn}'")
        return machine

    return create


def _updating(original: Callable[..., Any]) -> Callable[..., Any]:
    def update(self: Any, arn: str, definition: str | None = None, role_arn: str | None = None, **more: Any) -> Any:
        if definition is not None and is_express(self.describe_state_machine(arn)):
            _check_express(definition)
        stepfunctions_logs.check(arn, more.get("logging_configuration"))
        return original(self, arn, definition, role_arn, **more)

    return update


def _check_express(definition: str) -> None:
    try:
        program = json.loads(definition)
    except ValueError:
        # What cannot be read is refused as such.
        return
    for problem, where in express_faults(program):
        raise _invalid("SCHEMA_VALIDATION_FAILED", problem, where)
