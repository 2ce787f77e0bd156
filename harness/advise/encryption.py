"""This file decides what is said of queues whose encryption keeps others from sending to them.

Nothing is encrypted here, so no run shows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.advise.bucket_rules import bucket_rules
from harness.advise.deliveries import subscriptions
from harness.advise.findings import QUEUE, RULE, Finding, Scene

_AWSS_OWN = "alias/aws/sqs"


def queues_that_services_cannot_write_to(scene: Scene) -> Iterator[Finding]:
    """A queue under SQS's own key: nobody can let a service use that. SQS-32"""
    for queue in scene.of_type(QUEUE):
        if queue.properties.get("KmsMasterKeyId") != _AWSS_OWN:
            continue
        for sender, service in _senders(scene):
            if scene.find(sender, QUEUE) == queue:
                yield Finding(
                    "fails",
                    scene.where(queue, "KmsMasterKeyId"),
                    f'"{queue.logical_id}" is encrypted with {_AWSS_OWN}, whose policy nobody can change: {service} '
                    "may not use it, and nothing that it sends arrives.",
                    "Take SqsManagedSseEnabled: true, or a key of your own whose policy lets the service in.",
                    "SQS-32",
                )
                break


def _senders(scene: Scene) -> Iterator[tuple[str, str]]:
    """What services send to, and in whose name."""
    for bucket_rule in bucket_rules(scene):
        yield bucket_rule.target, f'S3 (for "{bucket_rule.bucket.logical_id}")'
    for owner, _, protocol, endpoint in subscriptions(scene):
        if protocol == "sqs":
            yield endpoint, f'SNS (for "{owner.logical_id}")'
    for rule in scene.of_type(RULE):
        for target in rule.properties.get("Targets", ()):
            yield target["Arn"], f'EventBridge (for "{rule.logical_id}")'
