"""This file decides when a chain of calls is a loop that Lambda stops (LAM-24), and what says so: the trace header.

The header (XR-03) goes with a call's task to everything it sets off: direct calls, objects, publications; a queue
keeps it in the message's ``AWSTraceHeader``. Its part ``Lineage`` counts, function by function, how often each has
run in this chain: ``Lineage=3f2a9c01:4|b07d11e2:5``. The digits stand for the function's ARN. Where the header does
not go, a loop is not seen: Step Functions, tables, whatever a handler passes on by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from harness.kernel.clock import Clock

# "Approximately 16 times", says AWS.
MOST_IN_A_CHAIN = 16

STOPPED = (
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources "
    "and stopped your function's invocation."
)


def runs_before(header: str | None, function_arn: str) -> int:
    """How often the function has run in the chain that the header belongs to."""
    return _lineage(header).get(_mark(function_arn), 0)


def next_header(header: str | None, function_arn: str, clock: Clock, drawn: str) -> str:
    """The header of a call that follows from ``header``; ``drawn`` are 40 digits for what is new in it."""
    lineage = _lineage(header)
    mark = _mark(function_arn)
    lineage[mark] = lineage.get(mark, 0) + 1
    root = _parts(header).get("Root") or f"1-{int(clock.now_s):08x}-{drawn[:24]}"
    return f"Root={root};Parent={drawn[24:40]};Sampled=0;{_written(lineage)}"


def joined(headers: Iterable[str | None]) -> str | None:
    """What several messages' headers mean to the call that gets them all: a new trace (XR-03), the longest chains."""
    together: dict[str, int] = {}
    for header in headers:
        for mark, count in _lineage(header).items():
            together[mark] = max(count, together.get(mark, 0))
    return _written(together) if together else None


def _parts(header: str | None) -> dict[str, str]:
    pairs = (part.partition("=") for part in (header or "").split(";"))
    return {name.strip(): value for name, _, value in pairs}


def _lineage(header: str | None) -> dict[str, int]:
    pairs = (part.partition(":") for part in _parts(header).get("Lineage", "").split("|"))
    return {mark: int(count) for mark, _, count in pairs if count.isdecimal()}


def _written(lineage: Mapping[str, int]) -> str:
    return "Lineage=" + "|".join(f"{mark}:{count}" for mark, count in lineage.items())


def _mark(function_arn: str) -> str:
    return hashlib.sha256(function_arn.encode()).hexdigest()[:8]
