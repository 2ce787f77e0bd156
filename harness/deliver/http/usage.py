"""This file decides how many requests get through: a usage plan's quota and throttle, a stage's throttles (APIG-12).

A quota counts in the days, weeks and months of UTC; a throttle is a bucket of tokens, as large as the burst limit and
filled at the rate limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from harness.kernel.clock import US_PER_S, Clock

Throttle = Mapping[str, Any]
"""``rateLimit`` a second, and ``burstLimit`` at once."""

# APIG-12: what an account may do stands in for a limit that is not set.
_ACCOUNT = {"burstLimit": 5000, "rateLimit": 10_000.0}


def throttle_of(settings: Mapping[str, Any]) -> Throttle | None:
    """The throttle in a stage's settings for a method or route; None if nothing is limited."""
    given = {key: settings.get(f"throttling{key[0].upper()}{key[1:]}") for key in _ACCOUNT}
    set_ = {key: value for key, value in given.items() if value is not None}
    return {**_ACCOUNT, **set_} if set_ else None


class Usage:
    """What has been used so far, by plan and key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: Counter[tuple[str, str]] = Counter()
        self._buckets: dict[str, tuple[float, int]] = {}

    def within_quota(self, name: str, quota: Mapping[str, Any] | None) -> bool:
        """Count one request against a quota; False if it is used up."""
        if not quota or not quota.get("limit"):
            return True
        key = (name, self._period(str(quota.get("period", "DAY"))))
        if self._used[key] >= int(quota["limit"]):
            return False
        self._used[key] += 1
        return True

    def within_rate(self, name: str, throttle: Throttle | None) -> bool:
        """Take one token out of a bucket; False if it is empty."""
        if not throttle or throttle.get("rateLimit") is None:
            return True
        rate, burst = float(throttle["rateLimit"]), float(throttle.get("burstLimit") or 0)
        now_us = self._clock.now_us
        tokens, filled_us = self._buckets.get(name, (burst, now_us))
        tokens = min(burst, tokens + rate * (now_us - filled_us) / US_PER_S)
        passes = tokens >= 1
        self._buckets[name] = (tokens - 1 if passes else tokens, now_us)
        return passes

    def _period(self, period: str) -> str:
        now = self._clock.now()
        if period == "MONTH":
            return f"{now:%Y-%m}"
        if period == "WEEK":
            year, week, _ = now.isocalendar()
            return f"{year}-w{week}"
        return f"{now:%Y-%m-%d}"
