"""This file decides who sends the requests of a first scenario: somebody signed in, where an API asks for that.

Whether it does, the API itself says: it gives a token for a route whose authorizer takes users' tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.act.requests import check_api, request_of, stage_of, target_of
from harness.act.stage import Stage
from harness.deliver.http.tokens import SignedIn
from harness.errors import ScenarioError
from harness.scenario.model import Request

_SOMEBODY = "somebody"


def signed_in(stage: Stage, steps: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
    """The steps, with ``as`` in each request that somebody has to be signed in for."""
    return tuple(
        {"request": {**step["request"], "as": {"user": _SOMEBODY}}} if _asks(stage, step) else step for step in steps
    )


def _asks(stage: Stage, step: Mapping[str, Any]) -> bool:
    if "request" not in step:
        return False
    request = Request.model_validate(step["request"], strict=False)
    api = check_api(stage.stack, request.api)
    try:
        name = stage_of(stage.stack, api)
    except ScenarioError:  # no stage, or several: running the step says so
        return False
    return stage.http_sign_in(target_of(api), name, request_of(request), SignedIn(_SOMEBODY)) is not None
