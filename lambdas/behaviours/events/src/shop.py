"""The shop's functions: one that tells the bus of an order, and those that rules and schedules call."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

events = boto3.client("events")


def order(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Put one event for each order on the bus and say how many it did not take."""
    answer = events.put_events(
        Entries=[
            {
                "EventBusName": os.environ["BUS"],
                "Source": one.get("source", "shop.orders"),
                "DetailType": "OrderPlaced",
                "Detail": one["detail"] if isinstance(one["detail"], str) else json.dumps(one["detail"]),
            }
            for one in event["orders"]
        ]
    )
    print(f"refused {answer['FailedEntryCount']}: {[e.get('ErrorCode') for e in answer['Entries']]}")
    return {"refused": answer["FailedEntryCount"]}


def bill(event: dict[str, Any], context: Any) -> None:
    """Charge the customer; an order without a total cannot be charged."""
    print(f"billed {event['detail']['id']}: {event['detail']['total']}")


def clean(event: dict[str, Any], context: Any) -> None:
    """Remove what is too old."""
    print(f"cleaned at {event['time']} for {event['resources'][0].rpartition('/')[2]}")


def report(event: dict[str, Any], context: Any) -> None:
    """Write the report that the schedule asks for."""
    print(f"{event['kind']} report of {event['due']}")
