"""Ways to break what is at the pipeline's own addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.deliver import topic_fanout
from harness.deliver.http.addresses import Addresses
from harness.deliver.topic_endpoints import TopicEndpoints
from harness.vendor import s3_requests
from harness.vendor.memory_socket import _End
from tests.acceptance.mutations.behaviours import constant, ignored, instead

Patch = pytest.MonkeyPatch


def every_answer_is_a_200(patch: Patch) -> None:
    def make(original: Any) -> Any:
        return lambda self, *asked: replace(original(self, *asked), status=200)

    instead(Addresses, "_enter", make)(patch)


def clients_wait_for_ever(patch: Patch) -> None:
    def make(original: Any) -> Any:
        return lambda self, awaited, timeout_s: original(self, awaited, None)

    instead(_End, "_wait_for", make)(patch)


def what_is_put_is_lost(patch: Patch) -> None:
    def make(original: Any) -> Any:
        return lambda request, clock: original(replace(request, body=b""), clock)

    instead(s3_requests, "answer", make)(patch)


endpoints_are_not_asked = ignored(TopicEndpoints, "ask")
endpoints_have_one_chance = constant(topic_fanout, "RETRY_WAITS_S", ())
presigned_addresses_are_good_for_ever = constant(s3_requests, "_expiry", lambda asked: datetime(9999, 1, 1, tzinfo=UTC))
