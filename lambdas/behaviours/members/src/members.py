"""What happens between a visitor and a token: each of these functions gets Cognito's event and gives it back."""

from __future__ import annotations

import os
from typing import Any

import boto3

EMPLOYER = "@example.com"
THROWAWAY = "@mailinator.com"


def _accounts() -> Any:
    return boto3.resource("dynamodb").Table(os.environ["ACCOUNTS"])


def before_sign_up(event: dict[str, Any], context: Any) -> dict[str, Any]:
    address = event["request"]["userAttributes"]["email"]
    if address.endswith(THROWAWAY):
        raise ValueError("this address will not do")
    event["response"]["autoConfirmUser"] = event["response"]["autoVerifyEmail"] = address.endswith(EMPLOYER)
    return event


def after_confirmation(event: dict[str, Any], context: Any) -> dict[str, Any]:
    address = event["request"]["userAttributes"]["email"]
    plan = "staff" if address.endswith(EMPLOYER) else "free"
    _accounts().put_item(Item={"id": address, "plan": plan})
    return event


def before_token(event: dict[str, Any], context: Any) -> dict[str, Any]:
    found = _accounts().get_item(Key={"id": event["request"]["userAttributes"]["email"]})
    event["response"]["claimsOverrideDetails"] = {"claimsToAddOrOverride": {"plan": found["Item"]["plan"]}}
    return event
