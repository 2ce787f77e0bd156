"""This file decides when a variable that a state assigns can be seen, how large it may be, and how the history has it.

Upstream: moto 5.2.5 lets an assigned variable be seen at once, by the same state's Output too, knows no sizes, and
tells the history of a state's variables in no certain order and with quotes unescaped.
Why that can't stay: SFN-22. All of a state's expressions see the values with which it was entered, and the run must
be the same each time. What we do: keep what is assigned until the state is left.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: the contract test says moto agrees.
"""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.eval.variable_store import IllegalOuterScopeWrite, VariableStore

from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_errors import failure
from harness.vendor.stepfunctions_rules import MAX_ASSIGNED_BYTES, MAX_VARIABLES_BYTES, json_text, text_bytes


def apply(patches: Patches) -> None:
    """Hold assigned variables back until their state is left."""
    patches.put(AssignDecl, "_eval_body", _assign)
    patches.put(VariableStore, "get_assigned_variables", _commit)


def _assign(self: Any, env: Any) -> None:
    assigned: dict[str, Any] = {}
    for declaration in self.declaration_bindings:
        declaration.eval(env=env)
        assigned.update(env.stack.pop())
    store = env.variable_store
    for name, value in assigned.items():
        if name in store._outer_scope:
            raise IllegalOuterScopeWrite(name, value)
    _check_sizes(env, store, assigned)
    store.assigned = assigned


def _check_sizes(env: Any, store: Any, assigned: dict[str, Any]) -> None:
    new = _size(assigned)
    if new > MAX_ASSIGNED_BYTES:
        raise _too_much(env, f"The variables assigned by the state have {new:,} bytes", MAX_ASSIGNED_BYTES)
    kept = {**store._outer_scope, **store._inner_scope, **assigned}
    if _size(kept) > MAX_VARIABLES_BYTES:
        raise _too_much(env, f"The variables of the execution have {_size(kept):,} bytes", MAX_VARIABLES_BYTES)


def _size(variables: dict[str, Any]) -> int:
    return sum(text_bytes(json_text(value)) for value in variables.values())


def _too_much(env: Any, what: str, limit: int) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesStatesDataLimitExceeded)
    details = {"error": name.error_name, "cause": f"{what}, which is more than the {limit:,} that there is room for."}
    return FailureEventException(failure(env, name, HistoryEventType.ExecutionFailed, details))


def _commit(self: Any) -> dict[str, str]:
    # Asked once, as the state is left.
    assigned: dict[str, Any] = vars(self).pop("assigned", {})
    self._inner_scope.update(assigned)
    return {name: json_text(value) for name, value in assigned.items()}
