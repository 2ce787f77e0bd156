"""This file decides which rules of notification the buckets of a template have, wherever the template says them.

A bucket has them itself, or CDK's custom resource ``Custom::S3BucketNotifications`` puts them there, in the words of
S3's API. It judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.advise.findings import BUCKET, Scene
from harness.world.stack import Resource

CDK_NOTIFICATIONS = "Custom::S3BucketNotifications"
_TARGETS = {"LambdaConfigurations": "Function", "QueueConfigurations": "Queue", "TopicConfigurations": "Topic"}
_CDK_TARGETS = {
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
    "QueueConfigurations": "QueueArn",
    "TopicConfigurations": "TopicArn",
}


@dataclass(frozen=True, slots=True)
class BucketRule:
    """One rule: which events of which bucket go to which ARN, if the key passes the filter's rules."""

    bucket: Resource
    target: str
    events: tuple[str, ...]
    keys: tuple[Mapping[str, str], ...]


def bucket_rules(scene: Scene) -> Iterator[BucketRule]:
    """Every rule; for a bucket's own, one for each event."""
    for bucket in scene.of_type(BUCKET):
        for kind, target in _TARGETS.items():
            for rule in (bucket.properties.get("NotificationConfiguration") or {}).get(kind, ()):
                keys = (rule.get("Filter") or {}).get("S3Key", {}).get("Rules", ())
                yield BucketRule(bucket, rule[target], (rule["Event"],), tuple(keys))
    for custom in scene.of_type(CDK_NOTIFICATIONS):
        named = scene.find(custom.properties.get("BucketName"), BUCKET)
        if named is not None:
            yield from rules_in_the_apis_words(named, custom.properties.get("NotificationConfiguration"))


def rules_in_the_apis_words(bucket: Resource, configuration: Any) -> Iterator[BucketRule]:
    """The rules of a configuration as S3's API has it."""
    for kind, target in _CDK_TARGETS.items():
        rules = configuration.get(kind) if isinstance(configuration, Mapping) else None
        for rule in rules if isinstance(rules, list) else ():
            keys = ((rule.get("Filter") or {}).get("Key") or {}).get("FilterRules", ())
            yield BucketRule(bucket, str(rule.get(target)), tuple(rule.get("Events", ())), tuple(keys))
