"""The door for AWS calls: what nobody answers is refused there."""

from __future__ import annotations

import inspect
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from harness.kernel.scheduler import Kernel
from harness.vendor import aws_calls
from harness.vendor.aws_calls import CallRefused
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


def test_the_target_exists_with_this_signature() -> None:
    assert list(inspect.signature(BotocoreStubber.__call__).parameters) == ["self", "event_name", "request", "kwargs"]


def test_upstream_still_answers_404_for_a_service_it_has_not() -> None:
    with mock_aws(), pytest.raises(ClientError, match=r"\(404\).*Not yet implemented"):
        client("translate").list_languages()


def test_upstream_still_raises_for_an_operation_it_has_not() -> None:
    with mock_aws(), pytest.raises(NotImplementedError):
        client("events").list_event_sources()


@pytest.mark.parametrize(("service", "method"), [("translate", "list_languages"), ("events", "list_event_sources")])
def test_both_are_refused_in_the_words_that_are_asked_for(service: str, method: str) -> None:
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        cloud.on_unanswered = lambda caller, call: f"not {call}"
        with pytest.raises(CallRefused, match=r"^not \w+\.List\w+$") as refused:
            kernel.run(getattr(client(service), method))
    assert isinstance(refused.value, BotoCoreError)


def test_undo_restores_the_very_same_object() -> None:
    before = BotocoreStubber.__call__
    with Patches() as patches:
        aws_calls.apply(patches, Kernel(), on_call=lambda *_: None, on_unanswered=lambda *_: "")
        assert BotocoreStubber.__call__ is not before
    assert BotocoreStubber.__call__ is before
