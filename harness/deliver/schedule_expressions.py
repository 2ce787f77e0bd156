"""This file decides when a schedule is due: ``rate(...)``, ``cron(...)`` and, with the Scheduler, ``at(...)``. EVB-06

It fires nothing. A rate counts from the moment at which its schedule begins; cron and at are times on the wall of a
time zone. Where a zone's clock is put forward, what would be due in the hour that is left out is left out; where it is
put back, it is due once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from harness.deliver import cron
from harness.kernel.clock import to_us

_CALL = re.compile(r"(rate|cron|at)\((.*)\)", re.DOTALL)
_RATE = re.compile(r"([1-9]\d{0,8})\s+(minute|hour|day)(s?)")
_UNIT_S = {"minute": 60, "hour": 3600, "day": 86_400}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoExpression(ValueError):
    """A text that AWS would not take as a schedule; it says why."""


@dataclass(frozen=True, slots=True)
class Expression:
    """One schedule expression, read: exactly one of the three is there. Times are on the wall of ``zone``."""

    zone: ZoneInfo
    every_us: int | None = None
    cron: cron.Cron | None = None
    at: datetime | None = None

    @property
    def recurs(self) -> bool:
        """Whether it is due more than once."""
        return self.at is None

    def due_after(self, moment_us: int, began_us: int) -> int | None:
        """When it is due next after ``moment_us`` (since 1970), having begun at ``began_us``; None if never."""
        if self.every_us is not None:
            passed = max(0, (moment_us - began_us) // self.every_us + 1)
            return began_us + passed * self.every_us
        return next((us for us in self._on_the_wall(moment_us) if us > moment_us), None)

    def _on_the_wall(self, moment_us: int) -> Iterator[int]:
        if self.at is not None:
            yield _us(self.at, self.zone) or 0
        elif self.cron is not None:
            wall = (_EPOCH + timedelta(microseconds=moment_us)).astimezone(self.zone).replace(tzinfo=None)
            for at in self.cron.after(wall):
                us = _us(at, self.zone)
                if us is not None:
                    yield us


def _us(wall: datetime, zone: ZoneInfo) -> int | None:
    """Microseconds since 1970 of a time on a zone's wall; None where the clock was put forward over it."""
    aware = wall.replace(tzinfo=zone)
    utc = aware.astimezone(UTC)
    if utc.astimezone(zone).replace(tzinfo=None) != wall:
        return None
    return (utc - _EPOCH) // timedelta(microseconds=1)


def read(text: str, *, zone: str = "UTC", one_time: bool = False) -> Expression:
    """The schedule that ``text`` stands for; ``at`` only where ``one_time`` schedules are possible.

    Raises:
        NoExpression: AWS would refuse it.
    """
    found = _CALL.fullmatch(text.strip())
    if found is None or (found[1] == "at" and not one_time):
        raise NoExpression(f'"{text}" is neither rate(...) nor cron(...){" nor at(...)" if one_time else ""}')
    place = _zone(zone)
    if found[1] == "rate":
        return Expression(place, every_us=to_us(_rate_s(found[2], strict=not one_time)))
    if found[1] == "cron":
        try:
            return Expression(place, cron=cron.read(found[2]))
        except cron.CronProblem as problem:
            raise NoExpression(str(problem)) from None
    try:
        return Expression(place, at=datetime.strptime(found[2].strip(), "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        raise NoExpression(f"at({found[2]}) is no time like at(2030-01-31T09:30:00)") from None


def _rate_s(text: str, *, strict: bool) -> int:
    """``strict`` as EventBridge's rules are: one minute, two minutes. The Scheduler takes either."""
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise NoExpression(f"rate({text}) is no number of minutes, hours or days")
    if strict and (int(found[1]) == 1) == bool(found[3]):
        raise NoExpression(f"rate({text}): 1 goes with {found[2]}, more than 1 with {found[2]}s")
    return int(found[1]) * _UNIT_S[found[2]]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise NoExpression(f'"{name}" is no time zone') from None


def problem(text: str) -> str | None:
    """What is wrong with the expression of a rule, or None."""
    try:
        read(text)
    except NoExpression as error:
        return str(error)
    return None
