"""This file decides when an object event leaves the embedded S3, and what it says.

Upstream: moto 5.2.5 calls ``s3.notifications.send_event`` in the middle of a request, which delivers at once to
queue, topic or function and swallows every error. Why that can't stay: the object's metadata, ACL and tags are not
set yet (S3E-21); each PUT also reports an ``ObjectTagging:Put`` (S3E-18), a multipart upload reports itself as a
``Put`` too (S3E-17), a delete marker and a deleted version report nothing (S3E-20); a failing target is never seen.
What we do: gather what a request reports, and once it has succeeded hand up exactly what AWS would send. Who gets it
is not decided here; ``rules`` only says what the bucket's configuration asks for.
Also: upload ids come from the run's seed (moto 5.2.5 draws them from the operating system).
Since: moto 2.x (``s3/notifications.py``). Not needed any more when: moto reports events after the request, once each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.s3 import models, notifications
from moto.s3.models import FakeBucket, FakeMultipart, S3Backend, s3_backends
from moto.s3.responses import S3Response

from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches

_CREATED = "s3:ObjectCreated:"
_REMOVED = "s3:ObjectRemoved:"
_EVERY = "s3:*"
_STAND_IN = "harness_stand_in"


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """Something that happened to one object.

    ``event_name`` is AWS's, with ``s3:``; ``key`` is raw, not encoded. ``size`` (bytes) and ``etag`` are None when
    the object is gone, ``version_id`` is None unless the bucket is versioned. ``request_id`` and ``host_id`` are
    those of the answer to the request that did it.
    """

    bucket: str
    key: str
    event_name: str
    region: str
    account_id: str
    request_id: str
    host_id: str
    size: int | None = None
    etag: str | None = None
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One configuration of a bucket: which events of which keys go to which target; ``s3:*`` means every event."""

    id: str
    target_arn: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""

    def matches(self, event_name: str, key: str) -> bool:
        """Whether an event of this name about this (raw) key is asked for."""
        family = event_name.rpartition(":")[0] + ":*"
        asked = event_name in self.events or family in self.events or _EVERY in self.events
        return asked and key.startswith(self.prefix) and key.endswith(self.suffix)


# What moto reported during one request: event name, bucket, key or delete marker.
_Report = tuple[str, FakeBucket, Any]


def rules(account_id: str, bucket_name: str) -> list[Rule]:
    """The notification rules of a bucket, in the order queues, topics, functions, event bus; none if it is gone."""
    bucket = s3_backends[account_id]["aws"].buckets.get(bucket_name)
    if bucket is None or bucket.notification_configuration is None:
        return []
    configuration = bucket.notification_configuration
    found = [
        _rule(notification)
        for kind in (configuration.queue, configuration.topic, configuration.cloud_function)
        for notification in kind
    ]
    if configuration.event_bridge is not None:
        bus = f"arn:aws:events:{bucket.region_name}:{account_id}:event-bus/default"
        found.append(Rule("EventBridge", bus, (_EVERY,)))  # S3E-24
    return found


def _rule(notification: Any) -> Rule:
    found = {"prefix": "", "suffix": ""}
    for part in (notification.filters.get("S3Key") or {}).get("FilterRule", []):
        found[part["Name"].lower()] = part["Value"] or ""
    return Rule(notification.id, notification.arn, tuple(notification.events), found["prefix"], found["suffix"])


def apply(patches: Patches, kernel: Kernel, *, on_object_event: Callable[[ObjectEvent], None]) -> None:
    """Hand every object event to ``on_object_event``, after the request that caused it has succeeded."""
    gathered: list[list[_Report]] = []

    def report(account_id: str, event_name: Any, bucket: FakeBucket, key: Any) -> None:
        name = str(getattr(event_name, "value", event_name))
        # Deletions are reported by delete_object below: moto leaves out most of them.
        if not name.startswith(_REMOVED):
            _take(name, bucket, key)

    def _take(name: str, bucket: FakeBucket, key: Any) -> None:
        if gathered:
            gathered[-1].append((name, bucket, key))
        else:
            # Not a request but moto itself, say the end of a restore.
            _hand_up([(name, bucket, key)], _ids())

    def _ids() -> tuple[str, str]:
        bits = kernel.decisions
        return bits.hex("s3 request id", 16).upper(), bits.hex("s3 host id", 64)

    def _hand_up(reports: list[_Report], ids: tuple[str, str]) -> None:
        for name, bucket, key in _as_aws_would(reports):
            on_object_event(_event(name, bucket, key, ids))

    def around(original: Any) -> Any:
        def respond(self: S3Response, request: Any, full_url: str, headers: Any) -> Any:
            gathered.append([])
            try:
                status, answer_headers, body = original(self, request, full_url, headers)
            finally:
                reports = gathered.pop()
            if reports and status < 400:
                ids = _ids()
                answer_headers["x-amz-request-id"], answer_headers["x-amz-id-2"] = ids
                _hand_up(reports, ids)
            return status, answer_headers, body

        return respond

    def delete_object(
        self: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> Any:
        bucket = self.get_bucket(bucket_name)
        if bucket.is_versioned and version_id is None and key_name not in bucket.keys:
            _put_something_to_mark(bucket, key_name)
        gone = _about_to_go(bucket, key_name, version_id)
        done, meta = original_delete(self, bucket_name, key_name, version_id=version_id, bypass=bypass)
        if bucket.is_versioned and version_id is None:
            marker = bucket.keys[key_name]
            _drop_what_was_marked(bucket, key_name)
            _take(_REMOVED + "DeleteMarkerCreated", bucket, marker)  # S3E-20
        elif done and gone is not None:
            _take(_REMOVED + "Delete", bucket, gone)
        return done, meta

    def new_multipart(self: FakeMultipart, *args: Any, **kwargs: Any) -> None:
        original_multipart(self, *args, **kwargs)
        self.id = kernel.decisions.hex("s3 upload id", 64)

    patches.put(notifications, "send_event", report)
    patches.put(S3Response, "key_response", around(S3Response.key_response))
    patches.put(S3Response, "bucket_response", around(S3Response.bucket_response))
    original_delete = patches.put(S3Backend, "delete_object", delete_object)
    original_multipart = patches.put(FakeMultipart, "__init__", new_multipart)


def _as_aws_would(reports: list[_Report]) -> list[_Report]:
    """One event per created object: the last ``ObjectCreated``, not the steps that moto took to get there."""
    created = {id(key): index for index, (name, _, key) in enumerate(reports) if name.startswith(_CREATED)}
    return [
        entry for index, entry in enumerate(reports) if id(entry[2]) not in created or created[id(entry[2])] == index
    ]  # S3E-17, S3E-18


def _event(name: str, bucket: FakeBucket, key: Any, ids: tuple[str, str]) -> ObjectEvent:
    there = not name.startswith(_REMOVED)  # S3E-04
    versioned = bucket.versioning_status is not None
    return ObjectEvent(
        bucket=bucket.name,
        key=key.name,
        event_name=name,
        region=bucket.region_name,
        account_id=bucket.account_id,
        request_id=ids[0],
        host_id=ids[1],
        size=key.size if there else None,
        etag=key.etag.strip('"') if there else None,
        version_id=str(key.version_id) if versioned else None,  # S3E-06
    )


def _about_to_go(bucket: FakeBucket, key_name: str, version_id: str | None) -> Any:
    versions = bucket.keys.getlist(key_name, [])
    if version_id is None:
        return versions[-1] if versions else None
    return next((v for v in versions if str(v.version_id) == str(version_id)), None)


def _put_something_to_mark(bucket: FakeBucket, key_name: str) -> None:
    # S3-07: deleting a key that was never there leaves a marker; moto's marker wants an object to point at.
    stand_in = models.FakeKey(
        name=key_name, value=b"", account_id=bucket.account_id, region_name=bucket.region_name, bucket_name=bucket.name
    )
    setattr(stand_in, _STAND_IN, True)
    bucket.keys[key_name] = stand_in


def _drop_what_was_marked(bucket: FakeBucket, key_name: str) -> None:
    kept = [v for v in bucket.keys.getlist(key_name) if not hasattr(v, _STAND_IN)]
    if len(kept) != len(bucket.keys.getlist(key_name)):
        bucket.keys.setlist(key_name, kept)
