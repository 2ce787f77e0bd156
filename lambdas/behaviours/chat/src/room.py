"""A chat room: who is in it, and what is said there."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

members = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def join(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Let in whoever gives a name."""
    name = (event.get("queryStringParameters") or {}).get("name")
    if not name:
        return {"statusCode": 400}
    members.put_item(Item={"connection": event["requestContext"]["connectionId"], "name": name})
    return {"statusCode": 200}


def leave(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Strike off whoever has left."""
    members.delete_item(Key={"connection": event["requestContext"]["connectionId"]})
    return {"statusCode": 200}


def tell(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Pass on what somebody says to all others; strike off those who are gone without a word."""
    request = event["requestContext"]
    management = boto3.client(
        "apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}"
    )
    everybody = members.scan()["Items"]
    name = next(one["name"] for one in everybody if one["connection"] == request["connectionId"])
    said = json.dumps({"from": name, "text": json.loads(event["body"])["text"]}).encode()
    for member in everybody:
        if member["connection"] == request["connectionId"]:
            continue
        try:
            management.post_to_connection(ConnectionId=member["connection"], Data=said)
        except management.exceptions.GoneException:
            members.delete_item(Key={"connection": member["connection"]})
    return {"statusCode": 200}


def count(event: dict[str, Any], context: object) -> dict[str, Any]:
    """How many are in the room."""
    return {"statusCode": 200, "body": json.dumps({"members": members.scan(Select="COUNT")["Count"]})}
