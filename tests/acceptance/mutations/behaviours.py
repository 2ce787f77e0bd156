"""More ways to break the harness, for the scenarios of single behaviours: most are what emulators of AWS get wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest
from moto.s3.models import FakeKey, S3Backend
from moto.sns.models import SNSBackend
from moto.sqs.models import SQSBackend
from moto.stepfunctions.parser.api import TaskTimedOut

from harness.deliver import (
    async_events,
    bucket_notifications,
    queue_poller,
    queue_records,
    stream_batches,
    stream_records,
    stream_windows,
    targets,
    topic_fanout,
    topic_messages,
)
from harness.deliver.bucket_notifications import BucketNotifications
from harness.deliver.inbox import Inbox
from harness.deliver.stream_poller import StreamPollers
from harness.disturb import disturbances
from harness.disturb.disturbances import Disturbances
from harness.guard.statements import Verdict
from harness.invoke import lineage, payloads
from harness.invoke.call import Invoker
from harness.invoke.concurrency import Concurrency
from harness.vendor import (
    dynamodb_records,
    function_paths,
    lambda_async_config,
    lambda_invoke,
    lambda_mappings,
    lambda_stream_mappings,
    s3_events,
    s3_notification_config,
    sns_fifo,
    sns_publish,
    sns_subscriptions,
    sqs_attributes,
    sqs_calls,
    sqs_engine,
    sqs_moves,
    sqs_queue,
    stepfunctions_api,
    stepfunctions_branches,
    stepfunctions_errors,
    stepfunctions_executions,
    stepfunctions_invoke,
    stepfunctions_machines,
    stepfunctions_redrive,
    stepfunctions_rules,
    stepfunctions_starts,
    stepfunctions_tasks,
    stepfunctions_variables,
)
from harness.vendor.jsonata_engine import JsonataEngine, QueryError
from harness.vendor.s3_events import Rule
from harness.vendor.sqs_engine import QueueEngine
from harness.vendor.sqs_fifo import DeduplicationWindow, FifoShelf
from harness.vendor.sqs_moves import MoveTasks
from harness.wiring import Wiring
from harness.world.functions import LATEST, Functions
from harness.world.providers import event_source_mapping
from harness.world.providers.shapes import Whole

Patch = pytest.MonkeyPatch


def instead(owner: Any, name: str, make: Callable[[Any], Any]) -> Callable[[Patch], None]:
    """Put ``make(original)`` in the place of ``owner.name``."""
    return lambda patch: patch.setattr(owner, name, make(getattr(owner, name)))


def ignored(owner: Any, name: str, answer: Any = None) -> Callable[[Patch], None]:
    """Have ``owner.name`` do nothing and answer this."""
    return lambda patch: patch.setattr(owner, name, lambda *arguments, **named: answer)


def constant(owner: Any, name: str, value: Any) -> Callable[[Patch], None]:
    """Give ``owner.name`` another value."""
    return lambda patch: patch.setattr(owner, name, value)


# -- functions -----------------------------------------------------------------------------------------

layers_have_modules_only = instead(
    function_paths.FunctionPaths, "__init__", lambda original: lambda self, mounts: original(self, mounts[:1])
)

# -- queues and their pollers -----------------------------------------------------------------------

failures_are_visible_at_once = instead(
    QueueEngine, "receive", lambda original: lambda self, most, timeout_s=None: original(self, most, 1)
)
failures_count_as_success = instead(
    queue_poller._Poller,
    "_invoke",
    lambda original: lambda self, *a: replace(original(self, *a), ending="succeeded", payload=b"null"),
)
functions_never_time_out = instead(
    Functions, "register", lambda original: lambda self, spec: original(self, replace(spec, timeout_s=900))
)


def dead_letter_queue_of_the_function_for_everything(patch: Patch) -> None:
    original = Invoker.invoke

    def invoke(self: Any, arn: str, payload: bytes, **named: Any) -> Any:
        result = original(self, arn, payload, **named)
        dead_letters = sqs_queue.find(lambda_async_config.find(arn).dead_letter_arn or "")
        if not result.ok and dead_letters is not None:
            dead_letters.send(payload.decode())
        return result

    patch.setattr(Invoker, "invoke", invoke)


def _accepting(change: Callable[[Any, Any], None]) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def accept(self: Any, message: Any, source_arn: str) -> None:
            change(self, message)
            original(self, message, source_arn)

        return accept

    return make


def _forget_receives(queue: Any, message: Any) -> None:
    message.receive_count = 0


def _born_again(queue: Any, message: Any) -> None:
    message.enqueued_us = queue._now_us()


moved_messages_forget_their_receives = instead(QueueEngine, "accept", _accepting(_forget_receives))
moved_messages_are_new = instead(QueueEngine, "accept", _accepting(_born_again))
throttled_batches_wait_for_their_visibility_timeout = constant(queue_poller, "_FIRST_THROTTLE_WAIT_S", 1000)
disabled_mappings_poll = instead(
    lambda_mappings, "_view", lambda original: lambda found: replace(original(found), enabled=True)
)
concurrency_has_no_maximum = ignored(queue_poller, "allowed_batches", 1000)
batches_are_of_one = instead(
    lambda_mappings, "_view", lambda original: lambda found: replace(original(found), batch_size=1)
)
event_filters_are_ignored = ignored(queue_records, "passes", True)
delays_are_ignored = instead(
    QueueEngine, "send", lambda original: lambda self, body, **named: original(self, body, **{**named, "delay_s": None})
)
queues_keep_their_order = ignored(Wiring, "_overtakes", 0)
calls_never_fail = ignored(Disturbances, "on_call")
faults_never_end = ignored(disturbances, "_times")
reported_failures_always_count = instead(
    lambda_mappings, "_view", lambda original: lambda found: replace(original(found), reports_item_failures=True)
)


def _tolerant(original: Any) -> Any:
    def failed_ids(answer: bytes, message_ids: Any) -> frozenset[str]:
        return frozenset(i for i in message_ids if i.encode() in answer)

    return failed_ids


senseless_answers_are_success = instead(queue_records, "failed_ids", _tolerant)
empty_answers_are_failures = instead(
    queue_records,
    "failed_ids",
    lambda original: lambda answer, ids: original(answer, ids) or frozenset(ids if b"itemId" not in answer else ()),
)

# -- redrive ----------------------------------------------------------------------------------------


def redrives_move_nothing(patch: Patch) -> None:
    def move_one(self: Any, task: Any) -> None:
        task.status = "COMPLETED"

    patch.setattr(MoveTasks, "_move_one", move_one)


def redriven_messages_keep_their_ids(patch: Patch) -> None:
    def hand_over(self: Any, message: Any) -> None:
        hand(self, message)
        ids.append(message.message_id)

    def send(self: Any, body: str, **named: Any) -> Any:
        sent = original(self, body, **named)
        if ids:
            self._messages[sent.number].message_id = ids.pop()
        return sent

    ids: list[str] = []
    hand, original = QueueEngine.hand_over, QueueEngine.send
    patch.setattr(QueueEngine, "hand_over", hand_over)
    patch.setattr(QueueEngine, "send", send)


def redrives_know_no_rate(patch: Patch) -> None:
    original = MoveTasks.start
    patch.setattr(MoveTasks, "start", lambda self, source, target, rate: original(self, source, target, None))


def every_dead_message_has_a_source(patch: Patch) -> None:
    original = MoveTasks._move

    def move(self: Any, task: Any, source: Any, message: Any) -> None:
        jobs = source.arn.replace("DeadJobs", "Jobs")
        message.dead_letter_source_arn = message.dead_letter_source_arn or jobs
        original(self, task, source, message)

    patch.setattr(MoveTasks, "_move", move)


def destinations_are_ignored(patch: Patch) -> None:
    original = MoveTasks.start
    patch.setattr(MoveTasks, "start", lambda self, source, target, rate: original(self, source, None, rate))


every_queue_can_be_redriven = ignored(sqs_moves, "_is_dead_letter_queue", True)

# -- FIFO -------------------------------------------------------------------------------------------

duplicates_are_forgotten_with_their_message = ignored(DeduplicationWindow, "find")
duplicates_are_never_forgotten = instead(
    DeduplicationWindow, "find", lambda original: lambda self, key, now_us: original(self, key, 0)
)
groups_are_never_closed = ignored(FifoShelf, "hold")


def _old_handles_work(original: Any) -> Any:
    def delete(self: Any, receipt_handle: str) -> None:
        message = self._find(receipt_handle)
        if message is not None:
            self._remove(message)

    return delete


any_handle_deletes = instead(QueueEngine, "delete", _old_handles_work)
late_handles_delete_nothing = instead(
    QueueEngine,
    "delete",
    lambda original: lambda self, handle: original(self, handle) if self.in_flight_count else None,
)
ids_are_optional = ignored(sqs_engine, "check_ids")
any_delay_will_do = ignored(sqs_engine, "check_delay")
topics_take_duplicates = ignored(sns_fifo.Deduplication, "find")


def fifo_queues_subscribe_anywhere(patch: Patch) -> None:
    def subscribe(self: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        return original(self, topic_arn, endpoint.removesuffix(".fifo"), protocol)

    original = SNSBackend.subscribe
    patch.setattr(SNSBackend, "subscribe", subscribe)
    patch.setattr(sns_subscriptions, "_check_endpoint", lambda *arguments: None)


# -- limits -----------------------------------------------------------------------------------------

any_body_will_do = ignored(sqs_engine, "check_body")
any_attributes_will_do = ignored(sqs_engine, "check_message_attributes")
batches_of_any_length = constant(sqs_calls, "_check_batch", lambda ids: None)


def missing_queues_are_made(patch: Patch) -> None:
    def get_queue(self: Any, queue_name: str) -> Any:
        if queue_name == "nobody" and queue_name not in self.queues:
            self.create_queue(queue_name)
        return original(self, queue_name)

    original = SQSBackend.get_queue
    patch.setattr(SQSBackend, "get_queue", get_queue)


def policies_are_forgotten(patch: Patch) -> None:
    def set_attributes(self: Any, attributes: Any, now: Any = None) -> None:
        original(self, attributes, now)
        if "Policy" not in attributes:
            self._policy_json = {}

    original = sqs_queue.EngineQueue._set_attributes
    patch.setattr(sqs_queue.EngineQueue, "_set_attributes", set_attributes)


polls_do_not_wait = ignored(sqs_calls, "_in_task", False)
fifo_queues_have_any_name = instead(
    sqs_attributes,
    "check_new_queue",
    lambda original: (
        lambda name, attributes: (
            original(f"{name.removesuffix('.fifo')}.fifo", attributes)
            if attributes.get("FifoQueue")
            else original(name, attributes)
        )
    ),
)
purges_at_any_time = constant(sqs_engine, "PURGE_INTERVAL_S", 0)
names_are_free_at_once = constant(sqs_queue, "RECREATE_AFTER_S", 0)
messages_hide_for_ever = constant(sqs_engine, "MAXIMUM_VISIBILITY_TIMEOUT_S", 10**6)
topic_sizes_in_characters = constant(sns_publish, "size_bytes", lambda message, attributes: len(message))

# -- asynchronous events ----------------------------------------------------------------------------


def every_attempt_is_a_new_request(patch: Patch) -> None:
    original = Invoker.invoke
    patch.setattr(
        Invoker,
        "invoke",
        lambda self, arn, payload, **named: original(self, arn, payload, **{**named, "request_id": None}),
    )


def _config(**changes: Any) -> Callable[[Patch], None]:
    return instead(lambda_async_config, "find", lambda original: lambda arn: replace(original(arn), **changes))


events_never_grow_too_old = _config(maximum_event_age_s=21_600)
events_are_always_retried = _config(maximum_retry_attempts=2)
successes_are_told_to_nobody = _config(on_success_arn=None)
failures_are_told_to_nobody = _config(on_failure_arn=None)
throttled_events_wait_a_minute = constant(async_events, "_FIRST_THROTTLE_WAIT_S", 60)
stopped_functions_are_waited_for = ignored(async_events._Event, "_never_runs", False)


# -- S3 ---------------------------------------------------------------------------------------------

every_step_of_an_upload_is_an_event = constant(s3_events, "_as_aws_would", lambda reports: reports)


def _as_put(original: Any) -> Any:
    def event(name: str, *rest: Any) -> Any:
        return original("s3:ObjectCreated:Put" if name.startswith("s3:ObjectCreated:") else name, *rest)

    return event


every_creation_is_a_put = instead(s3_events, "_event", _as_put)


def removals_have_a_size(patch: Patch) -> None:
    original = s3_events._event
    patch.setattr(s3_events, "_event", lambda *a: replace(original(*a), size=1, etag="x"))


def delete_markers_are_deletions(patch: Patch) -> None:
    original = s3_events._event
    patch.setattr(
        s3_events,
        "_event",
        lambda name, *rest: original(name.replace("DeleteMarkerCreated", "Delete"), *rest),
    )


def s3_drops_in_silence(patch: Patch) -> None:
    def deliver(self: Any, bucket: str, key: str, delivery: Any, again: bool = False) -> bool:
        gone = ":sqs:" in delivery.target_arn and sqs_queue.find(delivery.target_arn) is None
        return False if gone else original(self, bucket, key, delivery, again)

    original = BucketNotifications._deliver
    patch.setattr(BucketNotifications, "_deliver", deliver)


filters_know_wildcards = instead(
    Rule,
    "matches",
    lambda original: lambda self, event, key: fnmatchcase(key, f"{self.prefix}*{self.suffix}"),
)
nothing_is_late = ignored(Wiring, "_late", 0)
there_are_no_test_events = ignored(BucketNotifications, "on_test_event")


metadata_is_forgotten = ignored(FakeKey, "set_metadata")
subjects_of_s3_are_keys = constant(bucket_notifications, "_SUBJECT", "in/a.txt")
old_rules_stay = instead(
    S3Backend,
    "put_bucket_notification_configuration",
    lambda original: lambda self, bucket, found: original(self, bucket, found) if found else None,
)

# -- SNS --------------------------------------------------------------------------------------------

raw_delivery_is_ignored = instead(sns_publish, "view", lambda original: lambda *a: replace(original(*a), raw=False))


def any_number_of_raw_attributes(patch: Patch) -> None:
    patch.setattr(topic_fanout, "_MOST_RAW_ATTRIBUTES", 100)
    any_attributes_will_do(patch)


filters_are_ignored = ignored(topic_fanout, "_passes", True)
filters_look_at_attributes_only = instead(
    sns_publish, "view", lambda original: lambda *a: replace(original(*a), filter_scope="MessageAttributes")
)
subscriptions_have_no_dead_letters = instead(
    sns_publish, "view", lambda original: lambda *a: replace(original(*a), dead_letter_arn=None)
)
nothing_says_what_was_dropped = ignored(topic_fanout._Delivery, "_give_up")
servers_errors_are_not_retried = constant(topic_fanout, "retry_waits_s", lambda: iter(()))
subjects_are_never_null = instead(
    topic_messages,
    "function_record",
    lambda original: lambda publication, *rest: original(replace(publication, subject="TestInvoke"), *rest),
)
everybody_is_let_in = ignored(targets, "may_deliver", Verdict(allowed=True))
everybody_confirms_at_once = ignored(Inbox, "on_subscribe", True)
any_publication_will_do = ignored(sns_publish, "check")
structures_are_not_checked = constant(sns_publish, "_structured", lambda message, structure: None)

# -- Step Functions ---------------------------------------------------------------------------------


def _catches(error: str) -> Callable[[Patch], None]:
    return instead(
        stepfunctions_errors,
        "matches",
        lambda original: lambda name, listed: original(name, listed) or (name == error and "States.ALL" in listed),
    )


missing_paths_can_be_caught = _catches("States.Runtime")
large_data_can_be_caught = _catches("States.DataLimitExceeded")
timeouts_are_failed_tasks = instead(
    stepfunctions_errors,
    "matches",
    lambda original: lambda name, listed: original(name, listed) or "States.TaskFailed" in listed,
)
large_data_has_one_byte_less = constant(stepfunctions_rules, "MAX_DATA_BYTES", 262_143)
any_name_will_do = ignored(stepfunctions_starts, "name_is_valid", True)
causes_are_forgotten = instead(
    stepfunctions_invoke,
    "error_and_cause",
    lambda original: lambda payload: (original(payload)[0], ""),
)
branches_go_on = ignored(stepfunctions_tasks.TaskTree, "abort")
choices_without_a_match_are_a_runtime_error = constant(
    stepfunctions_errors, "_choose_or_fail", lambda original: original
)


def maps_take_all_at_once(patch: Patch) -> None:
    patch.setattr(stepfunctions_branches, "min", lambda *numbers: numbers[0], raising=False)


def _set_at_once(original: Any) -> Any:
    def assign(self: Any, env: Any) -> None:
        original(self, env)
        env.variable_store._inner_scope.update(env.variable_store.assigned)

    return assign


def _instead_of(error: type[Exception], answer: Any = None) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def call(*arguments: Any) -> Any:
            try:
                return original(*arguments)
            except error:
                return answer

        return call

    return make


redrives_begin_at_the_beginning = instead(
    stepfunctions_redrive, "_Entered", lambda original: lambda name, *rest: original("Reserve", *rest)
)
anything_can_be_redriven = ignored(stepfunctions_redrive, "why_not_redrivable", "")
answers_are_lost = ignored(stepfunctions_api._Tokens, "_notify")
late_answers_are_taken = instead(stepfunctions_api._Tokens, "_notify", _instead_of(TaskTimedOut))
nobody_waits_for_an_express_execution = ignored(stepfunctions_executions.Ended, "wait")
express_executions_have_a_year = constant(stepfunctions_executions, "MAX_EXPRESS_S", 365 * 86_400)
every_execution_is_a_standard_one = ignored(stepfunctions_starts, "is_express", False)
variables_are_there_at_once = instead(stepfunctions_variables, "_assign", _set_at_once)
expressions_without_sense_give_zero = instead(JsonataEngine, "evaluate", _instead_of(QueryError, 0))

# -- functions --------------------------------------------------------------------------------------


def calls_may_be_of_any_size(patch: Patch) -> None:
    patch.setattr(lambda_invoke, "MAX_SYNC_BYTES", 10**9)
    patch.setattr(lambda_invoke, "MAX_ASYNC_BYTES", 10**9)


answers_may_be_of_any_size = constant(payloads, "MAX_RESPONSE_BYTES", 10**9)
there_is_always_room = ignored(Concurrency, "enter")
reservations_only_take_away = ignored(Functions, "reserved")
loops_have_one_round_more = constant(lineage, "MOST_IN_A_CHAIN", 17)
every_version_is_the_latest = instead(
    Functions, "_version", lambda original: lambda self, arn, version: original(self, arn, LATEST)
)
qualifiers_are_not_read = instead(
    lambda_invoke, "_arn", lambda original: lambda response, name, qualifier: original(response, name, None)
)

# -- what is refused --------------------------------------------------------------------------------

numbers_have_no_range = instead(
    Whole, "read", lambda original: lambda self, value, place: original(Whole(), value, place)
)
visibility_timeouts_are_not_compared = instead(
    lambda_mappings,
    "_check",
    lambda original: lambda backend, spec, arn: lambda_mappings._check_batch(spec, fifo=False),
)
mappings_are_not_counted = constant(
    lambda_mappings, "_check_new", lambda backend, spec: lambda_mappings._check(backend, spec, spec["EventSourceArn"])
)
any_role_will_do = ignored(lambda_mappings, "_check_role")
any_pattern_will_do = ignored(lambda_mappings, "_is_pattern", True)
overlaps_are_accepted = ignored(s3_notification_config, "_refuse_overlaps")
destinations_are_not_looked_at = ignored(s3_notification_config, "_problem")


def arns_are_not_read(patch: Patch) -> None:
    def one(kind: str, part: Any) -> Any:
        if kind != "Queue":
            return original(kind, part)
        name = re.split("[/:]", part[kind])[-1].removesuffix(".fifo")
        return original(kind, {**part, kind: f"arn:aws:sqs:us-east-1:123456789012:{name}"})

    original = s3_notification_config._one
    patch.setattr(s3_notification_config, "_one", one)


def batches_need_no_window(patch: Patch) -> None:
    patch.setattr(event_source_mapping, "_WITHOUT_WINDOW", 10_000)
    patch.setattr(lambda_mappings, "_check_batch", lambda spec, fifo: None)


def dead_letter_queues_may_be_anything(patch: Patch) -> None:
    def check_redrive(self: Any, policy: Any) -> Any:
        return sqs_attributes.parse_redrive_policy(policy), None

    patch.setattr(sqs_queue.EngineQueue, "_check_redrive", check_redrive)


every_rule_overlaps = constant(s3_notification_config, "_affixes", lambda part: ("", ""))
everybody_may_redrive = ignored(sqs_attributes, "allows_redrive", True)
transitions_are_not_checked = ignored(stepfunctions_machines, "faults", ())


# -- streams ----------------------------------------------------------------------------------------


def every_stream_mapping_has(**settings: Any) -> Callable[[Patch], None]:
    """Give each mapping of a stream these settings, whatever the template says."""
    return instead(lambda_stream_mappings, "view", lambda original: lambda found: replace(original(found), **settings))


every_write_is_a_record = instead(
    dynamodb_records, "event_name", lambda original: lambda old, new: original(old, new) or "MODIFY"
)
streams_give_up_after_three_retries = every_stream_mapping_has(retries=3)
batches_are_always_bisected = every_stream_mapping_has(bisects=True)
batches_are_never_bisected = every_stream_mapping_has(bisects=False)
reports_are_always_heeded = every_stream_mapping_has(reports_item_failures=True)
shards_have_one_lane = every_stream_mapping_has(lanes=1)
reported_records_bring_the_whole_batch_back = instead(
    stream_records, "unfinished", lambda original: lambda answer, batch: list(batch) if original(answer, batch) else []
)
records_never_grow_too_old = instead(
    stream_batches, "_too_old_us", lambda original: lambda record, mapping, unless_us: unless_us + 1
)


def throttled_calls_are_attempts(patch: Patch) -> None:
    original = stream_batches.Batch._call

    def call(self: Any, *arguments: Any) -> Any:
        result = original(self, *arguments)
        return replace(result, ending="failed") if result.ending == "throttled" else result

    patch.setattr(stream_batches.Batch, "_call", call)


failing_records_block_nobody = every_stream_mapping_has(retries=0)
streams_have_one_mapping = instead(
    StreamPollers,
    "on_mapping_created",
    lambda original: lambda self, mapping: None if self._pollers else original(self, mapping),
)
nobody_knows_who_deleted = constant(dynamodb_records, "EXPIRED_BY", {})


def states_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Each call of a window begins with nothing."""
    patch.setattr(stream_windows.OpenWindow, "take", lambda self, answer: True)


def windows_are_over_at_once(patch: pytest.MonkeyPatch) -> None:
    """Nobody waits for records that come late."""
    patch.setattr(stream_windows, "_LATE_S", 0)
