"""Hand-made runs for the tests of reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, Location
from harness.expect.outcome import CheckOutcome
from harness.kernel.clock import Clock, to_us
from harness.kernel.decisions import First
from harness.kernel.trace import Trace, TraceEvent
from harness.report.shapes import Outcome

PATH = "scenarios/csv_report/poison.yaml"


@dataclass
class Item:
    where: Location
    because: str | None = None


@dataclass
class Named:
    name: str = "a poison message ends in the dead-letter queue"
    where: Location = field(default_factory=lambda: Location(PATH, 1))
    overrides: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.where.path}::{self.name}"


@dataclass
class FakeRun:
    outcome: Outcome = "passed"
    scenario: Any = field(default_factory=Named)
    checks: list[CheckOutcome] = field(default_factory=list)
    error: HarnessError | None = None
    events: list[TraceEvent] = field(default_factory=list)
    elapsed_us: int = to_us(130)
    real_s: float = 0.25
    decisions: Any = field(default_factory=First)
    code: dict[str, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Recorder:
    """Writes a trace: ``at`` moves the clock, ``record`` returns the event's number."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.trace = Trace(self.clock)

    def at(self, seconds: float) -> Recorder:
        self.clock.move_to(self.clock.start_us + to_us(seconds))
        return self

    def record(self, station: str, what: str, who: str, cause: int | None = None, **detail: Any) -> int:
        return self.trace.record(station, what, who, cause, detail).number


def poison_events(receives: int = 2) -> list[TraceEvent]:
    """A poison message, received and failed on ``receives`` times, 30 s apart."""
    r = Recorder()
    act = r.record("act", "sent", "MainQueue", body="not json")
    sent = r.record("queue", "sent", "MainQueue", act, message_id="m1", receive_count=0)
    for n in range(1, receives + 1):
        r.at((n - 1) * 30 + 0.02)
        polled = r.record(
            "deliver", "polled", "CsvProcessor", sent, queue="MainQueue", messages=["m1"], receive_counts=[n]
        )
        r.record("queue", "received", "MainQueue", sent, message_id="m1", receive_count=n)
        started = r.record("invoke", "started", "CsvProcessor", polled, request_id=f"r{n}", cold=n == 1)
        r.record(
            "invoke",
            "failed",
            "CsvProcessor",
            started,
            request_id=f"r{n}",
            error="JSONDecodeError",
            message="Expecting value: line 1 column 1 (char 0)",
        )
        r.at(n * 30)
        r.record("queue", "returned", "MainQueue", sent, message_id="m1", receive_count=n)
    return r.trace.events


def failed_check(**changes: Any) -> CheckOutcome:
    values: dict[str, Any] = {
        "check": Item(Location(PATH, 6)),
        "held": False,
        "sentence": "DeadLetterQueue holds 1 message",
        "seen": "it holds 0 at 00:02:10.000, and nothing is left to happen",
        "at_us": to_us(130),
        "related": ("DeadLetterQueue", "MainQueue"),
    }
    return CheckOutcome(**{**values, **changes})


def failed_run(**changes: Any) -> FakeRun:
    held = CheckOutcome(Item(Location(PATH, 7)), True, "CsvProcessor has 2 invocations")
    values: dict[str, Any] = {"outcome": "failed", "checks": [failed_check(), held], "events": poison_events()}
    return FakeRun(**{**values, **changes})
