"""How every function of the API answers: JSON, with the headers that the browser application needs."""

from __future__ import annotations

import json
from typing import Any

CORS = {"Access-Control-Allow-Origin": "https://app.example.com"}


def answer(status: int, body: Any = None, **headers: str) -> dict[str, Any]:
    """An answer; names of headers are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    found: dict[str, Any] = {"statusCode": status, "headers": {**CORS, **named}}
    if body is not None:
        found["headers"]["Content-Type"] = "application/json"
        found["body"] = json.dumps(body)
    return found


def problem(status: int, error: str, message: str) -> dict[str, Any]:
    """An answer that says what went wrong."""
    return answer(status, {"error": error, "message": message})
