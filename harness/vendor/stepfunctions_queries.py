"""This file decides how a state's JSONata expressions and its references to variables get their values.

Upstream: moto 5.2.5 has the grammar of JSONata and nothing that evaluates it (a stub for a library on the JVM, which
is ``None``), so that a reference to a variable fails in JSONPath states too; it would write every variable as text in
front of each expression. A field's error outside Arguments leaves no event in the history, a failing Output of a task
cannot be caught, and a Condition that is not a boolean is ``States.Runtime``.
Why that can't stay: SFN-22. What we do: evaluate with ``jsonata_engine``, variables and ``$states`` bound by name; a
variable in a JSONPath state is a JSONPath into its value, for which nothing has to be installed.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: ``jsonata.eval_jsonata_expression`` works.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.catch.catch_outcome import CatchOutcome
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.query_language import QueryLanguageMode
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata, StringVariableSample
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison import ConditionStringJSONata
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.utils import json_path

from harness.kernel.scheduler import Kernel
from harness.vendor.jsonata_engine import Chance, JsonataEngine, QueryError
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_rules import json_copy

_VARIABLE = re.compile(r"\$(\w+)(.*)", re.DOTALL)


def apply(patches: Patches, kernel: Kernel) -> None:
    """Evaluate expressions with ``kernel``'s clock and decisions."""
    decisions = kernel.decisions
    chance = Chance(
        millis=lambda: int(kernel.clock.now_us // 1000),
        draw=lambda below: decisions.bits("JSONata random", 64) % below,
        uuid=lambda: decisions.uuid("JSONata uuid"),
    )
    engine = JsonataEngine(chance)
    patches.put(StringJSONata, "_eval_body", _eval_expression(engine))
    patches.put(StringVariableSample, "_eval_body", _eval_variable(engine))
    patches.put(ConditionStringJSONata, "_eval_body", _eval_condition)
    patches.put(CommonStateField, "_eval_body", _telling_failures(CommonStateField._eval_body))
    patches.put(ExecutionState, "_eval_state_output", _output_taken(ExecutionState._eval_state_output))


def _bindings(env: Any) -> Mapping[str, Any]:
    store, states = env.variable_store, env.states._states_data
    # Where there was no error there is no ``$states.errorOutput``.
    seen = {name: value for name, value in states.items() if name != "errorOutput" or value is not None}
    return {**store._outer_scope, **store._inner_scope, "states": seen}


def _eval_expression(engine: JsonataEngine) -> Callable[[Any, Any], None]:
    def eval_expression(self: Any, env: Any) -> None:
        try:
            env.stack.append(engine.evaluate(self.expression, _bindings(env)))
        except QueryError as error:
            raise query_failure(env, str(error)) from None

    return eval_expression


def query_failure(env: Any, cause: str) -> FailureEventException:
    """The failure ``States.QueryEvaluationError`` of the state that ``env`` is in."""
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details: Any = {"evaluationFailedEventDetails": {"error": name.error_name, "cause": cause}}
    return FailureEventException(FailureEvent(env, name, HistoryEventType.EvaluationFailed, details))


def _eval_variable(engine: JsonataEngine) -> Callable[[Any, Any], None]:
    in_jsonata = _eval_expression(engine)

    def eval_variable(self: Any, env: Any) -> None:
        if self.query_language_mode == QueryLanguageMode.JSONata:
            in_jsonata(self, env)
            return
        match = _VARIABLE.fullmatch(self.expression)
        if match is None:
            raise ValueError(f"'{self.expression}' is not a reference to a variable.")
        value = env.variable_store.get(match[1])
        env.stack.append(json_copy(json_path.extract_json(f"${match[2]}", value) if match[2] else value))

    return eval_variable


def _eval_condition(self: Any, env: Any) -> None:
    self.string_jsonata.eval(env=env)
    value = env.stack[-1]
    if not isinstance(value, bool):
        expression = self.string_jsonata.expression
        raise query_failure(env, f"The JSONata expression '{expression}' of a Condition gave {value!r}, not a boolean.")


def _telling_failures(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def eval_state(self: Any, env: Any) -> None:
        try:
            original(self, env)
        except FailureEventException as error:
            if error.failure_event.event_type is HistoryEventType.EvaluationFailed:
                _tell(env, error)
            raise

    return eval_state


def _tell(env: Any, error: FailureEventException) -> None:
    told = env.event_manager._history_event_list[-1]["type"]
    # States that can retry have told it themselves.
    if told not in (HistoryEventType.EvaluationFailed, HistoryEventType.MapStateFailed):
        env.event_manager.add_event(
            context=env.event_history_context,
            event_type=HistoryEventType.EvaluationFailed,
            event_details={"evaluationFailedEventDetails": error.get_evaluation_failed_event_details()},
        )


def _output_taken(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def eval_state_output(self: Any, env: Any) -> None:
        if self._is_language_query_jsonpath() or isinstance(env.stack[-1], CatchOutcome):
            original(self, env)
        else:
            # What Output gives was found where its failure can be caught.
            env.states.reset(input_value=env.stack.pop())

    return eval_state_output
