from __future__ import annotations

from typing import Any

from harness.vendor import stepfunctions_parsing
from tests.vendor.stepfunctions_stage import Stage, fails, one, task


def test_a_definition_is_parsed_once_however_often_it_runs() -> None:
    def main(stage: Stage) -> None:
        machine = stage.machine(one({"Type": "Pass", "Comment": "parsed once"}))
        stepfunctions_parsing.parsed.cache_clear()
        for _ in range(5):
            stage.start(machine)
        stage.kernel.quiet()

    Stage().run(main)
    assert stepfunctions_parsing.parsed.cache_info().misses == 1


def test_executions_that_share_a_program_share_no_counters() -> None:
    def main(stage: Stage) -> None:
        machine = stage.machine(one(task(Retry=[{"ErrorEquals": ["E"], "IntervalSeconds": 1, "MaxAttempts": 1}])))
        stage.start(machine, {"n": 1})
        stage.start(machine, {"n": 2})
        stage.kernel.quiet()

    stage = Stage({"f": fails("E")})
    stage.run(main)
    assert [(at, payload["n"]) for at, _, payload in stage.calls] == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_a_service_has_one_client() -> None:
    assert stepfunctions_parsing.client_for("us-east-1", "sqs") is stepfunctions_parsing.client_for("us-east-1", "sqs")


def test_a_failing_execution_prints_nothing(capfd: Any) -> None:
    Stage({"f": fails("E")}).execute(one(task()))
    assert capfd.readouterr() == ("", "")
