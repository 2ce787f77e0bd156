"""The contract with moto's way of answering the library ``requests``."""

from __future__ import annotations

import requests
import responses
from moto import mock_aws
from requests.adapters import HTTPAdapter

from harness.kernel.scheduler import Kernel
from harness.vendor import requests_library
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud


def test_upstream_answers_requests_to_aws_by_itself() -> None:
    with mock_aws():
        assert requests.get("https://nobodys-bucket.s3.amazonaws.com/x", timeout=1).status_code == 404


def test_requests_are_sent_while_a_world_is_open() -> None:
    real = HTTPAdapter.send
    assert real is responses._real_send
    with Cloud(Kernel()):
        assert HTTPAdapter.send is real


def test_undo_restores_the_same_object() -> None:
    with mock_aws():
        before = HTTPAdapter.send
        with Patches() as patches:
            requests_library.apply(patches)
            assert HTTPAdapter.send is not before
        assert HTTPAdapter.send is before
    assert HTTPAdapter.send is responses._real_send
