"""This file decides which events of a trace tell the story of a failure, and in how many lines.

It reads the trace only. The story is what touched the resources in question, whatever led to that, and
whatever went wrong; housekeeping is left out. A long story loses its middle: what went wrong and how it came to that
stays longest, then the beginning and the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from harness.kernel.trace import TraceEvent
from harness.report import sentences

LONGEST = 24

_WENT_WRONG = {
    ("invoke", "failed"),
    ("invoke", "timed out"),
    ("invoke", "exited"),
    ("invoke", "could not start"),
    ("invoke", "stopped"),
    ("workflow", "failed"),
    ("workflow", "timed out"),
    ("workflow", "aborted"),
    ("deliver", "dropped"),
    ("deliver", "async gave up"),
    ("deliver", "gave up"),
    ("deliver", "expired"),
    ("queue", "moved"),
    ("queue", "expired"),
}

# What happens on the way of every event, and says nothing that its neighbours do not say.
_HOUSEKEEPING = {
    ("http", "received"),
    ("invoke", "started"),
    ("invoke", "called"),
    ("invoke", "logged"),
    ("queue", "received"),
    ("queue", "deleted"),
    ("workflow", "left"),
    ("act", "settled"),
    ("expect", "held"),
    ("expect", "failed"),
}


def story(events: Sequence[TraceEvent], related: Collection[str]) -> list[str]:
    """The lines of the story, oldest first; none if nothing worth telling happened."""
    chosen = _choose(events, frozenset(related))
    kept = set(_most_telling(chosen, events))
    lines: list[str] = []
    left_out = 0
    for event in chosen:
        if event.number not in kept:
            left_out += 1
            continue
        if left_out:
            lines.append(_gap(left_out))
            left_out = 0
        lines.append(sentences.line(event))
    if left_out:
        lines.append(_gap(left_out))
    return lines


def concerned(events: Sequence[TraceEvent], related: Collection[str]) -> set[int]:
    """The numbers of the events that touched what is related, and of whatever led to them."""
    names = frozenset(related)
    return set(_with_causes(events, (e for e in events if _touches(e, names))))


def _gap(count: int) -> str:
    return f"... {count:,} more event{'s' if count > 1 else ''} ..."


def _choose(events: Sequence[TraceEvent], related: frozenset[str]) -> list[TraceEvent]:
    touched = [e for e in events if _touches(e, related)]
    if not any(_salient(e) for e in touched):
        touched = list(events)
    numbers = set(_with_causes(events, touched))
    numbers.update(_with_causes(events, (e for e in events if _went_wrong(e))))
    return [e for e in events if e.number in numbers and _salient(e)]


def _went_wrong(event: TraceEvent) -> bool:
    return (event.station, event.what) in _WENT_WRONG or _is_note(event)


def _is_note(event: TraceEvent) -> bool:
    """Whether the harness says it of a call, and not the function."""
    return event.what == "logged" and str(event.detail.get("text", "")).startswith("[HARNESS]")


def _salient(event: TraceEvent) -> bool:
    if event.what == "async attempt":
        return event.detail.get("attempt") != 1
    if _is_note(event):
        return True
    return (event.station, event.what) not in _HOUSEKEEPING


def _touches(event: TraceEvent, related: frozenset[str]) -> bool:
    return event.who in related or any(_names(value, related) for value in event.detail.values())


def _names(value: Any, related: frozenset[str]) -> bool:
    return isinstance(value, str) and value in related


def _with_causes(events: Sequence[TraceEvent], start: Iterable[TraceEvent]) -> Iterator[int]:
    seen: set[int] = set()
    for event in start:
        while event.number not in seen:
            seen.add(event.number)
            yield event.number
            # One that was seen is not looked up again, which takes a while in a packed trace.
            if event.cause is not None and event.cause not in seen:
                event = _by_number(events, event.cause)


def _by_number(events: Sequence[TraceEvent], number: int) -> TraceEvent:
    # Numbers run from 1 without a gap.
    return events[number - 1]


def _most_telling(chosen: list[TraceEvent], events: Sequence[TraceEvent]) -> list[int]:
    """The numbers of at most ``LONGEST`` events."""
    if len(chosen) <= LONGEST:
        return [e.number for e in chosen]
    wrong = set(_with_causes(events, (e for e in chosen if _went_wrong(e))))
    telling = _ends([e.number for e in chosen if e.number in wrong], LONGEST * 2 // 3)
    room = LONGEST - len(telling)
    told = set(telling)
    return telling + _ends([e.number for e in chosen if e.number not in told], room)


def _ends(numbers: list[int], room: int) -> list[int]:
    """The first few and the last few."""
    if len(numbers) <= room:
        return numbers
    first = room // 2
    return numbers[:first] + numbers[len(numbers) - (room - first) :]
