"""This file decides how an object event becomes notifications: one task for each rule of the bucket that asks for it.

It does not decide when there is an event or what is a rule (``vendor/s3_events.py``). Delivery takes a moment or a
minute (S3E-01), keeps no order (S3E-02), and never reaches the request that caused it: what cannot be delivered, or
is not let in by the target's policy any more, is emitted as dropped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote_plus

from harness.deliver.bucket_events import bus_event
from harness.deliver.payloads import iso_ms
from harness.deliver.repeats import Late, Repeats, on_time, once
from harness.deliver.targets import Targets, Undeliverable
from harness.guard.service_doors import Sender, bucket_sender, may_deliver
from harness.kernel.scheduler import Kernel
from harness.vendor import s3_events
from harness.vendor.events_bus import BusEvent
from harness.vendor.s3_events import ObjectEvent, Rule

# S3E-01: usually at once or in seconds, "sometimes a minute or longer".
DELAYS_S = (0.02, 0.5, 2.0, 60.0)
_SUBJECT = "Amazon S3 Notification"  # S3E-22
# S3E-03: families whose records carry a later version of the format, and those that carry no sequencer.
_VERSION_2_3 = ("LifecycleExpiration", "LifecycleTransition", "IntelligentTiering", "ObjectTagging", "ObjectAcl")
_SEQUENCED = ("ObjectCreated", "ObjectRemoved")
_OWNER = "A3NL1KOZZKExample"

# Of how many objects the last event can be delivered once more.
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class _Delivery:
    target_arn: str
    body: str
    sender: Sender


class BucketNotifications:
    """S3's side of event notifications. ``repeats`` says how many times one is delivered, ``late`` how much later.

    ``on_bus`` takes what is for the event bus, and is set once there is one.
    """

    def __init__(self, kernel: Kernel, targets: Targets, repeats: Repeats = once, late: Late = on_time) -> None:
        self.on_bus: Callable[[BusEvent], None] | None = None
        self._kernel = kernel
        self._targets = targets
        self._repeats = repeats
        self._late = late
        self._last_sequencer = 0
        # What was last delivered for an object, per (bucket, key); all of one event.
        self._delivered: dict[tuple[str, str], tuple[str, list[_Delivery]]] = {}

    def on_object_event(self, event: ObjectEvent) -> None:
        """Emit what happened, and send a notification on its way for each rule that asks for it."""
        kernel = self._kernel
        sequencer = self._next_sequencer()
        removed = event.event_name.startswith("s3:ObjectRemoved:")
        created = event.event_name.startswith("s3:ObjectCreated:")
        cause = kernel.current.cause if kernel.current is not None else None
        if created or removed:
            cause = kernel.emit(
                "s3",
                "object removed" if removed else "object created",
                event.bucket,
                key=event.key,
                event_name=event.event_name,
                sequencer=sequencer,
            )
        at = iso_ms(kernel.clock)
        sender = bucket_sender(event.bucket, event.account_id)
        for rule in s3_events.rules(event.account_id, event.bucket):
            if not rule.matches(event.event_name, event.key):
                continue
            if rule.target_arn.split(":")[2] == "events":
                self._to_bus(event, sequencer, cause)
                continue
            body = _body(event, rule, sequencer, at)
            late_s = self._late("bucket", event.bucket)
            for _ in range(self._repeats("bucket", event.bucket)):
                self._send(event, _Delivery(rule.target_arn, body, sender), sequencer, cause, late_s)

    def _to_bus(self, event: ObjectEvent, sequencer: str, cause: int | None) -> None:
        told, on_bus = bus_event(self._kernel, event, sequencer), self.on_bus
        if told is None or on_bus is None:
            return

        late_s = self._late("bucket", event.bucket)

        def travel() -> None:
            self._kernel.sleep(self._kernel.decisions.choose("s3 notification delay", DELAYS_S) + late_s)
            on_bus(told)

        for _ in range(self._repeats("bucket", event.bucket)):
            self._kernel.spawn(travel, name=f"notification {self._kernel.trace.name(event.bucket)}→bus", cause=cause)

    def may_notify(self, bucket: str, account_id: str, target_arn: str) -> bool:
        """Whether the target's policy lets S3 deliver for this bucket. S3E-10, S3E-11"""
        return may_deliver(bucket_sender(bucket, account_id), target_arn).allowed

    def on_test_event(self, bucket: str, account_id: str, target_arn: str) -> None:
        """Send the message that S3 sends to queues and topics when a configuration is put. S3E-07"""
        kernel = self._kernel
        test = {
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": iso_ms(kernel.clock),
            "Bucket": bucket,
            "RequestId": kernel.decisions.hex("s3 request id", 16).upper(),
            "HostId": kernel.decisions.hex("s3 host id", 64),
        }
        try:
            sender = bucket_sender(bucket, account_id)
            self._targets.deliver(target_arn, _json(test), subject=_SUBJECT, sender=sender)
        except Undeliverable as problem:
            kernel.emit("deliver", "dropped", target_arn, reason=problem.reason, bucket=bucket)

    def redeliver(self, bucket: str, key: str) -> bool:
        """Deliver again what was last delivered for this object, byte for byte; False if nothing was. S3E-01"""
        _, deliveries = self._delivered.get((bucket, key), ("", []))
        for delivery in deliveries:
            self._spawn(partial(self._deliver, bucket, key, delivery, again=True), bucket, delivery, None)
        return bool(deliveries)

    def _send(self, event: ObjectEvent, delivery: _Delivery, sequencer: str, cause: int | None, late_s: float) -> None:
        def travel() -> None:
            self._kernel.sleep(self._kernel.decisions.choose("s3 notification delay", DELAYS_S) + late_s)
            if self._deliver(event.bucket, event.key, delivery):
                self._remember(event, sequencer, delivery)

        self._spawn(travel, event.bucket, delivery, cause)

    def _spawn(self, function: Any, bucket: str, delivery: _Delivery, cause: int | None) -> None:
        name = self._kernel.trace.name
        self._kernel.spawn(function, name=f"notification {name(bucket)}→{name(delivery.target_arn)}", cause=cause)

    def _remember(self, event: ObjectEvent, sequencer: str, delivery: _Delivery) -> None:
        at = (event.bucket, event.key)
        newest, deliveries = self._delivered.get(at, ("", []))
        if newest == sequencer:
            if delivery not in deliveries:
                deliveries.append(delivery)
        else:
            self._delivered.pop(at, None)
            self._delivered[at] = (sequencer, [delivery])
            if len(self._delivered) > _REMEMBERED:
                del self._delivered[next(iter(self._delivered))]

    def _deliver(self, bucket: str, key: str, delivery: _Delivery, again: bool = False) -> bool:
        kernel, arn = self._kernel, delivery.target_arn
        detail: dict[str, Any] = {"from": bucket, "key": key, **({"again": True} if again else {})}

        def started() -> None:
            kernel.require_current().cause = kernel.emit("deliver", "notified", arn, **detail)

        try:
            self._targets.deliver(arn, delivery.body, subject=_SUBJECT, sender=delivery.sender, on_accepted=started)
        except Undeliverable as problem:
            kernel.emit("deliver", "dropped", arn, reason=problem.reason, **detail)
            return False
        return True

    def _next_sequencer(self) -> str:
        # S3E-02: grows with time, and within one moment by one.
        self._last_sequencer = max(self._last_sequencer + 1, self._kernel.clock.now_us << 16)
        return f"{self._last_sequencer:018X}"


def _body(event: ObjectEvent, rule: Rule, sequencer: str, at: str) -> str:
    """The JSON text of a notification. S3E-03"""
    family = event.event_name.split(":")[1]
    thing: dict[str, Any] = {"key": quote_plus(event.key, safe="/")}  # S3E-05
    if event.size is not None:  # S3E-04
        thing |= {"size": event.size, "eTag": event.etag}
    if event.version_id is not None:  # S3E-06
        thing["versionId"] = event.version_id
    if family in _SEQUENCED:  # S3E-02
        thing["sequencer"] = sequencer
    record = {
        "eventVersion": "2.3" if family in _VERSION_2_3 else "2.1",
        "eventSource": "aws:s3",
        "awsRegion": event.region,
        "eventTime": at,
        "eventName": event.event_name.removeprefix("s3:"),
        "userIdentity": {"principalId": f"AWS:{event.account_id}"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": event.request_id, "x-amz-id-2": event.host_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": rule.id,
            "bucket": {
                "name": event.bucket,
                "ownerIdentity": {"principalId": _OWNER},
                "arn": f"arn:aws:s3:::{event.bucket}",
            },
            "object": thing,
        },
    }
    return _json({"Records": [record]})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
