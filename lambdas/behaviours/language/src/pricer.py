"""Prices an order, tax included, and sends the audit a record of it."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from typing import Any

import boto3

sqs = boto3.client("sqs")

TAX_RATE = Decimal(os.environ["TAX_RATE"])


def handler(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        gross = Decimal(json.loads(record["body"])["net"]) * (1 + TAX_RATE)
        sqs.send_message(
            QueueUrl=os.environ["AUDIT_QUEUE"],
            MessageBody=json.dumps(
                {"gross": str(gross), "key": os.environ["AUDIT_KEY"], "alerts": os.environ["ALERTS"]}
            ),
        )
