"""Which service a request is for is found by its host, and the same one as moto finds."""

from __future__ import annotations

import functools
import inspect
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from moto import backend_index, backends, mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from harness.vendor import aws_routes
from harness.vendor.patches import Patches

URLS = (
    "https://sqs.us-east-1.amazonaws.com/",
    "https://s3.amazonaws.com/bucket/key",
    "https://bucket.s3.eu-west-1.amazonaws.com/a/b",
    "https://bucket.s3-control.us-east-1.amazonaws.com/v20180820",
    "https://states.us-east-1.amazonaws.com/",
    "https://streams.dynamodb.us-east-1.amazonaws.com/",
    "https://a1b2.execute-api.us-east-1.amazonaws.com/prod/users",
    "https://s3vectors.us-east-1.api.aws/",
    "https://ingest.timestream.us-east-1.amazonaws.com/",
    "https://nobody-knows.us-east-1.amazonaws.com/",
)


def asked_of_moto(patches: Patches, monkeypatch: pytest.MonkeyPatch, url: str) -> list[str]:
    """The services whose pattern fits, in moto's order, when ours has narrowed the search."""
    seen: list[str] = []

    def search(self: Any, request: Any) -> None:
        seen.extend(service for service, pattern in backend_index.backend_url_patterns if pattern.match(request.url))

    monkeypatch.setattr(BotocoreStubber, "process_request", search)
    with patches:
        aws_routes.apply(patches)
        BotocoreStubber().process_request(type("Request", (), {"url": url})())
    return seen


def test_the_target_exists_with_this_signature() -> None:
    assert list(inspect.signature(BotocoreStubber.process_request).parameters) == ["self", "request"]
    assert isinstance(backend_index.backend_url_patterns, list)
    assert callable(backends._import_backend)


def test_upstream_still_tries_every_pattern_and_imports_each_time() -> None:
    source = inspect.getsource(BotocoreStubber.process_request)
    assert "for service, pattern in backend_index.backend_url_patterns:" in source
    assert not isinstance(backends._import_backend, functools._lru_cache_wrapper)


def test_every_pattern_ends_in_a_piece_of_a_hosts_name() -> None:
    strange = [
        pattern.pattern
        for _, pattern in backend_index.backend_url_patterns
        if not any(ending in pattern.pattern.replace("\\", "") for ending in aws_routes.ENDINGS)
    ]
    assert strange == []


@pytest.mark.parametrize("url", URLS)
def test_the_narrowed_search_finds_what_the_whole_one_finds(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = [service for service, pattern in backend_index.backend_url_patterns if pattern.match(url)]
    assert asked_of_moto(Patches(), monkeypatch, url) == everything


def test_a_path_that_holds_a_hosts_name_is_searched_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://bucket.s3.amazonaws.com/copy-of/sqs.us-east-1.amazonaws.com/file"
    everything = [service for service, pattern in backend_index.backend_url_patterns if pattern.match(url)]
    assert not aws_routes.host_only(urlsplit(url).path)
    assert asked_of_moto(Patches(), monkeypatch, url) == everything


def test_a_call_is_answered_as_before() -> None:
    with mock_aws(), Patches() as patches:
        aws_routes.apply(patches)
        sqs = boto3.client("sqs", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
        assert sqs.list_queues()["QueueUrls"] == [url]
        # Whoever reads the list between calls finds all of it.
        assert len(backend_index.backend_url_patterns) > 100


def test_undo_restores_the_very_same_objects() -> None:
    before = (BotocoreStubber.process_request, backend_index.backend_url_patterns, backends._import_backend)
    with Patches() as patches:
        aws_routes.apply(patches)
        assert BotocoreStubber.process_request is not before[0]
    assert (BotocoreStubber.process_request, backend_index.backend_url_patterns, backends._import_backend) == before
    assert backend_index.backend_url_patterns is before[1]
