"""This file decides how an object event looks on the default event bus. S3E-24

It does not decide who gets it (``bus_rules.py``), nor whether a bucket wants it: its ``EventBridgeConfiguration`` does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from harness.kernel.scheduler import Kernel
from harness.vendor.events_bus import BusEvent
from harness.vendor.s3_events import ObjectEvent

# By the family of the event's name: the detail-type; by the whole name, the reason that AWS gives.
_TYPES = {
    "ObjectCreated": "Object Created",
    "ObjectRemoved": "Object Deleted",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
    "ObjectAcl": "Object ACL Updated",
}
_REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}
_DELETIONS = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}


def bus_event(kernel: Kernel, event: ObjectEvent, sequencer: str) -> BusEvent | None:
    """The event as S3 puts it on the bus; None for what S3 does not tell EventBridge of."""
    name = event.event_name.removeprefix("s3:")
    detail_type = _TYPES.get(name) or _TYPES.get(name.partition(":")[0])
    if detail_type is None:
        return None
    thing: dict[str, Any] = {"key": event.key}  # S3E-05: as it is, not encoded
    if event.size is not None:
        thing |= {"size": event.size, "etag": event.etag}
    if event.version_id is not None:
        thing["version-id"] = event.version_id
    if name in _REASONS:
        thing["sequencer"] = sequencer
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": event.bucket},
        "object": thing,
        "request-id": event.request_id,
        "requester": event.account_id,
        "source-ip-address": "127.0.0.1",
    }
    if name in _REASONS:
        detail["reason"] = _REASONS[name]
    if name in _DELETIONS:
        detail["deletion-type"] = _DELETIONS[name]
    now = f"{datetime.fromtimestamp(int(kernel.clock.now_s), UTC):%Y-%m-%dT%H:%M:%SZ}"
    return BusEvent(
        bus_arn=f"arn:aws:events:{event.region}:{event.account_id}:event-bus/default",
        id=kernel.decisions.uuid("event id"),
        source="aws.s3",
        detail_type=detail_type,
        detail=detail,
        account=event.account_id,
        region=event.region,
        time=now,
        ingestion_time=now,
        resources=(f"arn:aws:s3:::{event.bucket}",),
    )
