"""Adds up the sales of a minute, call by call, and writes the sum down when the minute is over."""

from __future__ import annotations

import os
from typing import Any

import boto3

minutes = boto3.resource("dynamodb").Table(os.environ["MINUTES"])


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    sold = event["state"].get("sold", 0)
    sold += sum(int(record["dynamodb"]["NewImage"]["amount"]["N"]) for record in event["Records"])
    if event["isFinalInvokeForWindow"]:
        minutes.put_item(Item={"minute": event["window"]["start"], "sold": sold})
    return {"state": {"sold": sold}}
