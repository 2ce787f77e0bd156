"""This file decides what a REST API answers by itself, when no integration does (APIG-07).

Each kind of answer has a status and a body of AWS's; an API can give it others (``AWS::ApiGateway::GatewayResponse``),
whose templates are no Velocity: variables are filled in, nothing else. DEFAULT_4XX and DEFAULT_5XX stand for the kinds
that have none of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from harness.deliver.http.exchange import HttpResponse, Pairs

_STATUS = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_5XX": 502,
    "EXPIRED_TOKEN": 401,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
}
_MESSAGE: dict[str, str | None] = {
    "API_CONFIGURATION_ERROR": "Internal server error",
    "AUTHORIZER_CONFIGURATION_ERROR": None,
    "AUTHORIZER_FAILURE": None,
    "BAD_REQUEST_BODY": "Invalid request body",
    "DEFAULT_5XX": "Internal server error",
    "EXPIRED_TOKEN": "The incoming token has expired",
    "INTEGRATION_FAILURE": "Internal server error",
    "INTEGRATION_TIMEOUT": "Endpoint request timed out",
    "INVALID_API_KEY": "Forbidden",
    "MISSING_AUTHENTICATION_TOKEN": "Missing Authentication Token",
    "QUOTA_EXCEEDED": "Limit Exceeded",
    "REQUEST_TOO_LARGE": "Request Entity Too Large",
    "THROTTLED": "Too Many Requests",
    "UNAUTHORIZED": "Unauthorized",
    "UNSUPPORTED_MEDIA_TYPE": "Unsupported Media Type",
}
_ERROR_TYPES = {
    "ACCESS_DENIED": "AccessDeniedException",
    "BAD_REQUEST_BODY": "BadRequestException",
    "BAD_REQUEST_PARAMETERS": "BadRequestException",
    "EXPIRED_TOKEN": "UnauthorizedException",
    "INVALID_API_KEY": "ForbiddenException",
    "MISSING_AUTHENTICATION_TOKEN": "MissingAuthenticationTokenException",
    "QUOTA_EXCEEDED": "LimitExceededException",
    "REQUEST_TOO_LARGE": "RequestEntityTooLargeException",
    "THROTTLED": "TooManyRequestsException",
    "UNAUTHORIZED": "UnauthorizedException",
    "UNSUPPORTED_MEDIA_TYPE": "BadRequestException",
}
KINDS = (*_STATUS, "DEFAULT_4XX", "INVALID_SIGNATURE", "WAF_FILTERED")
_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.]+)|\$stageVariables\.([A-Za-z0-9_]+)")


class Refused(Exception):
    """The gateway answers by itself. ``message`` is for the client, ``reason`` for the gateway's log."""

    def __init__(self, kind: str, message: str | None = None, reason: str = "") -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.message = message if message is not None else _MESSAGE.get(kind)
        self.reason = reason or self.message or kind


def gateway_answer(
    refused: Refused,
    own: Mapping[str, Mapping[str, Any]],
    context: Mapping[str, Any],
    variables: Mapping[str, str],
) -> HttpResponse:
    """The answer; ``own`` are the API's gateway responses by kind, ``context`` what $context stands for."""
    kind = refused.kind
    status = _STATUS[kind]
    found = own.get(kind) or own.get("DEFAULT_4XX" if status < 500 else "DEFAULT_5XX")
    if kind == "INTEGRATION_FAILURE" and kind not in own and refused.message == _MESSAGE[kind]:
        # As observed, though the reference says 504: a Lambda that throttles is a 500 until the answer is customised.
        status = 500
    if found is None:
        # ACCESS_DENIED alone has a capital letter. APIG-08
        key = "Message" if kind == "ACCESS_DENIED" else "message"
        return _answer(status, (), json.dumps({key: refused.message}, separators=(",", ":")), refused)
    filled = {**context, "error": _error(refused)}
    templates = found.get("responseTemplates") or {"application/json": '{"message":$context.error.messageString}'}
    media_type, template = next(iter(templates.items()))
    headers = _headers(found.get("responseParameters") or {}, filled)
    body = _VARIABLE.sub(lambda m: _filled(m, filled, variables), template or "")
    return _answer(int(found.get("statusCode") or status), (("Content-Type", media_type), *headers), body, refused)


def _answer(status: int, headers: Pairs, body: str, refused: Refused) -> HttpResponse:
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers = (("Content-Type", "application/json"), *headers)
    error = _ERROR_TYPES.get(refused.kind, "InternalServerErrorException")
    return HttpResponse(status, (*headers, ("x-amzn-ErrorType", error)), body.encode(), refused.reason)


def _error(refused: Refused) -> dict[str, Any]:
    return {
        "message": refused.message,
        "messageString": json.dumps(refused.message),
        "responseType": refused.kind,
        "validationErrorString": refused.reason,
    }


def _headers(parameters: Mapping[str, str], context: Mapping[str, Any]) -> Pairs:
    prefix = "gatewayresponse.header."
    found = []
    for name, value in parameters.items():
        if name.startswith(prefix):
            text = value[1:-1] if value[:1] == "'" else _VARIABLE.sub(lambda m: _filled(m, context, {}), f"${value}")
            found.append((name.removeprefix(prefix), text))
    return tuple(found)


def _filled(found: re.Match[str], context: Mapping[str, Any], variables: Mapping[str, str]) -> str:
    if found[2]:
        return variables.get(found[2], "")
    value: Any = context
    for part in found[1].split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)
