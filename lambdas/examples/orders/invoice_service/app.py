"""Writes the invoice of an order."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: Any) -> str:
    """Return the invoice's number."""
    order = event["detail"]
    print(f"Invoice for order {order['id']}, which is {order['state']}")
    return f"invoice-{order['id']}"
