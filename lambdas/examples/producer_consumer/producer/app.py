"""Publishes one message each time it is called."""

from __future__ import annotations

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger

logger = Logger()
sns = boto3.client("sns")


def handler(event: dict[str, Any], context: Any) -> str:
    """Publish; return the message's id."""
    text = f"This message was sent: by request {context.aws_request_id}"
    message_id = sns.publish(TopicArn=os.environ["TOPIC_ARN"], Message=text)["MessageId"]
    logger.info("published", extra={"message_id": message_id})
    return str(message_id)
