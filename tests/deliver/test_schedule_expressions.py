from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harness.deliver.schedule_expressions import NoExpression, read

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TUESDAY = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)


def due(text, start=TUESDAY, count=3, **options):
    """The next times after ``start``, without their year's century and seconds."""
    expression = read(text, **options)
    us = began = (start - EPOCH) // timedelta(microseconds=1)
    found = []
    while len(found) < count and (us := expression.due_after(us, began)) is not None:
        found.append(f"{EPOCH + timedelta(microseconds=us):%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rate(5 minutes)", ["01-15 09:05", "01-15 09:10", "01-15 09:15"]),
        ("rate(1 day)", ["01-16 09:00", "01-17 09:00", "01-18 09:00"]),
        ("cron(0 10 * * ? *)", ["01-15 10:00", "01-16 10:00", "01-17 10:00"]),
        ("cron(5,35 14 * * ? *)", ["01-15 14:05", "01-15 14:35", "01-16 14:05"]),
        ("cron(1/10 * * * ? *)", ["01-15 09:01", "01-15 09:11", "01-15 09:21"]),
        ("cron(0/30 20-2 ? * MON-FRI *)", ["01-15 20:00", "01-15 20:30", "01-15 21:00"]),
        ("cron(15 10 ? * 6L 2030)", ["01-25 10:15", "02-22 10:15", "03-29 10:15"]),
        ("cron(0 9 ? * 3#2 *)", ["02-12 09:00", "03-12 09:00", "04-09 09:00"]),
        ("cron(0 9 ? * L *)", ["01-19 09:00", "01-26 09:00", "02-02 09:00"]),
        ("cron(0 8 L * ? *)", ["01-31 08:00", "02-28 08:00", "03-31 08:00"]),
        ("cron(0 8 L-2 * ? *)", ["01-29 08:00", "02-26 08:00", "03-29 08:00"]),
        ("cron(0 8 LW * ? *)", ["01-31 08:00", "02-28 08:00", "03-29 08:00"]),
        ("cron(0 8 3W * ? *)", ["02-04 08:00", "03-04 08:00", "04-03 08:00"]),
        ("cron(0 8 31 * ? *)", ["01-31 08:00", "03-31 08:00", "05-31 08:00"]),
        ("cron(0 8 1 JAN,jul ? *)", ["07-01 08:00", "01-01 08:00", "07-01 08:00"]),
        ("cron(0 0 1 1 ? 2029)", []),
    ],
)
def test_evb_06_expressions_are_due_when_aws_says(text, expected):
    assert due(text) == expected


def test_evb_06_a_time_in_the_hour_that_the_clock_skips_is_left_out_and_one_in_the_hour_it_repeats_is_due_once():
    new_york = {"zone": "America/New_York", "one_time": True}
    spring = due("cron(30 2 * * ? *)", datetime(2030, 3, 9, tzinfo=UTC), **new_york)
    assert spring == ["03-09 07:30", "03-11 06:30", "03-12 06:30"]
    autumn = due("cron(30 1 * * ? *)", datetime(2030, 11, 2, tzinfo=UTC), **new_york)
    assert autumn == ["11-02 05:30", "11-03 05:30", "11-04 06:30"]


def test_evb_06_at_is_a_time_on_the_wall_of_its_zone():
    assert due("at(2030-01-15T11:00:00)", zone="Europe/Berlin", one_time=True) == ["01-15 10:00"]
    assert due("at(2030-01-15T10:00:00)", zone="Europe/Berlin", one_time=True) == []


@pytest.mark.parametrize(
    "text",
    [
        *("5 minutes", "rate(0 minutes)", "rate(1 minutes)", "rate(5 minute)", "rate(1.5 hours)", "rate(5 seconds)"),
        *("cron(0 10 * * *)", "cron(0 10 * * * *)", "cron(0 10 ? * ? *)", "cron(60 10 * * ? *)", "cron(0 24 * * ? *)"),
        *("cron(0 10 32 * ? *)", "cron(0 10 ? * 8 *)", "cron(0 10 ? * 3#6 *)", "cron(0 10 * FOO ? *)"),
        *("cron(0 10 * * ? 1969)", "at(2030-01-15T11:00:00)", "cron(*/0 * * * ? *)", ""),
    ],
)
def test_evb_06_what_aws_would_refuse_is_refused(text):
    with pytest.raises(NoExpression):
        read(text)


@pytest.mark.parametrize(
    ("text", "zone"),
    [("at(tomorrow)", "UTC"), ("rate(5 minutes)", "Mars/Olympus"), ("rate(5 minutes)", "../../etc/passwd")],
)
def test_evb_06_what_the_scheduler_would_refuse_is_refused(text, zone):
    with pytest.raises(NoExpression):
        read(text, zone=zone, one_time=True)
