"""Ways to break the harness: each is something an emulator of AWS gets wrong, or could."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

from harness.deliver import async_events, bucket_notifications, queue_poller, queue_records
from harness.deliver.bucket_notifications import BucketNotifications
from harness.deliver.inbox import Inbox
from harness.invoke.logs import FunctionLog
from harness.vendor import (
    lambda_async_config,
    sqs_checks,
    sqs_engine,
    sqs_places,
    sqs_queue,
    stepfunctions_errors,
    stepfunctions_invoke,
    stepfunctions_starts,
    stepfunctions_waits,
)
from harness.vendor.s3_events import Rule
from harness.vendor.sqs_engine import QueueEngine
from harness.wiring import Wiring

Patch = pytest.MonkeyPatch

# -- S3 ---------------------------------------------------------------------------------------------


def keys_are_not_encoded(patch: Patch) -> None:
    patch.setattr(bucket_notifications, "quote_plus", lambda key, safe: key)


def prefix_is_ignored(patch: Patch) -> None:
    patch.setattr(Rule, "matches", lambda rule, event, key: key.endswith(rule.suffix))


def suffix_is_ignored(patch: Patch) -> None:
    patch.setattr(Rule, "matches", lambda rule, event, key: key.startswith(rule.prefix))


def filters_do_not_mind_case(patch: Patch) -> None:
    patch.setattr(
        Rule,
        "matches",
        lambda rule, event, key: key.lower().startswith(rule.prefix) and key.lower().endswith(rule.suffix),
    )


def empty_objects_have_no_event(patch: Patch) -> None:
    original = BucketNotifications.on_object_event
    patch.setattr(
        BucketNotifications, "on_object_event", lambda self, event: original(self, event) if event.size else None
    )


def one_notification_is_lost(patch: Patch) -> None:
    original = BucketNotifications._deliver

    def deliver(self: Any, bucket: str, key: str, *rest: Any, **more: Any) -> bool:
        return False if key == "uploads/0777.csv" else original(self, bucket, key, *rest, **more)

    patch.setattr(BucketNotifications, "_deliver", deliver)


def events_are_never_redelivered(patch: Patch) -> None:
    patch.setattr(BucketNotifications, "redeliver", lambda self, bucket, key: True)


def nothing_is_delivered_twice(patch: Patch) -> None:
    patch.setattr(Wiring, "_repeats", lambda self, kind, source: 1)


# -- asynchronous events ----------------------------------------------------------------------------


def events_are_not_retried(patch: Patch) -> None:
    original = lambda_async_config.find
    patch.setattr(lambda_async_config, "find", lambda arn: replace(original(arn), maximum_retry_attempts=0))


def given_up_events_are_forgotten(patch: Patch) -> None:
    original = lambda_async_config.find
    patch.setattr(lambda_async_config, "find", lambda arn: replace(original(arn), dead_letter_arn=None))


def retries_of_events_come_too_soon(patch: Patch) -> None:
    patch.setattr(async_events, "RETRY_WAITS_S", (1, 2))


# -- SQS and its poller -----------------------------------------------------------------------------


def every_message_is_deleted(patch: Patch) -> None:
    patch.setattr(queue_records, "failed_ids", lambda answer, message_ids: frozenset())


def one_failed_message_fails_the_batch(patch: Patch) -> None:
    patch.setattr(
        queue_records, "failed_ids", lambda answer, ids: frozenset(ids if b"itemIdentifier" in answer else ())
    )


def nothing_is_deleted(patch: Patch) -> None:
    patch.setattr(queue_poller, "_delete", lambda queue, message: None)


def deleted_messages_are_never_redelivered(patch: Patch) -> None:
    patch.setattr(QueueEngine, "redeliver", lambda self: True)


def batches_have_no_window(patch: Patch) -> None:
    patch.setattr(queue_poller._Poller, "_more_arrives", lambda self, queue, left_s: False)


def batches_have_one_message(patch: Patch) -> None:
    patch.setattr(queue_poller, "_receive", lambda queue, room: queue.receive(1))
    batches_have_no_window(patch)


def ended_batches_keep_their_place(patch: Patch) -> None:
    original = queue_poller._Poller._start

    def start(self: Any, *arguments: Any) -> None:
        original(self, *arguments)
        self._running += 1

    patch.setattr(queue_poller._Poller, "_start", start)


def visibility_timeout_is_the_default(patch: Patch) -> None:
    original = QueueEngine.receive
    patch.setattr(QueueEngine, "receive", lambda self, most, timeout_s=None: original(self, most, timeout_s or 30))


def redrive_one_receive_early(patch: Patch) -> None:
    _redrive_after(patch, -1)


def redrive_one_receive_late(patch: Patch) -> None:
    _redrive_after(patch, +1)


def _redrive_after(patch: Patch, more: int) -> None:
    patch.setattr(sqs_queue, "Redrive", lambda count, target: sqs_places.Redrive(count + more, target))


def redrive_never(patch: Patch) -> None:
    patch.setattr(sqs_queue, "Redrive", lambda count, target: None)


def message_size_in_characters(patch: Patch) -> None:
    patch.setattr(sqs_checks, "size_bytes", lambda body, attributes: len(body))


def messages_of_256_kib(patch: Patch) -> None:
    original = sqs_checks.check_size
    patch.setattr(sqs_engine, "check_size", lambda body, attributes, limit: original(body, attributes, 262_144))


# -- Step Functions ---------------------------------------------------------------------------------


def wait_states_do_not_wait(patch: Patch) -> None:
    patch.setattr(stepfunctions_waits, "_wait_interval", lambda kernel: lambda state, env, seconds: None)


def retries_of_states_come_at_once(patch: Patch) -> None:
    original = stepfunctions_waits.apply

    def apply(patches: Any, *rest: Any) -> None:
        original(patches, *rest)
        patches.put(retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: None))

    patch.setattr(stepfunctions_waits, "apply", apply)


def throttling_is_an_unknown_error(patch: Patch) -> None:
    original = stepfunctions_invoke._service_error
    patch.setattr(
        stepfunctions_invoke,
        "_service_error",
        lambda status, code, text, request: original(500, "Unknown", text, request),
    )


def catch_finds_nothing(patch: Patch) -> None:
    original = stepfunctions_errors.matches
    patch.setattr(
        stepfunctions_errors, "matches", lambda error, listed: original(error, listed) and listed != ["States.ALL"]
    )


def names_can_be_used_again(patch: Patch) -> None:
    patch.setattr(stepfunctions_starts, "_forgotten", lambda execution: True)


def input_size_in_characters(patch: Patch) -> None:
    patch.setattr(stepfunctions_starts, "text_bytes", len)


def inputs_of_any_size(patch: Patch) -> None:
    patch.setattr(stepfunctions_starts, "MAX_DATA_BYTES", 10**9)


def inputs_one_byte_too_small(patch: Patch) -> None:
    patch.setattr(stepfunctions_starts, "MAX_DATA_BYTES", 262_143)


# -- SNS, logs --------------------------------------------------------------------------------------


def mail_comes_twice(patch: Patch) -> None:
    original = Inbox.receive

    def receive(self: Any, *arguments: Any) -> None:
        original(self, *arguments)
        original(self, *arguments)

    patch.setattr(Inbox, "receive", receive)


def mail_is_lost(patch: Patch) -> None:
    patch.setattr(Inbox, "receive", lambda self, *arguments: None)


def logs_are_lost(patch: Patch) -> None:
    patch.setattr(FunctionLog, "user", lambda self, line: None)
