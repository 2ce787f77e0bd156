"""POST /users: a new user. The name is the key, so a second request for it changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from users.answers import answer, problem
from users.table import TABLE, shown


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    user = json.loads(event["body"])
    if "@" not in user["email"]:
        return problem(400, "invalid", f"{user['email']!r} is no e-mail address.")
    item = {
        **user,
        "version": 1,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "created_by": event["requestContext"]["authorizer"]["principalId"],
    }
    try:
        TABLE.put_item(Item=item, ConditionExpression="attribute_not_exists(username)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return problem(409, "taken", f"There is a user {user['username']} already.")
    return answer(201, shown(item), Location=f"/users/{user['username']}", ETag='"1"')
