"""This file decides which tracebacks of the code under test a failure begins with, and how they read.

It reads the trace: a call that failed carries the traceback as far as it is in the function's own folder. Each distinct
one is told once, with how often it was raised; first those of calls that led to what a failed check is about.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from harness.errors import shown_path
from harness.kernel.clock import format_elapsed
from harness.kernel.trace import TraceEvent
from harness.report.story import concerned

MOST = 3

_FILE = re.compile(r'^  File "([^"]+)"', re.MULTILINE)


def own_errors(events: Sequence[TraceEvent], related: Collection[str], code: Mapping[str, Path]) -> list[str]:
    """The lines about what functions raised, each error with its traceback; none if none raised anything.

    ``related`` are the names the failed checks are about, ``code`` is the folder of each function's code.
    """
    raised = [e for e in events if e.station == "invoke" and "traceback" in e.detail]
    near = concerned(events, related)
    by_error: dict[tuple[str, str], list[TraceEvent]] = {}
    for event in [e for e in raised if e.number in near] or raised:
        by_error.setdefault((event.who, event.detail["traceback"]), []).append(event)
    lines: list[str] = []
    for (function, text), calls in list(by_error.items())[:MOST]:
        lines += [_head(function, calls), *_with_folder(text, code.get(function)).splitlines(), ""]
    left = len(by_error) - MOST
    if left > 0:
        lines += [f"... and {left:,} other error{'s' if left > 1 else ''} ...", ""]
    return lines


def _head(function: str, calls: Sequence[TraceEvent]) -> str:
    at = format_elapsed(calls[0].at_us)
    return (
        f"{function} failed at {at}:" if len(calls) == 1 else f"{function} failed {len(calls):,} times, first at {at}:"
    )


def _with_folder(text: str, folder: Path | None) -> str:
    """The traceback with paths that can be opened from where the run was started."""
    if folder is None:
        return text
    return _FILE.sub(lambda found: f'  File "{shown_path(folder / found[1])}"', text)
