"""This file decides what an event bus's archives keep, and how a replay brings it back. EVB-07

Which archives and replays are accepted is ``vendor/events_archives.py``'s business. The rules are those of AWS's pages
"Archiving events", "Replaying archived events" and ``StartReplay``: an archive keeps what matches its pattern, but
nothing that was replayed; a replay goes by the time in the events, minute by minute, to the rules that it names or to
all of the bus, each of which must match still; a replayed event carries ``replay-name`` beside what it had, its id
too. AWS says that up to ten minutes may pass before an event is in its archive, and nothing of how long a minute of the
past takes; here an event is there at once, and the next minute follows a second later.
"""

from __future__ import annotations

from itertools import groupby

from harness.deliver.bus_rules import BusRules
from harness.deliver.patterns import matches
from harness.kernel.scheduler import Kernel
from harness.vendor import events_archives
from harness.vendor.events_archives import Archive, Replay
from harness.vendor.events_bus import BusEvent

_SECONDS_OF_A_MINUTE = 60
_BETWEEN_MINUTES_S = 1.0


class Archives:
    """The archives of all buses, and the replays from them."""

    def __init__(self, kernel: Kernel, rules: BusRules) -> None:
        self._kernel = kernel
        self._rules = rules
        rules.archives = self

    def want(self, event: BusEvent) -> bool:
        """Whether an archive of the event's bus wants it."""
        return bool(self._wanting(event))

    def keep(self, event: BusEvent) -> None:
        """Put the event into each archive of its bus that wants it."""
        for archive in self._wanting(event):
            archive.keep(event, self._kernel.clock.now_us)
            self._kernel.emit("deliver", "archived", archive.arn, bus=event.bus_arn, detail_type=event.detail_type)

    def _wanting(self, event: BusEvent) -> list[Archive]:
        if event.replay_name is not None:
            return []
        envelope = event.envelope()
        found = events_archives.archives(event.bus_arn)
        return [a for a in found if a.pattern is None or matches(a.pattern, envelope)]

    def on_replay(self, replay: Replay) -> None:
        """Send the archive's events on their way once more, in a task of its own."""
        self._kernel.spawn(lambda: self._run(replay), name=f"replay {replay.name}")

    def _run(self, replay: Replay) -> None:
        events = replay.begin()
        name = self._kernel.trace.name
        cause = self._kernel.emit(
            "deliver",
            "replay begun",
            replay.archive_arn,
            replay=replay.name,
            events=len(events),
            rules=[name(arn) for arn in replay.rule_arns],
        )
        only = frozenset(replay.rule_arns) or None
        minutes = [list(found) for _, found in groupby(events, key=lambda event: event.seconds // _SECONDS_OF_A_MINUTE)]
        for number, minute in enumerate(minutes):
            if number:
                self._kernel.sleep(_BETWEEN_MINUTES_S)
            if not replay.goes_on:
                break
            for event in minute:
                self._rules.on_event(event, only=only, cause=cause)
                replay.reached(event)
        state = replay.end(self._kernel.clock.now_us)
        self._kernel.emit("deliver", "replay ended", replay.archive_arn, cause=cause, replay=replay.name, state=state)
