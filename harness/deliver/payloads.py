"""This file decides how times look in what AWS sends: ISO 8601 with milliseconds and a Z."""

from __future__ import annotations

from harness.kernel.clock import Clock


def iso_ms(clock: Clock) -> str:
    """The clock's time as ``2030-01-15T09:00:00.000Z``."""
    now = clock.now()
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"
