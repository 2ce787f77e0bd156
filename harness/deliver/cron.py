"""This file decides which minutes one of AWS's cron expressions means: six fields, with ``?``, ``L``, ``W`` and ``#``.

The rules are those of AWS's page "Cron expressions" (EventBridge User Guide): minutes, hours, day of month, month, day
of week (1 is Sunday), year; of the two day fields one must be ``?``. No library that is kept reads this dialect. Time
zones are not decided here: all times are those of one clock on the wall.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

FIRST_YEAR, LAST_YEAR = 1970, 2199
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
_NEAREST_WEEKDAY = re.compile(r"(\d{1,2})W")
_FROM_THE_END = re.compile(r"L(?:-(\d{1,2}))?")
_LAST_OF_ITS_KIND = re.compile(r"(\w+)L")
_NTH = re.compile(r"(\w+)#([1-5])")


class CronProblem(ValueError):
    """An expression that is none of AWS's; the text says why."""


@dataclass(frozen=True, slots=True)
class Cron:
    """One cron expression, read."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: tuple[int, ...]
    years: tuple[int, ...]
    day_of_month: str
    day_of_week: str

    def after(self, moment: datetime) -> Iterator[datetime]:
        """All times later than ``moment``, in order; without a time zone, as ``moment`` is."""
        for year in self.years:
            if year < moment.year:
                continue
            for month in self.months:
                if (year, month) < (moment.year, moment.month):
                    continue
                for day in self._days(year, month):
                    if (year, month, day) < (moment.year, moment.month, moment.day):
                        continue
                    for hour in self.hours:
                        for minute in self.minutes:
                            at = datetime(year, month, day, hour, minute)
                            if at > moment:
                                yield at

    def _days(self, year: int, month: int) -> list[int]:
        last = calendar.monthrange(year, month)[1]
        if self.day_of_month != "?":
            return [day for day in _days_of_month(self.day_of_month, year, month, last) if 1 <= day <= last]
        return _days_of_week(self.day_of_week, year, month, last)


def read(text: str) -> Cron:
    """The expression inside of ``cron(...)``.

    Raises:
        CronProblem: AWS would refuse it.
    """
    fields = text.upper().split()
    if len(fields) != 6:
        raise CronProblem(
            f"it has {len(fields)} fields; minutes, hours, day of month, month, day of week and year are 6"
        )
    minutes, hours, day_of_month, month, day_of_week, year = fields
    if (day_of_month == "?") == (day_of_week == "?"):
        raise CronProblem("exactly one of day of month and day of week must be ?")
    found = Cron(
        _values(minutes, 0, 59, {}),
        _values(hours, 0, 23, {}),
        _values(month, 1, 12, _MONTHS),
        _values(year, FIRST_YEAR, LAST_YEAR, {}),
        day_of_month,
        day_of_week,
    )
    if day_of_month != "?":
        _days_of_month(day_of_month, 2000, 1, 31)
    else:
        _days_of_week(day_of_week, 2000, 1, 31)
    return found


def _values(field: str, least: int, most: int, names: dict[str, int]) -> tuple[int, ...]:
    """What a field of lists, ranges, steps and ``*`` means, in order."""
    found: set[int] = set()
    for part in field.split(","):
        span, slash, step_text = part.partition("/")
        step = _number(step_text, 1, most, {}) if slash else 1
        first, dash, last = span.partition("-")
        if span == "*":
            numbers = range(least, most + 1, step)
        elif dash:
            low, high = _number(first, least, most, names), _number(last, least, most, names)
            # 20-2 goes over midnight.
            high_end = high if high >= low else high + most - least + 1
            numbers = range(low, high_end + 1, step)
        else:
            low = _number(first, least, most, names)
            numbers = range(low, (most if slash else low) + 1, step)
        found.update((n - least) % (most - least + 1) + least for n in numbers)
    return tuple(sorted(found))


def _number(text: str, least: int, most: int, names: dict[str, int]) -> int:
    number = names.get(text)
    if number is None and text.isascii() and text.isdigit() and len(text) < 5:
        number = int(text)
    if number is None or not least <= number <= most:
        raise CronProblem(f'"{text}" is no value from {least} to {most}')
    return number


def _days_of_month(field: str, year: int, month: int, last: int) -> list[int]:
    from_end, weekday = _FROM_THE_END.fullmatch(field), _NEAREST_WEEKDAY.fullmatch(field)
    if from_end:
        return [last - int(from_end[1] or 0)]
    if field == "LW":
        return [_nearest_weekday(last, year, month, last)]
    if weekday:
        return [_nearest_weekday(_number(weekday[1], 1, 31, {}), year, month, last)]
    return list(_values(field, 1, 31, {}))


def _nearest_weekday(day: int, year: int, month: int, last: int) -> int:
    """The weekday closest to a day, within its month; 0 if the month has no such day."""
    if day > last:
        return 0
    weekday = calendar.weekday(year, month, day)
    if weekday == 5:
        return day - 1 if day > 1 else day + 2
    if weekday == 6:
        return day + 1 if day < last else day - 2
    return day


def _days_of_week(field: str, year: int, month: int, last: int) -> list[int]:
    first = (calendar.weekday(year, month, 1) + 1) % 7 + 1  # 1 is Sunday
    nth, last_of = _NTH.fullmatch(field), _LAST_OF_ITS_KIND.fullmatch(field)
    if nth:
        day = 1 + (_number(nth[1], 1, 7, _DAYS) - first) % 7 + 7 * (int(nth[2]) - 1)
        return [day] if day <= last else []
    if last_of:
        day = 1 + (_number(last_of[1], 1, 7, _DAYS) - first) % 7
        return [day + 7 * ((last - day) // 7)]
    wanted = (7,) if field == "L" else _values(field, 1, 7, _DAYS)
    return [day for day in range(1, last + 1) if (first + day - 2) % 7 + 1 in wanted]
