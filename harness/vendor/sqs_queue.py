"""This file decides how moto's SQS works on our queue engine: what a queue is there, and what is replaced.

It does not decide how a queue behaves (``sqs_engine.py``), what is accepted (``sqs_checks.py``,
``sqs_attributes.py``) or how calls are answered (``sqs_calls.py``).

Upstream (``moto.sqs``): one list of messages per queue, walked by every call, so that a receive costs more
the longer the queue is; a send runs the functions mapped to the queue and makes their messages visible
again at once; a long poll waits on the wall clock in steps of a second, so it never returns on a virtual
one; redrive, deduplication, retention, old receipt handles, sizes and most limits differ from AWS (rows
SQS-02 to SQS-30). Why that can't stay: what happens after a failure, and when, is what a rehearsal is for.
Since: moto 5.2.5. Not needed any more when: the tests ``test_upstream_...`` of test_sqs_queue.py fail.

What stays upstream's: both wire protocols, queue URLs, tags, permissions, policies, listing.
``lambda_event_source_mappings`` stays on the queue and is never read: pollers fetch through ``find``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from moto.core import errors as moto_errors
from moto.sqs import models, responses

from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.kernel.timers import Timer
from harness.vendor import sqs_attributes, sqs_calls
from harness.vendor.patches import Patches
from harness.vendor.sqs_calls import refusing
from harness.vendor.sqs_engine import QueueEngine
from harness.vendor.sqs_errors import QueueError, invalid_value
from harness.vendor.sqs_message import Message
from harness.vendor.sqs_places import QueueSettings, Redrive

if TYPE_CHECKING:
    from moto.sqs.models import SQSBackend

RECREATE_AFTER_S = 60
_BODY_IN_TRACE = 200

# Methods of ours that take the place of moto's, by moto's names.
_BACKEND_CALLS = (
    "send_message",
    "send_message_batch",
    "receive_message",
    "delete_message",
    "delete_message_batch",
    "change_message_visibility",
    "change_message_visibility_batch",
    "purge_queue",
)


def apply(patches: Patches, kernel: Kernel, *, overtakes: Callable[[str, int], int] | None = None) -> None:
    """Put every queue that is created from now on behind the engine, on the kernel's clock.

    ``overtakes`` is asked, with a standard queue's ARN and its number of visible messages, how many older ones the next
    to be handed out overtakes; plainly none.
    """
    queue_class = type(
        "Queue", (EngineQueue,), {"kernel": kernel, "deleted_us": {}, "overtakes": staticmethod(overtakes or _none)}
    )
    patches.put(models, "Queue", queue_class)
    for name in _BACKEND_CALLS:
        patches.put(models.SQSBackend, name, getattr(sqs_calls, name))
    patches.put(models.SQSBackend, "create_queue", create_queue)
    patches.put(models.SQSBackend, "set_queue_attributes", set_queue_attributes)
    patches.put(models.SQSBackend, "delete_queue", delete_queue)
    patches.put(responses.SQSResponse, "receive_message", sqs_calls.receive_message_response)
    patches.put(responses.SQSResponse, "_get_validated_visibility_timeout", sqs_calls.requested_visibility_timeout)
    # The engine checks attributes, with all of AWS's rules, also for what S3 and SNS send. SQS-15
    patches.put(responses, "validate_message_attributes", lambda attributes: None)
    # moto warns about this code of AWS's as if it were a mistake.
    known_codes = [*moto_errors.COMMON_ERROR_CODES, "MissingParameter"]
    patches.put(moto_errors, "COMMON_ERROR_CODES", known_codes)


def _none(queue_arn: str, visible: int) -> int:
    return 0


def find(arn: str) -> QueueEngine | None:
    """The queue behind this ARN, or None if there is none (any more)."""
    _, _, _, region, account_id, name = arn.split(":")
    queue = models.sqs_backends[account_id][region].queues.get(name)
    return queue.engine if isinstance(queue, EngineQueue) else None


class EngineQueue(models.Queue):
    """moto's queue with its attributes, and the engine instead of its messages."""

    BASE_ATTRIBUTES: ClassVar[list[str]] = [*models.Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]  # type: ignore[misc]
    kernel: ClassVar[Kernel]
    # When a queue of this ARN was last deleted, in microseconds since 1970.
    deleted_us: ClassVar[dict[str, int]]
    overtakes: ClassVar[Callable[[str, int], int]]

    redrive_allow_policy: str | None = None
    engine: QueueEngine

    def __init__(self, name: str, region: str, account_id: str, **kwargs: Any) -> None:
        self._timer: Timer | None = None
        super().__init__(name, region, account_id, **kwargs)
        self.created_timestamp = self._now_s()

    def _now_s(self) -> int:
        return self.kernel.clock.now_us // US_PER_S

    # -- attributes -------------------------------------------------------------------------------

    def _set_attributes(self, attributes: dict[str, Any], now: float | None = None) -> None:
        # Looked up first: a policy that is refused must leave everything as it was.
        self._check_redrive(attributes.get("RedrivePolicy"))
        policy = self.__dict__.get("_policy_json")
        super()._set_attributes(attributes, self._now_s())
        if "Policy" not in attributes and policy is not None:
            self._policy_json = policy  # SQS-28
        settings = self._settings()
        if "engine" in self.__dict__:
            self.engine.settings = settings
        else:
            self.engine = self._new_engine(settings)

    def _settings(self) -> QueueSettings:
        attributes = self.__dict__
        policy = attributes.get("redrive_policy")
        redrive = None
        if policy:
            target_arn = policy["deadLetterTargetArn"]
            redrive = Redrive(policy["maxReceiveCount"], lambda: find(target_arn))
        return QueueSettings(
            visibility_timeout_s=attributes["visibility_timeout"],
            delay_s=attributes["delay_seconds"],
            retention_s=attributes["message_retention_period"],
            maximum_message_size_bytes=attributes["maximum_message_size"],
            fifo=attributes["fifo_queue"],
            content_based_deduplication=attributes["content_based_deduplication"],
            deduplicates_by_group=attributes["deduplication_scope"] == "messageGroup",
            redrive=redrive,
        )

    def _check_redrive(self, policy: Any) -> tuple[dict[str, Any] | None, models.Queue | None]:
        """The redrive policy and its dead-letter queue. SQS-05, SQS-09"""
        found = sqs_attributes.parse_redrive_policy(policy)
        if found is None:
            return None, None
        _, _, name = str(found["deadLetterTargetArn"]).rpartition(":")
        target = models.sqs_backends[self.account_id][self.region].queues.get(name)
        if target is None or target.queue_arn != found["deadLetterTargetArn"]:
            reason = "Dead letter target does not exist."
        elif target.name.endswith(".fifo") != self.name.endswith(".fifo"):
            reason = "Dead-letter queue must be same type of queue as the source."
        elif not sqs_attributes.allows_redrive(target.redrive_allow_policy, self.queue_arn):  # type: ignore[attr-defined]
            reason = "The dead-letter queue's redrive allow policy does not permit this source queue."
        else:
            return found, target
        raise invalid_value(policy, "RedrivePolicy", reason)

    def _setup_dlq(self, policy: Any) -> None:
        self.redrive_policy, self.dead_letter_queue = self._check_redrive(policy)

    # -- messages ---------------------------------------------------------------------------------

    @property
    def approximate_number_of_messages(self) -> int:
        """Visible messages. SQS-23"""
        return self.engine.visible_count

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        """Messages in flight."""
        return self.engine.in_flight_count

    @property
    def approximate_number_of_messages_delayed(self) -> int:
        """Messages whose delay has not ended."""
        return self.engine.delayed_count

    def _new_engine(self, settings: QueueSettings) -> QueueEngine:
        kernel = self.kernel
        return QueueEngine(
            self.queue_arn,
            settings,
            now_us=lambda: kernel.clock.now_us,
            ids=kernel.decisions,
            waiters=kernel.wait_list(),
            on_event=self._on_event,
            on_due=self._on_due,
            overtakes=lambda visible: type(self).overtakes(self.queue_arn, visible),
        )

    def _on_event(self, what: str, message: Message, **detail: Any) -> None:
        """Write it into the trace; all that happens to a message follows from its being sent."""
        if what == "sent":
            detail["body"] = message.body[:_BODY_IN_TRACE]
            if self.kernel.current is not None:
                message.carry(self.kernel.current.trace_header)
        number = self.kernel.emit(
            "queue",
            what,
            self.queue_arn,
            cause=message.cause,
            message_id=message.message_id,
            receive_count=message.receive_count,
            **detail,
        )
        if what == "sent":
            message.cause = number

    def _on_due(self, due_us: int) -> None:
        # In the background: a queue alone never makes time pass. But when time does pass, a message that
        # becomes visible again or expires is noted at that very moment.
        if self._timer is not None and self._timer.live:
            if self._timer.due_us <= due_us:
                return
            self._timer.cancel()
        self._timer = self.kernel.call_at(due_us, self._settle, background=True)

    def _settle(self) -> None:
        self.engine.settle()
        due_us = self.engine.next_due_us()
        if due_us is not None:
            self._on_due(due_us)

    def close(self) -> None:
        """The queue is deleted: no timer any more, and whoever waits looks again."""
        if self._timer is not None:
            self._timer.cancel()
        self.engine.waiters.wake()
        self.deleted_us[self.queue_arn] = self.kernel.clock.now_us


# -- in place of SQSBackend's methods -------------------------------------------------------------


@refusing
def create_queue(self: SQSBackend, name: str, tags: dict[str, str] | None = None, **kwargs: Any) -> models.Queue:
    """A new queue, or the one that is there if it has the attributes asked for. SQS-25 to SQS-27, SQS-29"""
    attributes = {key: value for key, value in kwargs.items() if key != "region"}
    sqs_attributes.check_new_queue(name, attributes)
    queue_class: Any = models.Queue
    queue = queue_class(name, region=self.region_name, account_id=self.account_id, **attributes)
    existing = self.queues.get(name)
    if existing is not None:
        is_now, wanted = existing.attributes, queue.attributes
        for key in attributes:
            if is_now.get(key) != wanted.get(key):
                raise QueueError(
                    "QueueAlreadyExists",
                    f"A queue already exists with the same name and a different value for attribute {key}",
                )
        queue = existing
    else:
        deleted_us = queue.deleted_us.get(queue.queue_arn)
        if deleted_us is not None and queue.kernel.clock.now_us - deleted_us < RECREATE_AFTER_S * US_PER_S:
            raise QueueError(
                "AWS.SimpleQueueService.QueueDeletedRecently",
                f"You must wait {RECREATE_AFTER_S} seconds after deleting a queue before you can create "
                "another with the same name.",
            )
        self.queues[name] = queue
    if tags:
        queue.tags = tags
    return queue  # type: ignore[no-any-return]


@refusing
def set_queue_attributes(self: SQSBackend, queue_name: str, attributes: dict[str, Any]) -> models.Queue:
    """Change the attributes given, and no others. SQS-28, SQS-29"""
    queue = self.get_queue(queue_name)
    sqs_attributes.check_attributes(attributes, fifo=queue.fifo_queue)
    queue._set_attributes(attributes)
    return queue


def delete_queue(self: SQSBackend, queue_name: str) -> None:
    """Delete the queue with its messages. SQS-25"""
    queue: Any = self.get_queue(queue_name)
    del self.queues[queue_name]
    queue.close()
