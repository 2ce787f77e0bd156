"""What a visitor of a website does with a user pool."""

from __future__ import annotations

import base64
import json
from typing import Any

from botocore.exceptions import ClientError

_PASSWORD = "Correct-Horse-7"


def signs_up(pipeline: Any, email: str, confirmed: bool) -> None:
    """Sign up; the answer says whether a confirmation is still to come."""
    answer = _sign_up(pipeline, email)
    assert answer["UserConfirmed"] is confirmed, answer


def cannot_sign_up(pipeline: Any, email: str, says: str) -> None:
    """Signing up is refused in these words, and there is no such user."""
    try:
        _sign_up(pipeline, email)
    except ClientError as error:
        assert says in str(error), error
    else:
        raise AssertionError(f"{email} could sign up")
    users = pipeline.client("cognito-idp").list_users(UserPoolId=pipeline.name("Members"))["Users"]
    assert users == [], users


def confirms(pipeline: Any, email: str) -> None:
    """Enter the code of the e-mail."""
    pipeline.client("cognito-idp").confirm_sign_up(
        ClientId=pipeline.name("Website"), Username=email, ConfirmationCode="123456"
    )


def signs_in(pipeline: Any, email: str, claims: dict[str, Any]) -> None:
    """Sign in; the identity token has these claims."""
    answer = pipeline.client("cognito-idp").initiate_auth(
        ClientId=pipeline.name("Website"),
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": _PASSWORD},
    )
    token = answer["AuthenticationResult"]["IdToken"].split(".")[1]
    found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    assert claims.items() <= found.items(), found


def _sign_up(pipeline: Any, email: str) -> dict[str, Any]:
    answer: dict[str, Any] = pipeline.client("cognito-idp").sign_up(
        ClientId=pipeline.name("Website"), Username=email, Password=_PASSWORD
    )
    return answer
