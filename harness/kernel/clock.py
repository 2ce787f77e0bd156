"""This file decides what time it is: virtual time, in whole microseconds.

Microseconds are integers so that sums are exact: three visibility timeouts of 30 s are 90 s, not
89.999999. The clock moves forward only, and only when the scheduler says so. Whoever must follow it
(the patched ``time.time``, say) asks to be called after each move.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

US_PER_S = 1_000_000

# Far from zero and from today, so that neither can be mistaken for it.
DEFAULT_START = datetime(2030, 1, 15, 9, 0, 0, tzinfo=UTC)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(seconds: float) -> int:
    """Seconds as whole microseconds, rounded to the nearest."""
    return round(seconds * US_PER_S)


class Clock:
    """Virtual time since 1970 and since the start of the run."""

    def __init__(self, start: datetime = DEFAULT_START) -> None:
        self.start_us = (start - _EPOCH) // timedelta(microseconds=1)
        self.now_us = self.start_us
        # Microseconds since the run began; kept, since all that happens at one moment shares it.
        self.elapsed_us = 0
        self._followers: list[Callable[[int], None]] = []

    @property
    def now_s(self) -> float:
        """Seconds since 1970, as ``time.time()`` would say."""
        return self.now_us / US_PER_S

    def now(self) -> datetime:
        """The virtual time as an aware UTC datetime."""
        return _EPOCH + timedelta(microseconds=self.now_us)

    def follow(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Call ``callback(now_us)`` after every move; returns a function that ends this."""
        self._followers.append(callback)
        return lambda: self._followers.remove(callback)

    def move_to(self, due_us: int) -> None:
        """Move forward to ``due_us``; the scheduler alone calls this."""
        if due_us <= self.now_us:
            return
        self.now_us = due_us
        self.elapsed_us = due_us - self.start_us
        for callback in self._followers:
            callback(due_us)


def format_elapsed(elapsed_us: int) -> str:
    """``HH:MM:SS.mmm`` since the run began; more than a day shows as ``2d 03:04:05.000``."""
    ms = elapsed_us // 1000
    days, ms = divmod(ms, 86_400_000)
    hours, ms = divmod(ms, 3_600_000)
    minutes, ms = divmod(ms, 60_000)
    seconds, ms = divmod(ms, 1000)
    text = f"{hours:02}:{minutes:02}:{seconds:02}.{ms:03}"
    return f"{days}d {text}" if days else text
