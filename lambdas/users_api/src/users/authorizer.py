"""Who a bearer token belongs to. Readers may read; whoever's token begins with "admin-" may do everything."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    caller = event["authorizationToken"].removeprefix("Bearer ")
    if caller == "expired":
        raise Exception("Unauthorized")  # API Gateway's word for a 401
    # The policy is kept for five minutes and asked about every path: it must not name the one that was asked first.
    api_and_stage = "/".join(event["methodArn"].split("/")[:2])
    method = "*" if caller.startswith("admin-") else "GET"
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{api_and_stage}/{method}/*"}
    return {"principalId": caller, "policyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}
