"""The table of users, and how a user looks to clients."""

from __future__ import annotations

import os
from typing import Any

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def shown(item: dict[str, Any]) -> dict[str, Any]:
    """A stored user as clients see it."""
    return {**item, "version": int(item["version"])}
