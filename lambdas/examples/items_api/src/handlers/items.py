"""Puts, gets and lists items."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["TABLE"]


def put(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Store the item in the body."""
    item = json.loads(event["body"])
    dynamodb.put_item(TableName=TABLE, Item={"id": {"S": item["id"]}, "name": {"S": item["name"]}})
    return answer(200, item)


def get(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The item that the path names, in DynamoDB's JSON."""
    found = dynamodb.get_item(TableName=TABLE, Key={"id": {"S": event["pathParameters"]["id"]}})
    return answer(200, found["Item"]) if "Item" in found else answer(404, {"message": "There is no such item."})


def list_all(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """All items, in DynamoDB's JSON."""
    return answer(200, dynamodb.scan(TableName=TABLE)["Items"])


def answer(status: int, body: Any) -> dict[str, Any]:
    """An answer as API Gateway wants it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
