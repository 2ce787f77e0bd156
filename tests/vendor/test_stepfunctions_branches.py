from __future__ import annotations

import json
from typing import Any

import pytest

from tests.vendor.stepfunctions_stage import Stage, fails, one, task


def wait(seconds: float, then: str = "f") -> dict[str, Any]:
    return one({"Type": "Wait", "Seconds": seconds, "Next": "B"}, B=task(then, End=True))


def parallel(*branches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches), **more}


def mapped(processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    config = {"ProcessorConfig": {"Mode": "INLINE"}}
    return {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": {**config, **processor}, **more}


def test_sfn_20_branches_run_beside_each_other_and_answer_in_their_order() -> None:
    stage = Stage({"f": lambda _: "f", "g": lambda _: "g"})
    ended = stage.execute(one(parallel(wait(20), wait(10, "g"))))
    assert ended["output"] == '["f","g"]'
    assert [(call[0], call[1]) for call in stage.calls] == [(10, "g"), (20, "f")]


def test_sfn_20_a_branch_that_fails_ends_the_others_before_they_act() -> None:
    stage = Stage({"f": fails("Boom"), "g": lambda _: "g"})
    ended = stage.execute(one(parallel(wait(10), wait(20, "g"))))
    assert (ended["status"], ended["error"]) == ("FAILED", "Boom")
    assert [call[1] for call in stage.calls] == ["f"]
    assert stage.now == 10


@pytest.mark.parametrize(
    ("branch", "error"),
    [(one({"Type": "Fail", "Error": "Boom", "Cause": ""}), "Boom"), (one(task(TimeoutSeconds=2)), "States.Timeout")],
)
def test_sfn_20_a_branch_s_error_can_be_caught_whoever_named_it(branch: dict[str, Any], error: str) -> None:
    stage = Stage()
    stage.functions["f"] = lambda _: stage.kernel.sleep(100)
    state = parallel(branch, wait(5), Catch=[{"ErrorEquals": [error], "Next": "S"}], Next="S")
    ended = stage.execute(one(state, S={"Type": "Succeed"}))
    assert json.loads(ended["output"]) == {"Error": error, "Cause": ""}


def test_sfn_20_a_parallel_is_retried_as_a_whole() -> None:
    answers = iter(["fail", "ok"])
    stage = Stage({"f": lambda _: fails("E")(None) if next(answers) == "fail" else 1, "g": lambda _: 2})
    retry = [{"ErrorEquals": ["E"], "IntervalSeconds": 7}]
    ended = stage.execute(one(parallel(wait(1), wait(1, "g"), Retry=retry)))
    assert ended["output"] == "[1,2]"
    assert stage.now == 9


def test_sfn_19_an_inline_map_runs_at_most_40_iterations_at_once() -> None:
    stage = Stage({"f": lambda item: item})
    ended = stage.execute(one(mapped(wait(10))), {"items": list(range(100))})
    assert json.loads(ended["output"]) == list(range(100))
    assert stage.now == 30


def test_sfn_19_max_concurrency_1_takes_a_thousand_items_one_after_another() -> None:
    stage = Stage({"f": lambda item: item})
    ended = stage.execute(one(mapped(wait(1), MaxConcurrency=1)), {"items": list(range(1000))})
    assert json.loads(ended["output"]) == list(range(1000))
    assert stage.now == 1000


def test_sfn_19_a_failing_iteration_ends_the_others() -> None:
    stage = Stage({"f": lambda item: fails("Boom")(None) if item == 1 else item})
    step = one({"Type": "Wait", "SecondsPath": "$", "Next": "B"}, B=task(End=True))
    ended = stage.execute(one(mapped(step)), {"items": [5, 1, 9]})
    assert ended["error"] == "Boom"
    assert [call[2] for call in stage.calls] == [1]
    assert stage.now == 1


def test_a_map_over_nothing_gives_nothing() -> None:
    assert Stage().execute(one(mapped(wait(1))), {"items": []})["output"] == "[]"
