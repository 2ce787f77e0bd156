"""This file decides whether two runs were the same run, and whose doing it is if they were not.

Same scenario, same decisions, same code: the traces must be equal, byte for byte. The first event that differs is
followed up its causes to the nearest call of a function, for that is where something was read that the harness does
not control: ``/dev/urandom``, the order of a set, the machine's own clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.kernel.clock import format_elapsed
from harness.kernel.trace import TraceEvent


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two traces part.

    ``first`` and ``second`` are the two events (None: that run had ended), ``function`` the function in whose call
    it happened, if there is one.
    """

    first: TraceEvent | None
    second: TraceEvent | None
    function: str | None

    def __str__(self) -> str:
        event = self.first or self.second
        assert event is not None
        where = f"event {event.number} at {format_elapsed(event.at_us)}"
        lines = [
            f"Two runs of the same scenario part at {where}.",
            f"  first run:   {_one_line(self.first)}",
            f"  second run:  {_one_line(self.second)}",
        ]
        if self.function:
            lines.append(
                f'  It happened in a call of "{self.function}". Most likely its handler reads something that is not '
                "the same in every run: real randomness (os.urandom is replaced; /dev/urandom is not), the order of a "
                "set, id(), time.perf_counter, or the network."
            )
        else:
            lines.append("  No function was being called: please report this as a fault of the harness.")
        return "\n".join(lines)


def first_difference(first: Sequence[TraceEvent], second: Sequence[TraceEvent]) -> Difference | None:
    """Where the two traces part, or None if they are equal."""
    for one, other in zip(first, second, strict=False):
        if one != other:
            return Difference(one, other, _function_of(one, first) or _function_of(other, second))
    if len(first) == len(second):
        return None
    longer = first if len(first) > len(second) else second
    extra = longer[min(len(first), len(second))]
    one_ended = longer is second
    return Difference(None if one_ended else extra, extra if one_ended else None, _function_of(extra, longer))


def _function_of(event: TraceEvent, trace: Sequence[TraceEvent]) -> str | None:
    current: TraceEvent | None = event
    while current is not None and current.station != "invoke":
        current = trace[current.cause - 1] if current.cause is not None else None
    return current.who if current is not None else None


def _one_line(event: TraceEvent | None) -> str:
    if event is None:
        return "had ended"
    detail = ", ".join(f"{key}={value!r}" for key, value in sorted(event.detail.items()))
    return f"{event.station} {event.what} {event.who}" + (f"  ({detail[:300]})" if detail else "")
