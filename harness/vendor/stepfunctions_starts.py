"""This file decides which execution a start begins, if any: names, inputs, idempotency, ARNs.

Upstream: moto 5.2.5 takes any execution name and any size of input, calls an unnamed execution ``None`` (so that the
second one "already exists"), copies the state machine deeply for each, and treats an Express machine as a Standard one.
Why that can't stay: SFN-02, SFN-05, SFN-06, SFN-24.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: the contract test says moto agrees.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from moto.stepfunctions.exceptions import (
    ExecutionAlreadyExists,
    InvalidExecutionInput,
    InvalidName,
    ValidationException,
)
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_executions import utc_now
from harness.vendor.stepfunctions_logs import log_of
from harness.vendor.stepfunctions_rules import MAX_DATA_BYTES, NAME_KEPT_S, name_is_valid, text_bytes


def apply(patches: Patches, kernel: Kernel) -> None:
    """Start as AWS does."""

    def start_execution(
        self: Any,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: str | None = None,
    ) -> Execution:
        if name is not None and not name_is_valid(name):
            raise InvalidName(f"Invalid Name: '{name}'")
        machine = self.describe_state_machine(state_machine_arn)
        text = _checked_input(execution_input)
        name = name or kernel.decisions.uuid("execution name")
        begin = _start_express if is_express(machine) else _start_standard
        return begin(self, kernel, machine, name, text, trace_header)

    patches.put(StepFunctionsParserBackend, "start_execution", start_execution)


def is_express(machine: Any) -> bool:
    """Whether the state machine is an Express one."""
    return bool(machine.type == "EXPRESS")


def express_executions(machine: Any) -> list[Execution]:
    """The executions of an Express machine, the first one first; no API of AWS's lists them."""
    return vars(machine).setdefault("express_executions", [])  # type: ignore[no-any-return]


def _start_express(
    backend: Any, kernel: Kernel, machine: Any, name: str, text: str, trace_header: str | None
) -> Execution:
    # SFN-24: the last part makes each one another, whatever its name; so nothing exists already.
    place = f"express:{machine.name}:{name}:{kernel.decisions.uuid('express execution')}"
    execution = _new_execution(backend, machine, name, text, trace_header, place)
    express_executions(machine).append(execution)
    execution.start()
    return execution


def _start_standard(
    backend: Any, kernel: Kernel, machine: Any, name: str, text: str, trace_header: str | None
) -> Execution:
    by_name: dict[str, Execution] = vars(machine).setdefault("executions_by_name", {})
    existing = by_name.get(name)
    if existing is not None and not _forgotten(existing):
        # SFN-06
        if existing.status == "RUNNING" and existing.execution_input == text:
            return existing
        raise ExecutionAlreadyExists(f"Execution Already Exists: '{existing.execution_arn}'")
    if existing is not None:
        machine.executions.remove(existing)
    execution = _new_execution(backend, machine, name, text, trace_header, f"execution:{machine.name}:{name}")
    # In front: moto sorts by the start, and of one moment the latest comes first too.
    machine.executions.insert(0, execution)
    by_name[name] = execution
    execution.start()
    return execution


def _checked_input(text: str | None) -> str:
    text = "{}" if text is None else text
    # SFN-02: refused by the API, before there is an execution.
    if text_bytes(text) > MAX_DATA_BYTES:
        raise ValidationException(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_DATA_BYTES}"
        )
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from None
    return text


def _forgotten(execution: Execution) -> bool:
    stopped = execution.stop_date
    return stopped is not None and (utc_now() - stopped).total_seconds() >= NAME_KEPT_S


def _new_execution(backend: Any, machine: Any, name: str, text: str, trace_header: str | None, place: str) -> Execution:
    # A flat copy is enough for a snapshot: an update replaces the machine's attributes, it does not change them.
    snapshot = copy.copy(machine)
    # moto leaves this at STANDARD for all.
    snapshot.sm_type = machine.type
    region, account = backend.region_name, backend.account_id
    arn = f"arn:{backend.partition}:states:{region}:{account}:{place}"
    return Execution(
        name=name,
        sm_type=snapshot.sm_type,
        role_arn=snapshot.roleArn,
        exec_arn=arn,
        account_id=account,
        region_name=region,
        state_machine=snapshot,
        start_date=utc_now(),
        cloud_watch_logging_session=log_of(snapshot, arn),
        input_data=text,
        trace_header=trace_header,
        activity_store={},
    )
