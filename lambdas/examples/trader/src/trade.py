"""What the price is, and what is done about it."""

from __future__ import annotations

import random
import uuid
from typing import Any


def check(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Return the price: the one asked for, or any from 0 to 100."""
    return {"price": event.get("price", random.randint(0, 100))}


def buy(event: dict[str, int], context: Any) -> dict[str, str]:
    """Return the transaction."""
    return transaction("buy", event["price"])


def sell(event: dict[str, int], context: Any) -> dict[str, str]:
    """Return the transaction."""
    return transaction("sell", event["price"])


def transaction(kind: str, price: int) -> dict[str, str]:
    """A transaction of this kind, as the table keeps it."""
    return {"id": str(uuid.uuid4()), "type": kind, "price": str(price)}
