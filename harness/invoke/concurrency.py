"""This file decides whether there is room for one more call of a function (LAM-17, LAM-18, LAM-19).

A function with reserved concurrency has that much, and nobody else has it; all others share what the account has
left. Besides, a function grows by 1,000 environments in ten seconds and no faster: what it may still add is refilled
all the time, and never holds more than that. An account's default concurrency is reached before; the rate shows where
the account has more. Requests for each second are not counted: code costs no virtual time here.
"""

from __future__ import annotations

from collections import Counter

from harness.kernel.clock import US_PER_S, Clock
from harness.world.functions import Functions, FunctionSpec

# LAM-18
ACCOUNT_CONCURRENCY = 1000
# LAM-19
GROWTH = 1000
GROWTH_S = 10

RESERVED_IN_USE = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT_IN_USE = "ConcurrentInvocationLimitExceeded"
# One of the API's reasons; AWS does not say which of them it gives here.
GROWS_TOO_FAST = "FunctionInvocationRateLimitExceeded"


class Concurrency:
    """Counts the calls that run. ``account_limit`` is how many may run at once in the account's region."""

    def __init__(self, functions: Functions, clock: Clock, account_limit: int = ACCOUNT_CONCURRENCY) -> None:
        self.account_limit = account_limit
        self._functions = functions
        self._clock = clock
        self._running: Counter[str] = Counter()
        self._growth: dict[str, _Growth] = {}

    def enter(self, spec: FunctionSpec) -> str | None:
        """Count a call in; AWS's reason if there is no room for it."""
        reserved = self._functions.reserved(spec.arn)
        if reserved is not None:
            if self._running[spec.arn] >= reserved:
                return RESERVED_IN_USE
        elif self._unreserved_in_use() >= self.account_limit - self._functions.all_reserved:
            return ACCOUNT_IN_USE
        growth = self._growth.setdefault(spec.arn, _Growth(self._clock.now_us))
        if not growth.reaches(self._running[spec.arn] + 1, self._clock.now_us):
            return GROWS_TOO_FAST
        self._running[spec.arn] += 1
        return None

    def leave(self, spec: FunctionSpec) -> None:
        """Count a call out."""
        self._running[spec.arn] -= 1

    def _unreserved_in_use(self) -> int:
        reserved = self._functions.reserved
        return sum(count for arn, count in self._running.items() if reserved(arn) is None)


class _Growth:
    """How many environments a function has had at once, and how many it may add now. LAM-19"""

    _COST_US = GROWTH_S * US_PER_S // GROWTH

    def __init__(self, now_us: int) -> None:
        self._most = 0
        self._at_us = now_us
        # In microseconds of refilling: what one environment costs is refilled in ``_COST_US``.
        self._left_us = GROWTH_S * US_PER_S

    def reaches(self, calls: int, now_us: int) -> bool:
        """Whether this many calls may run at once; an environment that is there already costs nothing."""
        if calls <= self._most:
            return True
        self._left_us = min(GROWTH_S * US_PER_S, self._left_us + now_us - self._at_us)
        self._at_us = now_us
        if self._left_us < self._COST_US:
            return False
        self._left_us -= self._COST_US
        self._most = calls
        return True
