"""A failure begins with what the code under test raised: each error once, with paths that can be opened."""

from __future__ import annotations

from pathlib import Path

from harness.report.own_errors import own_errors
from tests.report.runs import Recorder

TEXT = 'Traceback (most recent call last):\n  File "app.py", line {line}, in handler\n    x\nValueError: no'


def failed(r: Recorder, function: str, line: int, cause: int | None = None) -> int:
    text = TEXT.format(line=line)
    return r.record("invoke", "failed", function, cause, error="ValueError", message="no", traceback=text)


def test_an_error_is_told_once_with_how_often_it_was_raised() -> None:
    r = Recorder()
    failed(r, "Worker", 1)
    failed(r.at(30), "Worker", 1)
    folder = Path.cwd() / "lambdas" / "jobs" / "worker"
    assert own_errors(r.trace.events, [], {"Worker": folder}) == [
        "Worker failed 2 times, first at 00:00:00.000:",
        "Traceback (most recent call last):",
        '  File "lambdas/jobs/worker/app.py", line 1, in handler',
        "    x",
        "ValueError: no",
        "",
    ]


def test_what_led_to_the_failed_check_is_told_and_nothing_else() -> None:
    r = Recorder()
    failed(r, "Other", 1)
    r.record("queue", "moved", "Dead", failed(r, "Worker", 2))
    lines = own_errors(r.trace.events, ["Dead"], {})
    assert [line for line in lines if "failed" in line] == ["Worker failed at 00:00:00.000:"]


def test_if_nothing_leads_to_the_check_every_error_may_be_the_reason() -> None:
    r = Recorder()
    failed(r, "Worker", 1)
    assert own_errors(r.trace.events, ["Dead"], {})[0] == "Worker failed at 00:00:00.000:"


def test_many_different_errors_are_counted() -> None:
    r = Recorder()
    for line in range(1, 6):
        failed(r, "Worker", line)
    assert own_errors(r.trace.events, [], {})[-2:] == ["... and 2 other errors ...", ""]


def test_a_code_folder_elsewhere_is_shown_as_it_is() -> None:
    r = Recorder()
    failed(r, "Worker", 1)
    assert '  File "/elsewhere/worker/app.py", line 1, in handler' in own_errors(
        r.trace.events, [], {"Worker": Path("/elsewhere/worker")}
    )
