"""PUT /users/{username}: new values for a user whose version the client has seen (If-Match)."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from users.answers import answer, problem
from users.table import TABLE, shown


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    username = event["pathParameters"]["username"]
    headers = {name.lower(): value for name, value in event["headers"].items()}
    seen = headers.get("if-match", "").strip('"')
    if not seen.isdigit():
        return problem(428, "version_needed", "Send If-Match with the ETag that the user was read with.")
    user = json.loads(event["body"])
    try:
        changed = TABLE.update_item(
            Key={"username": username},
            UpdateExpression="SET email = :email, #name = :name, version = version + :one",
            ConditionExpression="version = :seen",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={
                ":email": user["email"],
                ":name": user.get("name", ""),
                ":one": 1,
                ":seen": int(seen),
            },
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )["Attributes"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        if "Item" not in error.response:
            return problem(404, "not_found", f"There is no user {username}.")
        return problem(412, "changed_meanwhile", f"{username} is not at version {seen} any more.")
    return answer(200, shown(changed), ETag=f'"{changed["version"]}"')
