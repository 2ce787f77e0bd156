from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from harness.act.stage import STATE_MACHINE, Stage
from harness.expect.executions import _branches, _in_order_of_branches, look_at_executions
from harness.scenario.model import ExecutionCheck
from harness.world.stack import Resource, Stack
from tests.act.stages import FLOW, on_stage


class FakeFlow:
    """Step Functions' answers about executions that ended as given; nothing of ours stands behind this API yet."""

    def __init__(self, executions: list[dict[str, Any]]) -> None:
        self._executions = executions

    def get_paginator(self, name: str) -> Any:
        answers = {"list_executions": self._list, "get_execution_history": self._history}
        return type("Pages", (), {"paginate": staticmethod(answers[name])})

    def _list(self, stateMachineArn: str, maxResults: int) -> Any:  # noqa: N803
        assert maxResults <= 1000  # AWS gives no more
        start = datetime(2030, 1, 1, tzinfo=UTC)
        for i, e in reversed(list(enumerate(self._executions))):
            took = {} if e["status"] == "RUNNING" else {"stopDate": start + timedelta(seconds=e.get("took_s", 0))}
            yield {"executions": [{"executionArn": str(i), "status": e["status"], "startDate": start, **took}]}

    def _history(self, executionArn: str) -> Any:  # noqa: N803
        path = self._executions[int(executionArn)].get("path", [])
        yield {"events": [{}, *({"stateEnteredEventDetails": {"name": name}} for name in path)]}

    def describe_execution(self, executionArn: str) -> Any:  # noqa: N803
        return self._executions[int(executionArn)]

    def describe_state_machine(self, stateMachineArn: str) -> Any:  # noqa: N803
        return {"definition": json.dumps(FLOW)}


OK = {"status": "SUCCEEDED", "output": '{"n": 1}', "took_s": 30, "path": ["Parse", "Both", "B1", "A1", "A2", "Done"]}
BAD = {"status": "FAILED", "error": "ValidationFailed", "cause": "no column price"}


def problems(executions: list[dict[str, Any]], **wish: Any) -> list[str]:
    check = ExecutionCheck.model_validate({"state_machine": "Flow", **wish})

    def main(stage: Stage) -> list[str]:
        stage.stack = Stack("app", "r", "a", {"Flow": Resource("Flow", STATE_MACHINE, "arn")})
        stage.client = lambda service: FakeFlow(executions)
        return look_at_executions(stage, check).problems

    return on_stage(main)


@pytest.mark.parametrize(
    "wish",
    [
        {"status": "SUCCEEDED", "count": 1},
        {"count": 2},
        {"output": {"n": 1}},
        {"error": "ValidationFailed", "cause": {"contains": "price"}},
        {"took": "30s"},
        {"path": ["Parse", "Both", "A1", "A2", "B1", "Done"]},
        {"status": "ABORTED", "count": 0},
    ],
)
def test_executions_that_fit_are_counted(wish: dict[str, Any]) -> None:
    assert problems([OK, BAD], **wish) == []


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        ({"status": "FAILED"}, "it is SUCCEEDED"),
        ({"output": {"n": 2}}, "its output: `n`: it is 1 and should be 2"),
        ({"took": {"at_most": "1s"}}, "the time it took: it is 30s and should be at most 1s"),
        ({"error": {"exists": True}}, "its error: there is no value and it should exist"),
        ({"path": ["Parse", "Both", "A2", "A1", "B1", "Done"]}, "its path was Parse > Both > B1 > A1 > A2 > Done"),
    ],
)
def test_the_only_execution_says_why_it_does_not_fit(wish: dict[str, Any], problem: str) -> None:
    assert problems([OK], **wish) == [f"the only one does not fit: {problem}"]


def test_of_several_executions_the_reasons_are_told_once() -> None:
    assert problems([OK, BAD, BAD], status="SUCCEEDED", count=3) == [
        "1 of 3 executions fit; of the others: it is FAILED"
    ]
    assert problems([]) == ["none was started"]
    assert problems([{"status": "RUNNING"}], took="1s") == ["the only one does not fit: it has not ended"]
    assert problems([{"status": "RUNNING"}], output={"n": 1}) == [
        "the only one does not fit: it is RUNNING and has no output"
    ]


def test_branches_of_a_parallel_inside_a_branch_may_interleave_too() -> None:
    inner = {"Type": "Parallel", "Branches": [{"States": {"p": {}}}, {"States": {"q": {}}}]}
    definition = {"States": {"P": {"Branches": [{"States": {"In": inner, "z": {}}}, {"States": {"b": {}}}]}}}

    class Client:
        def describe_state_machine(self, **_: Any) -> Any:
            return {"definition": json.dumps(definition)}

    branches = _branches(Client(), "arn")
    one = _in_order_of_branches(["P", "b", "In", "q", "p", "z"], branches)
    assert one == _in_order_of_branches(["P", "In", "p", "b", "q", "z"], branches) == ["P", "In", "p", "q", "z", "b"]
    assert one != _in_order_of_branches(["P", "In", "z", "p", "q", "b"], branches)


class NotSupported(Exception):
    """As boto3's StateMachineTypeNotSupported."""


class FakeExpress(FakeFlow):
    exceptions = SimpleNamespace(StateMachineTypeNotSupported=NotSupported)

    def _list(self, stateMachineArn: str, maxResults: int) -> Any:  # noqa: N803
        assert maxResults <= 1000  # AWS gives no more
        raise NotSupported


def test_sfn_24_executions_of_an_express_machine_are_checked_without_an_api() -> None:
    start = datetime(2030, 1, 1, tzinfo=UTC)
    ran = {**OK, "startDate": start, "stopDate": start + timedelta(seconds=30), "entered": OK["path"]}
    wishes: tuple[dict[str, Any], ...] = (
        {"status": "SUCCEEDED", "path": OK["path"], "output": {"n": 1}, "took": "30s"},
        {"status": "FAILED"},
        {"path": ["Parse"]},
    )

    def main(stage: Stage) -> list[list[str]]:
        stage.stack = Stack("app", "r", "a", {"Flow": Resource("Flow", STATE_MACHINE, "arn")})
        stage.client = lambda service: FakeExpress([])
        stage.express_executions = lambda arn: [ran]
        checks = [ExecutionCheck.model_validate({"state_machine": "Flow", **wish}) for wish in wishes]
        return [list(look_at_executions(stage, check).problems) for check in checks]

    held, status, path = on_stage(main)
    assert held == []
    assert "it is SUCCEEDED" in status[0]
    assert "its path was Parse > Both" in path[0]
