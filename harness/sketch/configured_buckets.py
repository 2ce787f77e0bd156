"""This file decides which uploads a deployed pipeline waits for that its template says nothing of.

A custom resource of the author's own may have set up a bucket's notifications; only S3 can say so.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.act.stage import BUCKET, Stage
from harness.advise.bucket_rules import BucketRule, bucket_rules, rules_in_the_apis_words
from harness.advise.findings import Scene


def configured_rules(stage: Stage, scene: Scene) -> Iterator[BucketRule]:
    """The rules of each bucket for which the template has none."""
    said = [rule.bucket.logical_id for rule in bucket_rules(scene)]
    for bucket in scene.of_type(BUCKET):
        if bucket.logical_id not in said:
            found = stage.client("s3").get_bucket_notification_configuration(Bucket=bucket.physical_id)
            yield from rules_in_the_apis_words(bucket, found)
