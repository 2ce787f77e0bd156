"""What an operator does to executions, and who answers their questions."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError


def stop(pipeline: Any, state_machine: str, error: str, cause: str) -> None:
    workflows = pipeline.client("stepfunctions")
    (running,) = workflows.list_executions(stateMachineArn=pipeline.arn(state_machine))["executions"]
    workflows.stop_execution(executionArn=running["executionArn"], error=error, cause=cause)


def redrive(pipeline: Any, state_machine: str, says: str = "") -> None:
    """Redrive the last execution; ``says`` is the error code if that is refused."""
    workflows = pipeline.client("stepfunctions")
    last = workflows.list_executions(stateMachineArn=pipeline.arn(state_machine))["executions"][0]
    code = ""
    try:
        workflows.redrive_execution(executionArn=last["executionArn"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
    assert code == says, f"the redrive was refused with {code or 'nothing'}"


def answer(pipeline: Any, queue: str, approve: bool, says: str = "") -> None:
    """Take the question out of the queue and answer it; ``says`` is the error code if the answer is refused."""
    sqs, workflows = pipeline.client("sqs"), pipeline.client("stepfunctions")
    (message,) = sqs.receive_message(QueueUrl=pipeline.name(queue))["Messages"]
    sqs.delete_message(QueueUrl=pipeline.name(queue), ReceiptHandle=message["ReceiptHandle"])
    token = json.loads(message["Body"])["token"]
    code = ""
    try:
        if approve:
            workflows.send_task_success(taskToken=token, output=json.dumps({"approved": True}))
        else:
            workflows.send_task_failure(taskToken=token, error="Declined", cause="too dear")
    except ClientError as error:
        code = error.response["Error"]["Code"]
    assert code == says, f"the answer was refused with {code or 'nothing'}"


def run_synchronously(pipeline: Any, state_machine: str, seconds: int, status: str, error: str | None = None) -> None:
    """The caller of an Express workflow waits for its end and is told how it went."""
    answer = pipeline.client("stepfunctions").start_sync_execution(
        stateMachineArn=pipeline.arn(state_machine), input=json.dumps({"seconds": seconds})
    )
    assert (answer["status"], answer.get("error")) == (status, error), answer
