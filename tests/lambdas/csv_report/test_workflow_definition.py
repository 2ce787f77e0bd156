"""The definition itself: its shape, and its ways through, taken by moto's interpreter with the real handlers.

Waiting is left out (the one wait is set to 0 s): how long waits and retries last is for the scenarios.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.awslambda.models import LambdaFunction

from tests.lambdas.csv_report.conftest import (
    GOOD,
    HEADER,
    PROCESSED,
    RAW,
    ROOT,
    Load,
    World,
    build_world,
    context,
    fixture_bytes,
    job_fields,
)

DEFINITION = (ROOT / "lambdas/csv_report/statemachine/process_csv.asl.json").read_text(encoding="utf-8")
STATES = json.loads(DEFINITION)["States"]
FUNCTIONS = {
    "ParseCsv": "parse_csv",
    "ValidateSchema": "validate_schema",
    "TransformData": "transform_data",
    "MoveToFailed": "move_to_failed",
    "SendNotification": "send_notification",
}
SERVICE_ERRORS = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
]


def function_tasks() -> dict[str, Any]:
    branches = {name: state for branch in STATES["InspectFile"]["Branches"] for name, state in branch["States"].items()}
    every = {**STATES, **branches}
    return {n: s for n, s in every.items() if s.get("Resource") == "arn:aws:states:::lambda:invoke"}


def test_sfn_10_every_function_task_retries_service_errors_of_lambda() -> None:
    assert len(function_tasks()) == 6
    for task in function_tasks().values():
        assert task["Retry"][0] == {
            "ErrorEquals": SERVICE_ERRORS,
            "IntervalSeconds": 2,
            "MaxAttempts": 3,
            "BackoffRate": 2,
        }
        assert len(task["Retry"]) == (2 if task is STATES["TransformData"] else 1)
    assert STATES["TransformData"]["Retry"][1] == {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 5,
        "MaxAttempts": 2,
        "BackoffRate": 2,
    }


def test_every_state_that_can_fail_leads_to_the_dead_letter_queue() -> None:
    for name, state in STATES.items():
        if state["Type"] in ("Task", "Parallel") and name != "SendToDeadLetterQueue":
            assert state["Catch"] == [{"ErrorEquals": ["States.ALL"], "Next": "SendToDeadLetterQueue"}], name


def test_sfn_03_no_catch_places_its_error_by_a_path_that_might_not_fit() -> None:
    """``ResultPath`` on an input that is not an object is an error that cannot be caught."""
    assert all("ResultPath" not in c for s in STATES.values() for c in s.get("Catch", []))


def test_a_large_file_waits_thirty_seconds() -> None:
    assert STATES["WaitForLargeFile"]["Seconds"] == 30


class Workflow:
    """The state machine with its functions behind it."""

    def __init__(self, world: World, machine_arn: str, dead_letters_url: str) -> None:
        self.world = world
        self._machine_arn = machine_arn
        self._dead_letters_url = dead_letters_url

    def run(self, job: Any) -> dict[str, Any]:
        """The execution once it has ended."""
        started = self.world.stepfunctions.start_execution(
            stateMachineArn=self._machine_arn, name="job-1", input=json.dumps(job)
        )
        self.execution_arn = started["executionArn"]
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and thread.daemon:
                thread.join(timeout=20)
        return dict(self.world.stepfunctions.describe_execution(executionArn=self.execution_arn))

    def entered(self) -> list[str]:
        history = self.world.stepfunctions.get_execution_history(executionArn=self.execution_arn)
        return [e["stateEnteredEventDetails"]["name"] for e in history["events"] if "stateEnteredEventDetails" in e]

    def dead_letters(self) -> list[Any]:
        return [json.loads(m["Body"]) for m in self.world.drain(self._dead_letters_url)]


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch, load: Load) -> Iterator[Workflow]:
    def invoke(function: LambdaFunction, event: Any) -> tuple[str, bool, str]:
        try:
            return json.dumps(load(f"{function.function_name}.app").handler(event, context())), False, ""
        except Exception as error:
            return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}), True, ""

    monkeypatch.setattr(LambdaFunction, "_invoke_lambda", invoke)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        world = build_world(monkeypatch)
        role = boto3.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        dead_letters_url = world.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        definition = DEFINITION.replace("${DeadLetterQueueUrl}", dead_letters_url)
        for logical_id, folder in FUNCTIONS.items():
            created = boto3.client("lambda").create_function(
                FunctionName=folder,
                Runtime="python3.12",
                Role=role,
                Handler=f"{folder}.app.handler",
                Code={"ZipFile": b"code is on disk"},
            )
            definition = definition.replace(f"${{{logical_id}Arn}}", created["FunctionArn"])
        machine = world.stepfunctions.create_state_machine(
            name="Process", definition=definition.replace('"Seconds": 30', '"Seconds": 0'), roleArn=role
        )
        yield Workflow(world, machine["stateMachineArn"], dead_letters_url)


def test_a_good_file_goes_straight_to_its_report(workflow: Workflow) -> None:
    workflow.world.s3.put_object(Bucket=RAW, Key="uploads/sales.csv", Body=GOOD)
    assert workflow.run(job_fields())["status"] == "SUCCEEDED"
    entered = workflow.entered()
    assert entered[:2] == ["ParseCSV", "InspectFile"]
    assert sorted(entered[2:5]) == ["CheckFileSize", "SmallFile", "ValidateSchema"]
    assert entered[5:] == ["RouteFile", "TransformData", "NotifySuccess", "Succeeded"]
    assert workflow.world.keys("processed/") == ["processed/2026/01/05/sales_result.json"]
    assert len(workflow.world.notifications()) == 1
    assert workflow.dead_letters() == []


def test_a_file_over_1_mb_waits_before_it_is_transformed(workflow: Workflow) -> None:
    row = "1,Alice,Widget,2,19.99,2026-01-05\n"
    body = (HEADER + row * (1024 * 1024 // len(row) + 1)).encode()
    workflow.world.s3.put_object(Bucket=RAW, Key="uploads/sales.csv", Body=body)
    assert workflow.run(job_fields())["status"] == "SUCCEEDED"
    entered = workflow.entered()
    assert "LargeFile" in entered
    assert entered[-5:] == ["RouteFile", "WaitForLargeFile", "TransformData", "NotifySuccess", "Succeeded"]


def test_a_bad_schema_ends_as_validation_failed(workflow: Workflow) -> None:
    body = fixture_bytes("bad_schema.csv")
    workflow.world.s3.put_object(Bucket=RAW, Key="uploads/sales.csv", Body=body)
    ended = workflow.run(job_fields())
    assert (ended["status"], ended["error"]) == ("FAILED", "ValidationFailed")
    assert workflow.entered()[-4:] == ["RouteFile", "MoveToFailed", "NotifyFailure", "ValidationFailed"]
    assert workflow.world.keys("failed/") == ["failed/2026/01/05/sales.csv"]
    assert len(workflow.world.notifications()) == 1
    assert workflow.dead_letters() == []


@pytest.mark.parametrize(
    ("job", "error"),
    [
        (job_fields("uploads/gone.csv"), "SourceGone"),
        ({"job_id": "job-1"}, "InvalidJob"),
        (["not", "an", "object"], "InvalidJob"),
    ],
)
def test_an_unexpected_error_leaves_the_job_in_the_dead_letter_queue_with_its_error(
    workflow: Workflow, job: Any, error: str
) -> None:
    ended = workflow.run(job)
    assert (ended["status"], ended["error"]) == ("FAILED", "ProcessingError")
    (letter,) = workflow.dead_letters()
    assert letter["job"] == job
    assert letter["error"]["Error"] == error
    assert letter["execution_arn"] == workflow.execution_arn
    assert workflow.world.keys("") == []
    assert workflow.world.s3.list_objects_v2(Bucket=PROCESSED)["KeyCount"] == 0
    assert workflow.world.notifications() == []


def test_an_error_in_a_branch_reaches_the_dead_letter_queue_too(
    workflow: Workflow, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_event: Any, _context: Any) -> None:
        raise RuntimeError("broken")

    workflow.world.s3.put_object(Bucket=RAW, Key="uploads/sales.csv", Body=GOOD)
    monkeypatch.setattr(load("validate_schema.app"), "handler", broken)
    assert workflow.run(job_fields())["error"] == "ProcessingError"
    (letter,) = workflow.dead_letters()
    assert letter["job"] == job_fields()
    assert letter["error"]["Error"] == "RuntimeError"
