"""GET /users: a page of users. ``next`` of one page is ``after`` of the following one."""

from __future__ import annotations

from typing import Any

from users.answers import answer, problem
from users.table import TABLE, shown

DEFAULT_LIMIT = 20
MOST = 100


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    query = event["queryStringParameters"] or {}
    limit = query.get("limit", str(DEFAULT_LIMIT))
    if not limit.isdigit() or not 1 <= int(limit) <= MOST:
        return problem(400, "invalid", f"limit must be a number from 1 to {MOST}.")
    options: dict[str, Any] = {"Limit": int(limit)}
    if "after" in query:
        options["ExclusiveStartKey"] = {"username": query["after"]}
    page = TABLE.scan(**options)
    body: dict[str, Any] = {"users": [shown(item) for item in page["Items"]]}
    if "LastEvaluatedKey" in page:
        body["next"] = page["LastEvaluatedKey"]["username"]
    return answer(200, body)
