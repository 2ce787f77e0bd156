"""GET /users/{username}."""

from __future__ import annotations

from typing import Any

from users.answers import answer, problem
from users.table import TABLE, shown


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    username = event["pathParameters"]["username"]
    item = TABLE.get_item(Key={"username": username}, ConsistentRead=True).get("Item")
    if item is None:
        return problem(404, "not_found", f"There is no user {username}.")
    return answer(200, shown(item), ETag=f'"{item["version"]}"')
