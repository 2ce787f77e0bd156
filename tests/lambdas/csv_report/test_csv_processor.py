from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.lambdas.csv_report.conftest import Load, World, context, job_fields


def process(load: Load, *bodies: str) -> list[str]:
    """The ids of the messages reported as failed; a message's id is ``m`` and its place."""
    records = [{"messageId": f"m{place}", "body": body} for place, body in enumerate(bodies)]
    answer = load("csv_processor.app").handler({"Records": records}, context())
    assert list(answer) == ["batchItemFailures"]
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def executions(world: World) -> list[str]:
    (machine,) = world.stepfunctions.list_state_machines()["stateMachines"]
    listed = world.stepfunctions.list_executions(stateMachineArn=machine["stateMachineArn"])
    return sorted(execution["name"] for execution in listed["executions"])


def test_each_job_starts_one_execution_named_after_it(world: World, load: Load) -> None:
    assert process(load, *(json.dumps(job_fields(job_id=f"job-{n}")) for n in range(5))) == []
    assert executions(world) == ["job-0", "job-1", "job-2", "job-3", "job-4"]


def test_esm_14_only_the_bad_message_of_a_batch_is_reported(world: World, load: Load) -> None:
    good = [json.dumps(job_fields(job_id=f"job-{n}")) for n in range(4)]
    assert process(load, *good[:2], "not json", *good[2:]) == ["m2"]
    assert executions(world) == ["job-0", "job-1", "job-2", "job-3"]


def test_sfn_06_a_job_that_comes_again_succeeds_and_starts_nothing(world: World, load: Load) -> None:
    first = json.dumps(job_fields())
    later = json.dumps(job_fields(submitted_at="2026-01-06T00:00:01Z"))
    assert process(load, first, first) == []
    assert process(load, later) == []
    assert executions(world) == ["job-1"]


@pytest.mark.parametrize("field", list(job_fields()))
def test_a_job_without_one_of_its_fields_is_reported(world: World, load: Load, field: str) -> None:
    fields = job_fields()
    del fields[field]
    assert process(load, json.dumps(fields)) == ["m0"]
    assert executions(world) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '"text"',
        "[" * 200_000,
        json.dumps(job_fields(job_id="no spaces allowed")),
        json.dumps(job_fields(job_id="a" * 81)),
        json.dumps(job_fields(job_id=7)),
        json.dumps(job_fields(row_count=-1)),
        json.dumps(job_fields(row_count=True)),
        json.dumps(job_fields(row_count="3")),
        json.dumps(job_fields(headers="order_id")),
        json.dumps(job_fields(headers=[1])),
        json.dumps(job_fields(submitted_at="yesterday")),
        json.dumps(job_fields(source_etag=5)),
        json.dumps(job_fields(headers=["x" * 140_000])),
    ],
)
def test_sfn_05_what_cannot_be_a_job_is_reported_and_harms_nobody(world: World, load: Load, body: str) -> None:
    assert process(load, body, json.dumps(job_fields(job_id="neighbour"))) == ["m0"]
    assert executions(world) == ["neighbour"]


def test_sfn_02_what_is_not_part_of_a_job_does_not_reach_the_execution(world: World, load: Load) -> None:
    assert process(load, json.dumps(job_fields(note="x" * 200_000))) == []
    (machine,) = world.stepfunctions.list_state_machines()["stateMachines"]
    (execution,) = world.stepfunctions.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    started = world.stepfunctions.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(started["input"]) == job_fields()


def test_a_job_whose_execution_cannot_be_started_returns_alone(
    world: World, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = load("csv_processor.app").stepfunctions
    start = client.start_execution

    def throttled(**arguments: Any) -> Any:
        if arguments["name"] == "job-1":
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "StartExecution")
        return start(**arguments)

    monkeypatch.setattr(client, "start_execution", throttled)
    bodies = [json.dumps(job_fields(job_id=f"job-{n}")) for n in range(3)]
    assert process(load, *bodies) == ["m1"]
    assert executions(world) == ["job-0", "job-2"]
