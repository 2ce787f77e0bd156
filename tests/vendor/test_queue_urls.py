"""Queues' URLs lead to where clients outside of this process find them."""

from __future__ import annotations

import inspect
from urllib.parse import urlsplit

from moto.sqs.models import Queue

from harness.kernel.scheduler import Kernel
from harness.vendor import queue_urls
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud

AWS = urlsplit("https://sqs.us-east-1.amazonaws.com/")
CLIENTS = urlsplit("http://host.docker.internal:4566/")


def test_the_target_exists_with_this_signature() -> None:
    assert list(inspect.signature(Queue.url).parameters) == ["self", "request_url"]


def test_upstream_still_writes_the_address_that_was_asked() -> None:
    queue = Queue("q", "us-east-1", "123456789012")
    assert queue.url(AWS) == "https://sqs.us-east-1.amazonaws.com/123456789012/q"


def test_aws_s_address_gives_way_and_a_client_s_stays() -> None:
    queue = Queue("q", "us-east-1", "123456789012")
    with Patches() as patches:
        queue_urls.apply(patches, "http://localhost:4566")
        assert queue.url(AWS) == "http://localhost:4566/123456789012/q"
        assert queue.url(CLIENTS) == "http://host.docker.internal:4566/123456789012/q"


def test_a_cloud_that_nobody_outside_finds_has_aws_s_addresses() -> None:
    for url, expected in ((None, "https://sqs.us-east-1.amazonaws.com"), ("http://localhost:1", "http://localhost:1")):
        with Cloud(Kernel(), public_url=url) as cloud:
            made = cloud.client("sqs").create_queue(QueueName="q")["QueueUrl"]
            assert made == f"{expected}/123456789012/q"


def test_undo_restores_the_very_same_object() -> None:
    before = Queue.url
    with Patches() as patches:
        queue_urls.apply(patches, "http://localhost:4566")
        assert Queue.url is not before
    assert Queue.url is before
