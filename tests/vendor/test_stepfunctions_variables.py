from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore

from harness.vendor import stepfunctions_variables
from tests.vendor.stepfunctions_stage import Stage, one, task
from tests.vendor.test_stepfunctions_queries import machine, output


def test_what_is_replaced_is_there_with_this_signature() -> None:
    assert list(inspect.signature(AssignDecl._eval_body).parameters) == ["self", "env"]
    assert list(inspect.signature(VariableStore.get_assigned_variables).parameters) == ["self"]


def test_upstream_a_variable_is_seen_at_once_and_a_quote_is_not_escaped() -> None:
    store = VariableStore()
    store.set("x", 'a "quote"')
    assert store.get("x") == 'a "quote"'
    assert store.get_assigned_variables() == {"x": '"a "quote""'}


def test_sfn_22_a_state_sees_the_values_with_which_it_was_entered() -> None:
    first = {"Type": "Pass", "Assign": {"x": 1, "y": 10}, "Next": "B"}
    second = {
        "Type": "Pass",
        "Assign": {"x": "{% $x + 1 %}", "y": "{% $x + $y %}"},
        "Output": "{% [$x, $y] %}",
        "Next": "C",
    }
    third = {"Type": "Pass", "Output": {"before": "{% $states.input %}", "now": "{% [$x, $y] %}"}, "End": True}
    assert output(machine(first, B=second, C=third)) == {"before": [1, 10], "now": [2, 11]}


def test_sfn_22_a_task_assigns_from_its_result_and_the_history_tells() -> None:
    state = {**task(), "Assign": {"said": "{% $states.result.said %}", "n": 1}, "Output": "{% 'out' %}", "Next": "B"}
    last = {"Type": "Pass", "Output": "{% $states.input & ' ' & $said %}", "End": True}
    ended = Stage({"f": lambda _: {"said": 'a "word"'}}).execute(machine(state, B=last))
    assert ended["output"] == json.dumps('out a "word"')
    (left,) = [e for e in ended["history"] if e["type"] == "TaskStateExited"]
    assert left["stateExitedEventDetails"]["assignedVariables"] == {"said": '"a \\"word\\""', "n": "1"}


def test_sfn_22_a_catcher_assigns_and_what_the_failed_attempt_assigned_is_not_kept() -> None:
    state = {
        **task(),
        "Assign": {"x": "of the task"},
        "Output": "{% $states.result.nothing %}",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"y": "{% $states.errorOutput.Error %}"}, "Next": "B"}],
        "Next": "B",
    }
    first = {"Type": "Pass", "Assign": {"x": "before"}, "Next": "T"}
    last = {"Type": "Pass", "Output": "{% [$x, $y] %}", "End": True}
    got = output(machine(first, T=state, B=last), functions={"f": lambda _: {}})
    assert got == ["before", "States.QueryEvaluationError"]


def test_sfn_22_a_branch_sees_outer_variables_and_its_own_end_with_it() -> None:
    branch = {
        "StartAt": "I",
        "States": {
            "I": {"Type": "Pass", "Assign": {"own": "{% $x & '+' %}"}, "Next": "J"},
            "J": {"Type": "Pass", "Output": "{% $own %}", "End": True},
        },
    }
    first = {"Type": "Pass", "Assign": {"x": "x"}, "Next": "P"}
    parallel = {"Type": "Parallel", "Branches": [branch], "Next": "Z"}
    last = {"Type": "Pass", "Output": "{% [$states.input, $exists($own)] %}", "End": True}
    # JSONata puts the items of a list into a list, not the list itself.
    assert output(machine(first, P=parallel, Z=last)) == ["x+", False]


def test_sfn_22_a_branch_cannot_assign_an_outer_variable() -> None:
    branch = one({"Type": "Pass", "Assign": {"x": 2}})
    first = {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"}
    ended = Stage().execute(machine(first, P={"Type": "Parallel", "Branches": [branch], "End": True}))
    assert ended["status"] == "FAILED"


@pytest.mark.parametrize(("length", "status"), [(262_142, "SUCCEEDED"), (262_143, "FAILED")])
def test_sfn_22_an_assign_takes_262144_bytes(length: int, status: str) -> None:
    value: dict[str, Any] = {"Type": "Pass", "Assign": {"x": f"{{% $pad('', {length}, 'x') %}}"}}
    ended = Stage().execute(machine(value))
    assert ended["status"] == status
    assert ended.get("error") == (None if status == "SUCCEEDED" else "States.DataLimitExceeded")


def test_sfn_22_all_variables_together_take_ten_mebibytes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stepfunctions_variables.MAX_VARIABLES_BYTES == 10 * 1024 * 1024
    monkeypatch.setattr(stepfunctions_variables, "MAX_VARIABLES_BYTES", 10)
    first = {"Type": "Pass", "Assign": {"x": 12345}, "Next": "B"}
    for number, status in ((12345, "SUCCEEDED"), (123456, "FAILED")):
        ended = Stage().execute(machine(first, B={"Type": "Pass", "Assign": {"y": number}, "End": True}))
        assert ended["status"] == status
