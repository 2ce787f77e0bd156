"""This file decides which uploads and deletions a template waits for: those that a bucket's rules or the bus tell of.

It runs nothing; ``entry_points.py`` turns each into a scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.advise.bucket_rules import CDK_NOTIFICATIONS, BucketRule
from harness.advise.findings import BUCKET, FUNCTION, QUEUE, RULE, TOPIC, Scene
from harness.sketch.payloads import fitting, object_content, object_key
from harness.world.stack import Resource

_CREATED = "Object Created"

Entry = tuple[str, tuple[Mapping[str, Any], ...]]
"""What happens, in words, and the steps that make it happen."""


def told_by_buckets(scene: Scene, rules: Iterable[BucketRule]) -> Iterator[Entry]:
    """An upload for each rule of a bucket that waits for new objects, and a deletion where it waits for those."""
    for rule in rules:
        key = object_key(rule.keys)
        upload = {"upload": {"bucket": rule.bucket.logical_id, "key": key, **object_content(key)}}
        delete = {"delete": {"bucket": rule.bucket.logical_id, "key": key}}
        who = _told(scene, rule.target)
        if all("ObjectRemoved" in event for event in rule.events):
            name = f"an object removed from {rule.bucket.logical_id} reaches {who}"
            yield name, (upload, delete)
        else:
            yield f"an upload of {key} to {rule.bucket.logical_id} reaches {who}", (upload,)


def told_by_the_bus(scene: Scene) -> Iterator[Entry]:
    """An upload for each rule that waits for a new object, to the bucket that its pattern names, or any that tells."""
    telling = [b for b in scene.of_type(BUCKET) if _tells_the_bus(scene, b)]
    for rule in scene.of_type(RULE):
        pattern = rule.properties.get("EventPattern")
        wanted = fitting(pattern) if isinstance(pattern, Mapping) else {}
        if wanted.get("source") != "aws.s3" or wanted.get("detail-type", _CREATED) != _CREATED:
            continue
        detail = wanted.get("detail") or {}
        named = (detail.get("bucket") or {}).get("name")
        key = str((detail.get("object") or {}).get("key") or "example.txt")
        for bucket in [b for b in telling if named in (None, b.physical_id)][:1]:
            upload = {"upload": {"bucket": bucket.logical_id, "key": key, **object_content(key)}}
            yield f"an upload of {key} to {bucket.logical_id} reaches the rule {rule.logical_id}", (upload,)


def _tells_the_bus(scene: Scene, bucket: Resource) -> bool:
    told = (bucket.properties.get("NotificationConfiguration") or {}).get("EventBridgeConfiguration")
    if told is not None:
        return bool(told.get("EventBridgeEnabled", True))
    return any(
        "EventBridgeConfiguration" in (custom.properties.get("NotificationConfiguration") or {})
        for custom in scene.of_type(CDK_NOTIFICATIONS)
        if scene.find(custom.properties.get("BucketName"), BUCKET) == bucket
    )


def _told(scene: Scene, arn: str) -> str:
    found = next((r for kind in (FUNCTION, QUEUE, TOPIC) if (r := scene.find(arn, kind))), None)
    return found.logical_id if found else arn
