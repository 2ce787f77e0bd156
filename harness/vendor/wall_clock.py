"""This file decides what ``time.time()`` and ``datetime.now()`` say: the kernel's clock.

Upstream: CPython reads the machine's clock. Why that can't stay: moto stamps everything with it, and handlers
compute with it. What we do: time-machine replaces the C functions, so names imported long ago follow too, and
every move of the kernel's clock moves it by exactly as many microseconds. Local time is UTC meanwhile, as on
Lambda. ``time.perf_counter`` stays real; ``time.monotonic`` is ``threads.py``'s business.
Not needed any more when: never; it is what virtual time means.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import time_machine

from harness.kernel.clock import Clock


@contextmanager
def follow(clock: Clock) -> Iterator[None]:
    """Make the process's wall clock follow ``clock`` inside the block."""
    with time_machine.travel(clock.now(), tick=False) as traveller:
        shown_us = clock.now_us

        def move(now_us: int) -> None:
            nonlocal shown_us
            # By a difference: a timestamp as a float would lose microseconds.
            traveller.shift(timedelta(microseconds=now_us - shown_us))
            shown_us = now_us

        unfollow = clock.follow(move)
        try:
            yield
        finally:
            unfollow()


def machine_now_s() -> float:
    """Seconds since 1970 on the machine's own clock, which processes of their own go by."""
    return time_machine.escape_hatch.time.time()
