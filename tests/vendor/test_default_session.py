"""boto3 asks the embedded cloud, whoever used it before."""

from __future__ import annotations

import boto3
import botocore.handlers
import pytest
from moto.core.botocore_stubber import BotocoreStubber

from harness.kernel.scheduler import Kernel
from harness.vendor import default_session
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud


def session_from_before(monkeypatch: pytest.MonkeyPatch) -> boto3.session.Session:
    """A default session as it is when boto3 was used before moto was imported."""
    with monkeypatch.context() as without:
        plain = [h for h in botocore.handlers.BUILTIN_HANDLERS if not isinstance(h[1], BotocoreStubber)]
        without.setattr(botocore.handlers, "BUILTIN_HANDLERS", plain)
        session = boto3.session.Session()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return session


def test_the_target_exists() -> None:
    assert hasattr(boto3, "DEFAULT_SESSION")


def test_upstream_still_reaches_only_sessions_that_are_made_with_moto_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def answered(session: boto3.session.Session) -> bool:
        emitter = session._session.get_component("event_emitter")
        return any(isinstance(h, BotocoreStubber) for h in emitter._emitter._handlers.prefix_search("before-send.s3.X"))

    assert not answered(session_from_before(monkeypatch))
    assert answered(boto3.session.Session())


def test_a_world_answers_though_boto3_was_used_before(monkeypatch: pytest.MonkeyPatch) -> None:
    session_from_before(monkeypatch)
    kernel = Kernel()
    with Cloud(kernel):
        made = kernel.run(lambda: boto3.client("sqs", "us-east-1").create_queue(QueueName="jobs"))
    assert made["QueueUrl"].endswith("/jobs")


def test_every_world_has_the_same_one() -> None:
    seen = []
    for _ in range(2):
        with Patches() as patches:
            default_session.apply(patches)
            seen.append(boto3.DEFAULT_SESSION)
    assert seen[0] is seen[1]


def test_undo_restores_the_very_same_object(monkeypatch: pytest.MonkeyPatch) -> None:
    before = session_from_before(monkeypatch)
    with Patches() as patches:
        default_session.apply(patches)
        assert boto3.DEFAULT_SESSION is not before
    assert boto3.DEFAULT_SESSION is before
