"""This file decides which of the two notices a job gets, and sends it unless it has been sent."""

from __future__ import annotations

import os
from typing import Any

import boto3
from common.jobs import JobRef
from common.logs import get_logger, record
from common.notices import SUCCESS, failure_notice, notify_once, success_notice

NOTIFICATION_TOPIC_ARN = os.environ["NOTIFICATION_TOPIC_ARN"]

s3 = boto3.client("s3")
sns = boto3.client("sns")
log = get_logger("send_notification")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    ref = JobRef.from_dict(event["job"])
    if event["status"] == SUCCESS:
        notice = success_notice(ref, event["result"])
    else:
        notice = failure_notice(ref, event["failure"])
    notified = notify_once(s3, sns, NOTIFICATION_TOPIC_ARN, ref, event["delivery"], notice)
    log.info(record("operators told", job_id=ref.job_id, status=notice.status, published=notified))
    return {"job_id": ref.job_id, "status": notice.status, "published": notified}
