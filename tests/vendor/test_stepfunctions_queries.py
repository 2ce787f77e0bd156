from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata, StringVariableSample
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison import ConditionStringJSONata
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.jsonata import jsonata

from harness.vendor import jsonata_engine
from tests.vendor.stepfunctions_stage import Stage, fails, one, refusal, task

SUM = "{% $sum($states.input.items.price) %}"
CATCH = [{"ErrorEquals": ["States.QueryEvaluationError"], "Output": "{% $states.errorOutput %}", "Next": "S"}]


def machine(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", **one(state, **more)}


def output(definition: dict[str, Any], value: Any = None, functions: dict[str, Any] | None = None) -> Any:
    ended = Stage(functions).execute(definition, value)
    assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
    return json.loads(ended["output"])


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (StringJSONata, "_eval_body"),
        (StringVariableSample, "_eval_body"),
        (ConditionStringJSONata, "_eval_body"),
        (CommonStateField, "_eval_body"),
        (ExecutionState, "_eval_state_output"),
    ],
)
def test_what_is_replaced_is_there_with_this_signature(owner: Any, name: str) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == ["self", "env"]


def test_upstream_there_is_nothing_that_evaluates() -> None:
    with pytest.raises(TypeError, match="not callable"):
        jsonata.eval_jsonata_expression("1")


def test_sfn_22_output_of_a_pass() -> None:
    got = output(machine({"Type": "Pass", "Output": {"sum": SUM, "fixed": 1}}), {"items": [{"price": 2}, {"price": 3}]})
    assert got == {"sum": 5, "fixed": 1}


def test_sfn_22_arguments_and_output_of_a_task() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "f", "Payload": {"total": SUM}},
        "Output": {"was": "{% $states.input.items[0].price %}", "is": "{% $states.result.Payload.doubled %}"},
    }
    got = output(machine(state), {"items": [{"price": 4}]}, {"f": lambda event: {"doubled": event["total"] * 2}})
    assert got == {"was": 4, "is": 8}


def test_sfn_22_a_condition_chooses_and_must_be_a_boolean() -> None:
    def chosen(condition: Any) -> dict[str, Any]:
        choice = {
            "Type": "Choice",
            "Choices": [{"Condition": condition, "Next": "B", "Output": "{% 'matched ' & $states.input.x %}"}],
            "Default": "C",
        }
        return Stage().execute(
            machine(choice, B={"Type": "Pass", "End": True}, C={"Type": "Pass", "Output": "no", "End": True}),
            {"x": 1},
        )

    assert chosen("{% $states.input.x = 1 %}")["output"] == '"matched 1"'
    assert chosen("{% $states.input.x > 1 %}")["output"] == '"no"'
    assert chosen("{% $states.input.x %}")["error"] == "States.QueryEvaluationError"


def test_sfn_22_items_of_a_map_and_what_its_iterations_see() -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Output": "{% $states.input.v & $tail %}", "End": True}}}
    state = {
        "Type": "Map",
        "Items": "{% $states.input.items[$ > 1] %}",
        "ItemSelector": {"v": "{% $string($states.context.Map.Item.Value) %}"},
        "ItemProcessor": inner,
        "Output": {"all": "{% $states.result %}"},
    }
    first = {"Type": "Pass", "Assign": {"tail": "!"}, "Next": "M"}
    got = output(machine(first, M={**state, "End": True}), {"items": [1, 2, 3]})
    assert got == {"all": ["2!", "3!"]}


def test_sfn_22_wait_and_fail_take_expressions() -> None:
    fail = {"Type": "Fail", "Error": "{% 'E' & $states.input.n %}", "Cause": "{% 'because' %}"}
    stage = Stage()
    ended = stage.execute(
        machine({"Type": "Wait", "Seconds": "{% $states.input.n * 2 %}", "Next": "F"}, F=fail), {"n": 7}
    )
    assert (stage.now, ended["error"], ended["cause"]) == (14, "E7", "because")


def test_sfn_22_an_expression_that_gives_nothing_fails_the_state_with_a_place() -> None:
    ended = Stage().execute(machine({"Type": "Pass", "Output": "{% $states.input.nothing %}"}))
    assert ended["error"] == "States.QueryEvaluationError"
    assert ended["cause"] == (
        "An error occurred while executing the state 'A' (entered at the event id #2). "
        "The JSONata expression '$states.input.nothing' returned nothing (undefined)."
    )
    assert [e["type"] for e in ended["history"]][1:] == ["PassStateEntered", "EvaluationFailed", "ExecutionFailed"]


@pytest.mark.parametrize("field", ["Arguments", "Output", "Assign"])
def test_sfn_22_what_fails_in_a_task_can_be_caught(field: str) -> None:
    bad = {field: {"x": "{% $states.input.nothing %}"}}
    state = {**task(), **bad, "Catch": CATCH, "End": True}
    ended = Stage({"f": lambda _: 1}).execute(machine(state, S={"Type": "Pass", "End": True}))
    assert json.loads(ended["output"])["Error"] == "States.QueryEvaluationError"
    assert [e["type"] for e in ended["history"]].count("EvaluationFailed") == 1


def test_sfn_22_a_function_s_error_is_the_error_output() -> None:
    catch = [
        {"ErrorEquals": ["Boom"], "Output": "{% $states.errorOutput.Error & '/' & $states.input.a %}", "Next": "S"}
    ]
    state = {**task(), "Catch": catch, "End": True}
    got = output(machine(state, S={"Type": "Succeed"}), {"a": "b"}, {"f": fails("Boom")})
    assert got == "Boom/b"


def test_sfn_22_an_expression_that_cannot_be_read_is_refused_when_the_machine_is_created() -> None:
    bad = machine({"Type": "Pass", "Output": {"x": ["{% 1 + %}"]}})
    code, message = Stage().run(lambda stage: refusal(lambda: stage.machine(bad)))
    assert code == "InvalidDefinition"
    assert message.endswith("at /States/A/Output/x[0]'")


def test_sfn_22_time_is_virtual_and_chance_is_the_run_s() -> None:
    value = "{% [$now(), $millis(), $uuid(), $random(), $shuffle([1..9])] %}"
    definition = machine({"Type": "Wait", "Seconds": 60, "Next": "P"}, P={"Type": "Pass", "Output": value, "End": True})
    first = output(definition)
    assert first[:2] == ["2030-01-15T09:01:00.000Z", 1894698060000]
    assert first == output(definition)


def test_a_machine_in_jsonpath_does_not_load_the_library() -> None:
    def refuse() -> Any:
        raise AssertionError("loaded")

    original = jsonata_engine._library
    jsonata_engine._library = refuse  # type: ignore[assignment]
    try:
        state = {"Type": "Pass", "Assign": {"x.$": "$.a"}, "Next": "B"}
        choice = {"Type": "Choice", "Choices": [{"Variable": "$x[1].y", "NumericEquals": 2, "Next": "C"}]}
        last = {"Type": "Pass", "Parameters": {"got.$": "$x[1].y", "text.$": "States.Format('{}', $x[0])"}, "End": True}
        assert output(one(state, B=choice, C=last), {"a": [1, {"y": 2}]}) == {"got": 2, "text": "1"}
    finally:
        jsonata_engine._library = original


def test_states_of_both_languages_in_one_machine() -> None:
    first = {"Type": "Pass", "Parameters": {"n.$": "$.a"}, "Next": "B"}
    second = {"QueryLanguage": "JSONata", "Type": "Pass", "Output": "{% $states.input.n + 1 %}", "End": True}
    assert output(one(first, B=second), {"a": 1}) == 2
