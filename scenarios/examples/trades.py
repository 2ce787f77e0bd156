"""Checks of what holds at any price, and of a schedule that is there and off."""

from __future__ import annotations

from typing import Any


def kind_fits_the_price(pipeline: Any, table: str) -> None:
    """Fails unless the one transaction is to buy up to 50, and to sell above."""
    items = pipeline.client("dynamodb").scan(TableName=pipeline.name(table))["Items"]
    assert len(items) == 1, f"there are {len(items)} transactions"
    price, kind = int(items[0]["Price"]["N"]), items[0]["Type"]["S"]
    assert kind == ("buy" if price <= 50 else "sell"), f"at {price} it is to {kind}"


def schedule_is_off(pipeline: Any, rule: str, expression: str) -> None:
    """Fails unless the rule is there with this schedule, and disabled."""
    found = pipeline.client("events").describe_rule(Name=pipeline.name(rule))
    seen = (found["ScheduleExpression"], found["State"])
    assert seen == (expression, "DISABLED"), f"its schedule is {seen[0]}, and it is {seen[1]}"
