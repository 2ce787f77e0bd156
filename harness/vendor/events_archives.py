"""This file decides which archives and replays EventBridge accepts, and what an archive holds. EVB-07

Upstream: moto 5.2.5 fills an archive through a managed rule whose delivery went away with ``events_bus.py``; a replay
happens inside of ``StartReplay``, whatever its times and its ``FilterArns`` say; ``RetentionDays`` ends nothing; the
size is that of a Python list; ``ListReplays`` finds no state. Why that can't stay: a replay would reach rules it was
not meant for, at once and with the producer waiting. What we do: events are kept in moto's archive by whoever delivers,
``StartReplay`` checks and tells, and the rest is asked of ``begin``, ``end`` and ``Replay.running``.
Since: moto 3.0 (``Archive``, ``Replay``). Not needed any more when: moto replays asynchronously, by time and rule.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from moto.events.exceptions import IllegalStatusException, ValidationException
from moto.events.models import Archive as MotoArchive
from moto.events.models import EventsBackend, ReplayState, events_backends
from moto.events.models import Replay as MotoReplay

from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.vendor.events_bus import BusEvent
from harness.vendor.patches import Patches

_SECONDS_OF_A_DAY = 86_400
_LONGEST_NAME = 64
_LAST_REPLAYED = "harness_last_replayed"


@dataclass(frozen=True, slots=True)
class Kept:
    """An event in an archive; ``at_us`` is when it came in, in microseconds since 1970."""

    at_us: int
    event: BusEvent


class Replay:
    """One replay that was started: ``rule_arns`` are the rules it is for, all of the bus if there are none."""

    def __init__(self, found: MotoReplay) -> None:
        self.name: str = found.name
        self.arn: str = found.arn
        self.archive_arn: str = found.source_arn
        self.bus_arn: str = found.destination["Arn"]
        self.rule_arns: tuple[str, ...] = tuple(found.destination.get("FilterArns") or ())
        self._found = found

    def begin(self) -> list[BusEvent]:
        """Say that it runs; the events that it replays, oldest first, named after it: none if it was cancelled."""
        if not self.goes_on:
            return []
        self._found.state = ReplayState.RUNNING
        archive = _archive(self.archive_arn)
        first, last = float(self._found.event_start_time), float(self._found.event_end_time)
        kept = _kept(archive) if archive is not None else []
        within = [one for one in kept if first <= one.event.seconds <= last]
        return [replace(kept.event, replay_name=self.name) for kept in sorted(within, key=lambda k: k.event.seconds)]

    @property
    def goes_on(self) -> bool:
        """Whether nobody has cancelled it."""
        return bool(self._found.state in (ReplayState.STARTING, ReplayState.RUNNING))

    def reached(self, event: BusEvent) -> None:
        """Say that the event was replayed."""
        vars(self._found)[_LAST_REPLAYED] = event.seconds

    def end(self, now_us: int) -> str:
        """Say that it is over; the state it ended in."""
        self._found.state = ReplayState.COMPLETED if self.goes_on else ReplayState.CANCELLED
        self._found.end_time = now_us / US_PER_S
        return str(self._found.state.value)


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive as it stands; ``pattern`` is None for one that keeps everything."""

    arn: str
    pattern: Mapping[str, Any] | None

    def keep(self, event: BusEvent, at_us: int) -> None:
        """Put the event into it."""
        found = _archive(self.arn)
        if found is not None:
            _kept(found).append(Kept(at_us, event))


def archives(bus_arn: str) -> list[Archive]:
    """The archives of a bus, in the order in which they were made."""
    _, _, _, region, account_id, _ = bus_arn.split(":", 5)
    found = events_backends[account_id][region].archives.values()
    return [Archive(a.arn, a.event_pattern.get_pattern() or None) for a in found if a.source_arn == bus_arn]


def _archive(arn: str) -> MotoArchive | None:
    _, _, _, region, account_id, rest = arn.split(":", 5)
    return events_backends[account_id][region].archives.get(rest.partition("/")[2])


def _kept(archive: MotoArchive) -> list[Kept]:
    """The list in which moto would keep its own form of an event."""
    return cast("list[Kept]", archive.events)


def apply(
    patches: Patches,
    kernel: Kernel,
    *,
    pattern_problem: Callable[[Any], str | None],
    on_replay: Callable[[Replay], None],
) -> None:
    """Hand each replay that was started to ``on_replay``, which has it begin and end."""

    def create_archive(
        self: EventsBackend, name: str, source_arn: str, description: str, event_pattern: str, retention: str
    ) -> MotoArchive:
        if event_pattern and pattern_problem(json.loads(event_pattern)):
            raise ValidationException("Parameter EventPattern is not valid.")
        bus = self._get_event_bus(source_arn)
        # The managed rule is only for show: nothing is delivered by it.
        made: MotoArchive = original_create(self, name, source_arn, description, event_pattern, retention)
        assert made.rule is not None
        bus.rules[made.rule.name].targets.clear()
        return made

    def describe_short(self: MotoArchive) -> dict[str, Any]:
        _expire(self, kernel.clock.now_us)
        size = sum(len(json.dumps(kept.event.envelope()).encode()) for kept in _kept(self))
        return {**original_short(self), "EventCount": len(self.events), "SizeBytes": size}

    def start_replay(
        self: EventsBackend,
        name: str,
        description: str,
        source_arn: str,
        start_time: Any,
        end_time: Any,
        destination: dict[str, Any],
    ) -> dict[str, Any]:
        if len(name) > _LONGEST_NAME:
            raise ValidationException(
                f"1 validation error detected: Value '{name}' at 'replayName' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_LONGEST_NAME}"
            )
        archive = self.archives.get(source_arn.rpartition("/")[2])
        for rule_arn in destination.get("FilterArns") or ():
            bus = self._get_event_bus(destination["Arn"])
            if all(rule.arn != rule_arn for rule in bus.rules.values()):
                raise ValidationException(
                    f"Parameter Destination.FilterArns is not valid. Reason: Rule {rule_arn} does not exist."
                )
        answer: dict[str, Any] = original_start(self, name, description, source_arn, start_time, end_time, destination)
        if archive is not None:
            _expire(archive, kernel.clock.now_us)
        on_replay(Replay(self.replays[name]))
        return answer

    def list_replays(self: EventsBackend, name_prefix: str, source_arn: str, state: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = original_list(self, name_prefix, source_arn, state)
        if not state:
            return found
        return [replay.describe_short() for replay in self.replays.values() if replay.state.value == state]

    def cancel_replay(self: EventsBackend, name: str) -> dict[str, str]:
        if self._get_replay(name).state == ReplayState.COMPLETED:
            raise IllegalStatusException(f"Replay {name} is not in a valid state for this operation.")
        return dict(original_cancel(self, name))

    def described(self: MotoReplay) -> dict[str, Any]:
        shown: dict[str, Any] = original_described(self)
        last = vars(self).get(_LAST_REPLAYED)
        return shown if last is None else {**shown, "EventLastReplayedTime": last}

    original_create = patches.put(EventsBackend, "create_archive", create_archive)
    original_short = patches.put(MotoArchive, "describe_short", describe_short)
    original_start = patches.put(EventsBackend, "start_replay", start_replay)
    original_list = patches.put(EventsBackend, "list_replays", list_replays)
    original_cancel = patches.put(EventsBackend, "cancel_replay", cancel_replay)
    original_described = patches.put(MotoReplay, "describe_short", described)
    # The replay itself is ours.
    patches.put(MotoReplay, "replay_events", lambda self, archive: None)


def _expire(archive: MotoArchive, now_us: int) -> None:
    """Forget what is older than the archive's retention; without one it keeps everything."""
    days = int(archive.retention or 0)
    if days:
        oldest_us = now_us - days * _SECONDS_OF_A_DAY * US_PER_S
        kept = _kept(archive)
        kept[:] = [one for one in kept if one.at_us > oldest_us]
