"""This file decides which messages of a batch become executions, and which of them return to the queue.

The execution is named after the job, so a message that comes twice starts nothing the second time.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from common.jobs import InvalidJob, Job
from common.logs import get_logger, record
from common.storage import error_code

STATE_MACHINE_ARN = os.environ["STATE_MACHINE_ARN"]

stepfunctions = boto3.client("stepfunctions")
log = get_logger("csv_processor")


def handler(event: dict[str, Any], _context: Any) -> dict[str, list[dict[str, str]]]:
    failed = [message["messageId"] for message in event["Records"] if not _start(message)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _start(message: dict[str, Any]) -> bool:
    """False if the message is to return to the queue."""
    message_id = message["messageId"]
    try:
        job = Job.from_json(message["body"])
    except InvalidJob as error:
        log.error(record("message is not a job", message_id=message_id, error=str(error)))
        return False
    job_id = job.ref.job_id
    try:
        stepfunctions.start_execution(stateMachineArn=STATE_MACHINE_ARN, name=job_id, input=job.to_json())
    except ClientError as error:
        if error_code(error) == "ExecutionAlreadyExists":
            log.info(record("job came again", message_id=message_id, job_id=job_id))
            return True
        log.exception(record("execution not started", message_id=message_id, job_id=job_id))
        return False
    except BotoCoreError:
        log.exception(record("execution not started", message_id=message_id, job_id=job_id))
        return False
    log.info(record("execution started", message_id=message_id, job_id=job_id))
    return True
