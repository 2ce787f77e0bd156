"""DELETE /users/{username}: done twice it is done once."""

from __future__ import annotations

from typing import Any

from users.answers import answer
from users.table import TABLE


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    TABLE.delete_item(Key={"username": event["pathParameters"]["username"]})
    return answer(204)
