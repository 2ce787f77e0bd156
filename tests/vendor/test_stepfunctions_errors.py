from __future__ import annotations

from tests.vendor.stepfunctions_stage import Stage, fails, invoke, one, task

RESCUE = {"Type": "Pass", "Result": "rescued", "End": True}


def catch(*errors: str) -> list[dict[str, object]]:
    return [{"ErrorEquals": list(errors), "Next": "Rescue"}]


def test_sfn_03_a_path_that_finds_nothing_fails_the_execution_in_spite_of_catch_all() -> None:
    state = invoke(Parameters={"FunctionName": "f", "Payload.$": "$.missing"}, Catch=catch("States.ALL"))
    ended = Stage({"f": lambda _: 1}).execute(one(state, Rescue=RESCUE))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert "$.missing" in ended["cause"]


def test_sfn_03_also_for_a_function_named_by_its_arn() -> None:
    state = task(Parameters={"x.$": "$.missing"}, Catch=catch("States.ALL"))
    ended = Stage({"f": lambda _: 1}).execute(one(state, Rescue=RESCUE))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


def test_sfn_02_a_result_of_262144_bytes_passes_and_one_more_exceeds_the_limit() -> None:
    def run(size: int) -> dict[str, object]:
        return Stage({"f": lambda _: "x" * (size - 2)}).execute(one(task()))

    assert run(262_144)["status"] == "SUCCEEDED"
    over = run(262_145)
    assert (over["status"], over["error"]) == ("FAILED", "States.DataLimitExceeded")
    assert over["cause"] == (
        "The state/task 'arn:aws:lambda:us-east-1:123456789012:function:f' returned a result "
        "with a size exceeding the maximum number of bytes service limit."
    )


def test_sfn_03_catch_all_does_not_catch_a_result_that_is_too_large_but_its_name_does() -> None:
    def run(*errors: str) -> dict[str, object]:
        stage = Stage({"f": lambda _: "x" * 300_000})
        return stage.execute(one(task(Catch=catch(*errors)), Rescue=RESCUE))

    assert run("States.ALL")["error"] == "States.DataLimitExceeded"
    assert run("States.DataLimitExceeded")["output"] == '"rescued"'


def test_sfn_02_a_state_whose_output_grows_too_large_fails_the_execution() -> None:
    state = task(ResultPath="$.more")
    ended = Stage({"f": lambda _: "x" * 200_000}).execute(one(state), {"there": "y" * 100_000})
    assert ended["error"] == "States.DataLimitExceeded"


def test_sfn_28_a_choice_without_a_match_fails_with_no_choice_matched() -> None:
    state = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "Rescue"}]}
    ended = Stage().execute(one(state, Rescue=RESCUE), {"n": 2})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.NoChoiceMatched")


def test_sfn_11_a_caught_error_replaces_the_input() -> None:
    ended = Stage({"f": fails("KeyError", "x")}).execute(
        one(task(Catch=catch("KeyError")), Rescue={"Type": "Pass", "End": True})
    )
    assert (
        ended["output"]
        == '{"Error":"KeyError","Cause":"{\\"errorMessage\\": \\"x\\", \\"errorType\\": \\"KeyError\\"}"}'
    )
