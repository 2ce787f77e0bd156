"""Ways to break the functions of user pools: moto, for one, calls none."""

from __future__ import annotations

from typing import Any

import pytest

from harness.vendor import cognito_triggers
from tests.acceptance.mutations.behaviours import instead

Patch = pytest.MonkeyPatch


def _without(*names: str) -> Any:
    def make(original: Any) -> Any:
        def call(self: Any, pool: Any, source: str, user: Any, **more: Any) -> Any:
            return {} if source.partition("_")[0] in names else original(self, pool, source, user, **more)

        return call

    return instead(cognito_triggers._Triggers, "call", make)


tokens_are_as_they_are = _without("TokenGeneration")
anybody_may_sign_up = _without("PreSignUp")
confirmations_are_not_told = _without("PostConfirmation")
