"""This file decides which events a bus accepts, and what rules it has. EVB-01

Upstream: moto 5.2.5 delivers inside ``PutEvents``: a rule with a function, a topic or a state machine as its target
makes the call itself raise ``NotImplementedError``; rules that are switched off fire; an event for a bus that does not
exist fails the call; details that are no object are taken; sizes are not looked at. Why that can't stay: the producer
never learns of a target, and a rule that is off is off (EVB-03). What we do: check the entries as AWS does, then hand
each accepted event up. Who gets it is not decided here; ``rules`` only says what the bus holds at that moment.
Since: moto 3.0 (``Rule.send_to_targets``). Not needed any more when: moto's ``put_events`` delivers asynchronously.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend, events_backends
from moto.events.models import Rule as MotoRule

from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches

MOST_ENTRIES = 10
MOST_BYTES = 1_048_576
_BYTES_OF_A_TIME = 14
# In the order in which AWS names the first that is missing.
_REQUIRED = ("Source", "DetailType", "Detail")


@dataclass(frozen=True, slots=True)
class BusEvent:
    """One accepted event. ``time`` is what the producer gave or when it came in (ISO, whole seconds).

    ``replay_name`` is that of the replay which brought it back from an archive.
    """

    bus_arn: str
    id: str
    source: str
    detail_type: str
    detail: Mapping[str, Any]
    account: str
    region: str
    time: str
    ingestion_time: str
    resources: Sequence[str] = ()
    replay_name: str | None = None

    @property
    def seconds(self) -> int:
        """``time`` since 1970."""
        return int(datetime.fromisoformat(self.time).timestamp())

    def envelope(self) -> dict[str, Any]:
        """The event as rules match it and targets are sent it, in AWS's order."""
        replayed = {"replay-name": self.replay_name} if self.replay_name is not None else {}
        return {
            "version": "0",
            "id": self.id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": self.account,
            "time": self.time,
            "region": self.region,
            "resources": list(self.resources),
            "detail": self.detail,
            **replayed,
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a bus as it stands: targets are in the API's form, ``pattern`` is None for a pure schedule."""

    arn: str
    name: str
    bus_arn: str
    enabled: bool
    pattern: Mapping[str, Any] | None
    schedule: str | None
    targets: Sequence[Mapping[str, Any]] = field(default=())


def rules(bus_arn: str) -> list[Rule] | None:
    """The rules of a bus in the order in which they were made; None if there is no such bus."""
    _, _, _, region, account_id, rest = bus_arn.split(":", 5)
    bus = events_backends[account_id][region].event_buses.get(rest.partition("/")[2])
    # AWS's own rules are for show: what an archive keeps is asked of the archive.
    return None if bus is None else [_rule(bus.arn, rule) for rule in bus.rules.values() if not rule.managed_by]


def listens(region: str, account_id: str) -> bool:
    """Whether the default bus has rules at all; an archive brings one."""
    return bool(events_backends[account_id][region].event_buses["default"].rules)


def find_rule(rule_arn: str) -> Rule | None:
    """The rule as it stands now; None if it is gone."""
    _, _, _, region, account_id, rest = rule_arn.split(":", 5)
    bus_name = rest.split("/")[1] if rest.count("/") > 1 else "default"
    bus = events_backends[account_id][region].event_buses.get(bus_name)
    rule = bus.rules.get(rest.rpartition("/")[2]) if bus is not None else None
    return None if bus is None or rule is None else _rule(bus.arn, rule)


def _rule(bus_arn: str, rule: MotoRule) -> Rule:
    return Rule(
        arn=rule.arn,
        name=rule.name,
        bus_arn=bus_arn,
        enabled=rule.state != "DISABLED",
        pattern=rule.event_pattern.get_pattern() or None,
        schedule=rule.scheduled_expression,
        targets=tuple(rule.targets),
    )


def apply(patches: Patches, kernel: Kernel, *, on_event: Callable[[BusEvent], None]) -> None:
    """Hand every accepted event to ``on_event``."""

    def put_events(self: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(events) > MOST_ENTRIES:
            raise ValidationException(
                "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy "
                f"constraint: Member must have length less than or equal to {MOST_ENTRIES}"
            )
        if sum(map(_weight, events)) >= MOST_BYTES:
            raise ValidationException("Total size of the entries in the request is over the limit.")
        return [take(self, entry) for entry in events]

    def take(backend: EventsBackend, entry: Mapping[str, Any]) -> dict[str, Any]:
        problem = _problem(entry)
        if problem is not None:
            return {"ErrorCode": problem[0], "ErrorMessage": problem[1]}
        now = datetime.fromtimestamp(int(kernel.clock.now_s), UTC)
        given = entry.get("Time")
        time = datetime.fromtimestamp(int(float(given)), UTC) if given else now
        name = str(entry.get("EventBusName") or "default").rpartition("/")[2]
        event = BusEvent(
            bus_arn=f"arn:aws:events:{backend.region_name}:{backend.account_id}:event-bus/{name}",
            id=kernel.decisions.uuid("event id"),
            source=entry["Source"],
            detail_type=entry["DetailType"],
            detail=json.loads(entry["Detail"]),
            account=backend.account_id,
            region=backend.region_name,
            time=f"{time:%Y-%m-%dT%H:%M:%SZ}",
            ingestion_time=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            resources=tuple(entry.get("Resources") or ()),
        )
        on_event(event)
        return {"EventId": event.id}

    patches.put(EventsBackend, "put_events", put_events)


def _weight(entry: Mapping[str, Any]) -> int:
    """The size of an entry as AWS counts it, in bytes."""
    texts = [entry.get(name) or "" for name in _REQUIRED] + list(entry.get("Resources") or ())
    return sum(len(str(text).encode()) for text in texts) + (_BYTES_OF_A_TIME if entry.get("Time") else 0)


def _problem(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """What AWS answers for an entry that it does not accept: code and text."""
    for name in _REQUIRED:
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    if str(entry["Source"]).startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")
