"""Reads what the producer published, out of the envelope that SNS put around it."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import SQSEvent, event_source

logger = Logger()


@logger.inject_lambda_context
@event_source(data_class=SQSEvent)
def handler(event: SQSEvent, context: Any) -> int:
    """Log each message; return how many there were."""
    records = list(event.records)
    for record in records:
        envelope = record.json_body
        logger.info(envelope["Message"], extra={"topic": envelope["TopicArn"], "kind": envelope["Type"]})
    return len(records)
