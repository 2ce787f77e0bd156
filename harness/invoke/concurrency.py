"""This file decides whether there is room for one more call of a function (LAM-17, LAM-18).

A function with reserved concurrency has that much, and nobody else has it; all others share what the account has
left. It does not model how fast AWS lets a function grow (LAM-19): 1,000 environments in 10 s is the whole of an
account's default, and code costs no virtual time here, so that requests for each second mean nothing.
"""

from __future__ import annotations

from collections import Counter

from harness.world.functions import Functions, FunctionSpec

# LAM-18
ACCOUNT_CONCURRENCY = 1000

RESERVED_IN_USE = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT_IN_USE = "ConcurrentInvocationLimitExceeded"


class Concurrency:
    """Counts the calls that run. ``account_limit`` is how many may run at once in the account's region."""

    def __init__(self, functions: Functions, account_limit: int = ACCOUNT_CONCURRENCY) -> None:
        self.account_limit = account_limit
        self._functions = functions
        self._running: Counter[str] = Counter()

    def enter(self, spec: FunctionSpec) -> str | None:
        """Count a call in; AWS's reason if there is no room for it."""
        reserved = self._functions.reserved(spec.arn)
        if reserved is not None:
            if self._running[spec.arn] >= reserved:
                return RESERVED_IN_USE
        elif self._unreserved_in_use() >= self.account_limit - self._functions.all_reserved:
            return ACCOUNT_IN_USE
        self._running[spec.arn] += 1
        return None

    def leave(self, spec: FunctionSpec) -> None:
        """Count a call out."""
        self._running[spec.arn] -= 1

    def _unreserved_in_use(self) -> int:
        reserved = self._functions.reserved
        return sum(count for arn, count in self._running.items() if reserved(arn) is None)
