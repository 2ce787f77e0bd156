"""This file decides how many requests an API key gets through: its usage plan's quota and throttle (APIG-07, APIG-12).

A quota counts in the days, weeks and months of UTC; a throttle is a bucket of tokens, as large as the burst limit and
filled at the rate limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from harness.kernel.clock import US_PER_S, Clock


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

    def within_rate(self, name: str, throttle: Mapping[str, Any] | None) -> bool:
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
