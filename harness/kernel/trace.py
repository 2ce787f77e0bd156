"""This file decides what is remembered of a run: one append-only stream of events.

Each event has a running number, a virtual time, and the number of the event that caused it. Terminal,
JUnit, failure text and comparison read this stream and nothing else. It holds no wall clock and no
identity of the process, so two runs of the same scenario can be compared byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from harness.kernel.clock import Clock
from harness.kernel.packed import Packed, Row
from harness.kernel.rounds import Rounds

TRACE_FORMAT = 1

# How many of the latest texts are known again, so that events that say the same share it.
_TEXTS = 4096


class Detail(Mapping[str, Any]):
    """What an event says besides: a mapping in half of a dict's memory, of which a burst has a million."""

    __slots__ = ("names", "of_each")

    def __init__(self, names: tuple[str, ...], of_each: tuple[Any, ...]) -> None:
        self.names = names
        self.of_each = of_each

    def __getitem__(self, name: str) -> Any:
        try:
            return self.of_each[self.names.index(name)]
        except ValueError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One thing that happened.

    ``at_us`` counts from the start of the run, ``station`` is the folder of ours where it happened
    (act, deliver, invoke, workflow, expect ...), ``what`` a verb in the past, ``who`` the resource, by
    the author's name for it where there is one, ``cause`` the number of the event that led to it.
    """

    number: int
    at_us: int
    station: str
    what: str
    who: str
    cause: int | None
    detail: Mapping[str, Any]

    def as_json(self) -> str:
        """One canonical line: sorted keys, no spaces, no escapes for readable text."""
        record = {
            "n": self.number,
            "at_us": self.at_us,
            "station": self.station,
            "what": self.what,
            "who": self.who,
            "cause": self.cause,
            **({"detail": dict(self.detail)} if self.detail else {}),
        }
        return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Trace:
    """The stream, the names by which its reader knows the resources, and how often anything has set itself off.

    ``count`` is the number of the last event.
    """

    def __init__(self, clock: Clock) -> None:
        self.events: Packed[TraceEvent] = Packed(_as_row, _from_row)
        self.count = 0
        self.rounds = Rounds()
        self.names: dict[str, str] = {}
        self._clock = clock
        self._texts: dict[str, str] = {}
        self._shapes: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._listeners: list[Callable[[TraceEvent], None]] = []
        self._readers: list[Callable[[], None]] = []
        self._kept: int | None = None

    def keep_last(self, count: int) -> None:
        """Remember the last ``count`` events only (now and then up to twice as many), and count no rounds.

        For a world that never ends. Numbers and causes go on as ever; ``find`` says whether an event is still there.
        """
        self._kept = count

    def find(self, number: int) -> TraceEvent | None:
        """The event with this number; None if there is none, or it is remembered no more."""
        index = number - 1 - (self.count - len(self.events))
        return self.events[index] if 0 <= index < len(self.events) else None

    def since(self, number: int) -> list[TraceEvent]:
        """What is remembered of the events after this number."""
        return self.events[max(0, number - (self.count - len(self.events))) :]

    def listen(self, callback: Callable[[TraceEvent], None]) -> None:
        """Call ``callback`` with every event from now on."""
        self._listeners.append(callback)

    def before_forgetting(self, read: Callable[[], None]) -> None:
        """Call ``read`` whenever events are about to be forgotten: who reads now and then must have read them all."""
        self._readers.append(read)

    def name(self, arn: str) -> str:
        """The author's name for what has this ARN or physical id; without one, the ARN's last part."""
        return self.names.get(arn) or arn.rpartition(":")[2]

    def record(self, station: str, what: str, who: str, cause: int | None, detail: Mapping[str, Any]) -> TraceEvent:
        """Append an event; where ``who`` or a detail is an ARN or physical id, the author's name takes its place."""
        self.count += 1
        shape = tuple(detail)
        said = Detail(
            self._shapes.setdefault(shape, shape),
            tuple([self._text(value) if isinstance(value, str) else value for value in detail.values()]),
        )
        event = TraceEvent(self.count, self._clock.elapsed_us, station, what, self._text(who), cause, said)
        self.events.append(event)
        if self._kept is None:
            self.rounds.follow(station, what, event.who, cause)
        elif len(self.events) >= 2 * self._kept:
            for read in self._readers:
                read()
            self.events.forget(len(self.events) - self._kept)
        for callback in self._listeners:
            callback(event)
        return event

    def _text(self, text: str) -> str:
        """The author's name for what ``text`` names, else ``text``; the same object as the last time, if it can be."""
        name = self.names.get(text)
        if name is not None:
            return name
        if len(self._texts) >= _TEXTS:
            self._texts.clear()
        return self._texts.setdefault(text, text)

    def select(self, station: str, what: str | None = None, who: str | None = None) -> list[TraceEvent]:
        """The events of a station, of one kind and one resource if those are given."""
        return [
            self.events.make(row)
            for row in self.events.rows()
            if row[2] == station and (what is None or row[3] == what) and (who is None or row[4] == who)
        ]


def _as_row(event: TraceEvent) -> Row:
    said = event.detail
    assert isinstance(said, Detail)
    return (
        event.number,
        event.at_us,
        event.station,
        event.what,
        event.who,
        event.cause,
        said.names,
        said.of_each,
    )


def _from_row(row: Row) -> TraceEvent:
    number, at_us, station, what, who, cause, names, of_each = row
    return TraceEvent(number, at_us, station, what, who, cause, Detail(names, of_each))


def write_trace(events: Iterable[TraceEvent], file: TextIO) -> None:
    """Write the canonical JSON-lines form: a header line with the format number, then the events."""
    file.write(f'{{"format":{TRACE_FORMAT}}}\n')
    for event in events:
        file.write(event.as_json() + "\n")


def read_trace(file: TextIO) -> list[TraceEvent]:
    """The events of a stream that ``write_trace`` wrote.

    Raises:
        ValueError: it is not one, or one of another format number.
    """
    if json.loads(next(file, "null")) != {"format": TRACE_FORMAT}:
        raise ValueError(f"this is no trace of format {TRACE_FORMAT}")
    events = []
    for line in file:
        r = json.loads(line)
        events.append(
            TraceEvent(r["n"], r["at_us"], r["station"], r["what"], r["who"], r["cause"], r.get("detail", {}))
        )
    return events
