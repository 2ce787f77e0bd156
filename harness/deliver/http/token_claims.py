"""This file decides how a token's claims stand in a function's event: texts all of them, as AWS writes them.

A REST API writes times as dates and lists with commas, an HTTP API lists in brackets with blanks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def claims_v1(claims: Mapping[str, Any]) -> dict[str, str]:
    """As ``requestContext.authorizer.claims`` of a REST API has them."""
    dated = {n: f"{datetime.fromtimestamp(claims[n], UTC):%a %b %d %H:%M:%S UTC %Y}" for n in _TIMES if n in claims}
    return {name: _text(value, "{}", ",") for name, value in claims.items()} | dated


def claims_v2(claims: Mapping[str, Any]) -> dict[str, str]:
    """As ``requestContext.authorizer.jwt.claims`` of an HTTP API has them."""
    return {name: _text(value, "[{}]", " ") for name, value in claims.items()}


_TIMES = ("exp", "iat")


def _text(value: Any, listed: str, between: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return listed.format(between.join(_text(one, listed, between) for one in value))
    return json.dumps(value, separators=(",", ":"))
