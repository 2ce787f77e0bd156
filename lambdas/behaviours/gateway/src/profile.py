"""Says who asks, as the API's authorizer found out."""

from __future__ import annotations

import json
from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The claims of the user's token: HTTP APIs and REST APIs put them in different places."""
    authorizer = event["requestContext"]["authorizer"]
    claims = authorizer["jwt"]["claims"] if "jwt" in authorizer else authorizer["claims"]
    user = claims.get("cognito:username") or claims["username"]
    body = {"user": user, "groups": claims.get("cognito:groups", "")}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
