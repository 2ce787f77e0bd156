"""This file decides what a message move task does: SQS's own way out of a dead-letter queue, "DLQ redrive". SQS-10

A task is a kernel task: it moves one message after the other, oldest first, at most so many a second, each as a new
message (id, time of sending, retention, receive count). It moves what was visible when it began and leaves what is in
flight. It does not decide how a queue behaves (``sqs_engine.py``); which queues there are it asks ``sqs_queue.find``.

Upstream: moto 5.2.5 has no StartMessageMoveTask, ListMessageMoveTasks and CancelMessageMoveTask. Why that can't stay:
what happens when dead messages come back is what an on-call engineer rehearses. Not needed any more when: moto has them
(``Patches.add`` then refuses), and moves on a clock that a test can set.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.sqs import models, responses

from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import WaitList
from harness.vendor import sqs_queue
from harness.vendor.patches import Patches
from harness.vendor.sqs_calls import refusing
from harness.vendor.sqs_checks import check_between
from harness.vendor.sqs_engine import QueueEngine
from harness.vendor.sqs_errors import QueueError
from harness.vendor.sqs_message import Message

if TYPE_CHECKING:
    from moto.sqs.responses import SQSResponse

HIGHEST_RATE = 500
MOST_RESULTS = 10
# AWS's own names for why a task failed.
NO_SOURCE = "CouldNotDetermineMessageSource"
NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"


@dataclass
class MoveTask:
    """One task; ``rate`` is in messages per second, ``status`` one of AWS's words."""

    handle: str
    source_arn: str
    destination_arn: str | None
    rate: int | None
    started_us: int
    to_move: int
    waiters: WaitList
    moved: int = 0
    status: str = "RUNNING"
    failure: str | None = None

    def described(self) -> dict[str, Any]:
        """As ListMessageMoveTasks gives it: the handle only while the task runs."""
        found = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "Status": self.status,
            "SourceArn": self.source_arn,
            "DestinationArn": self.destination_arn,
            "MaxNumberOfMessagesPerSecond": self.rate,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "FailureReason": self.failure,
            "StartedTimestamp": self.started_us // 1000,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass
class MoveTasks:
    """All tasks of a world, by source queue, the latest last."""

    kernel: Kernel
    find: Callable[[str], QueueEngine | None]
    by_source: dict[str, list[MoveTask]] = field(default_factory=dict)

    def start(self, source_arn: str, destination_arn: str | None, rate: int | None) -> MoveTask:
        """Begin a task; it moves its first message at once.

        Raises:
            QueueError: the queues are not such that a task could move between them, or one is running already.
        """
        source = self.queue(source_arn, "SourceArn")
        if not _is_dead_letter_queue(source_arn):
            raise QueueError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        if destination_arn is not None:
            self._check_destination(source, destination_arn)
        if rate is not None and not 1 <= rate <= HIGHEST_RATE:
            raise QueueError(
                "InvalidParameterValue",
                "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's "
                f"between 1 and {HIGHEST_RATE}.",
            )
        if any(task.status == "RUNNING" for task in self.of(source_arn)):
            raise QueueError(
                "InvalidParameterValue",
                "There is already a task running. Only one active task is allowed for a source queue arn at a given "
                "time.",
            )
        kernel = self.kernel
        said = {"taskId": kernel.decisions.uuid("sqs move task"), "sourceArn": source_arn}
        handle = base64.b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()
        waiters = kernel.wait_list()
        now_us = kernel.clock.now_us
        task = MoveTask(handle, source_arn, destination_arn, rate, now_us, source.visible_count, waiters)
        self.by_source.setdefault(source_arn, []).append(task)
        kernel.spawn(lambda: self._run(task), name=f"redrive of {kernel.trace.name(source_arn)}")
        return task

    def of(self, source_arn: str) -> list[MoveTask]:
        """The tasks of a queue, the latest first."""
        return self.by_source.get(source_arn, [])[::-1]

    def cancel(self, handle: str) -> MoveTask:
        """Stop a task; what it has moved stays where it is.

        Raises:
            QueueError: there is no such task, or it does not run any more.
        """
        try:
            source_arn = str(json.loads(base64.b64decode(handle, validate=True))["sourceArn"])
        except (ValueError, KeyError, TypeError):
            raise QueueError("InvalidParameterValue", "Value for parameter TaskHandle is invalid.") from None
        self.queue(source_arn, "SourceArn")
        task = next((task for task in self.of(source_arn) if task.handle == handle), None)
        if task is None:
            raise QueueError("ResourceNotFoundException", "Task does not exist.")
        if task.status != "RUNNING":
            raise QueueError("AWS.SimpleQueueService.UnsupportedOperation", "Only a running task can be cancelled.")
        task.status = "CANCELLED"
        task.waiters.wake()
        return task

    def queue(self, arn: str, parameter: str) -> QueueEngine:
        """The queue that a parameter names.

        Raises:
            QueueError: there is none.
        """
        parts = arn.split(":")
        if len(parts) != 6 or parts[0] != "arn" or parts[2] != "sqs":
            form = "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
            raise QueueError("InvalidParameterValue", f"You must use this format to specify the {parameter}: {form}")
        queue = self.find(arn)
        if queue is None:
            text = f"The resource that you specified for the {parameter} parameter doesn't exist."
            raise QueueError("ResourceNotFoundException", text)
        return queue

    def _check_destination(self, source: QueueEngine, arn: str) -> None:
        if arn == source.arn:
            text = "Source queue arn and destination queue arn cannot be the same."
            raise QueueError("InvalidParameterValue", text)
        if self.queue(arn, "DestinationArn").settings.fifo != source.settings.fifo:
            text = "The source queue and destination queue must be of the same queue type."
            raise QueueError("InvalidParameterValue", text)

    # -- the task ---------------------------------------------------------------------------------

    def _run(self, task: MoveTask) -> None:
        kernel = self.kernel
        begun = kernel.emit("queue", "redrive begun", task.source_arn, messages=task.to_move)
        while task.status == "RUNNING":
            kernel.require_current().cause = begun
            self._move_one(task)
            if task.status == "RUNNING":
                due_us = task.started_us + task.moved * US_PER_S // (task.rate or HIGHEST_RATE)
                task.waiters.wait("the next message to move", (due_us - kernel.clock.now_us) / US_PER_S)
        detail = {} if task.failure is None else {"reason": task.failure}
        kernel.emit(
            "queue", "redrive ended", task.source_arn, cause=begun, status=task.status, moved=task.moved, **detail
        )

    def _move_one(self, task: MoveTask) -> None:
        """Move the oldest visible message, or end the task."""
        source = self.find(task.source_arn)
        message = source.oldest_visible() if source is not None and task.moved < task.to_move else None
        if source is None:
            task.status, task.failure = "FAILED", NO_QUEUE
        elif message is None:
            task.status = "COMPLETED"
        else:
            self._move(task, source, message)
            if task.status == "RUNNING" and task.moved == task.to_move:
                task.status = "COMPLETED"

    def _move(self, task: MoveTask, source: QueueEngine, message: Message) -> None:
        kernel = self.kernel
        target_arn = task.destination_arn or message.dead_letter_source_arn
        target = self.find(target_arn) if target_arn is not None else None
        if target is None:
            task.status, task.failure = "FAILED", NO_SOURCE if target_arn is None else NO_QUEUE
            return
        try:
            target.check(message.body, message.message_attributes, None, message.group_id, message.deduplication_id)
        except QueueError as refused:
            task.status, task.failure = "FAILED", refused.code
            return
        source.hand_over(message)
        task.moved += 1
        kernel.require_current().cause = kernel.emit(
            "queue",
            "redriven",
            task.source_arn,
            cause=message.cause,
            message_id=message.message_id,
            receive_count=message.receive_count,
            to=target.arn,
        )
        target.send(
            message.body,
            message_attributes=message.message_attributes,
            system_attributes=message.system_attributes,
            group_id=message.group_id,
            deduplication_id=message.deduplication_id,
        )


def _is_dead_letter_queue(arn: str) -> bool:
    _, _, _, region, account_id, name = arn.split(":")
    return bool(models.sqs_backends[account_id][region].list_dead_letter_source_queues(name))


# -- the API --------------------------------------------------------------------------------------


def apply(patches: Patches, kernel: Kernel) -> None:
    """Give moto's SQS the three calls; the queues must be behind the engine already."""
    tasks = MoveTasks(kernel, sqs_queue.find)

    @refusing
    def start_message_move_task(self: SQSResponse) -> ActionResult:
        rate = self._get_param("MaxNumberOfMessagesPerSecond")
        task = tasks.start(
            self._get_param("SourceArn"),
            self._get_param("DestinationArn"),
            None if rate is None else int(rate),
        )
        return ActionResult({"TaskHandle": task.handle})

    @refusing
    def list_message_move_tasks(self: SQSResponse) -> ActionResult:
        source_arn = self._get_param("SourceArn")
        most = int(self._get_param("MaxResults", 1))
        check_between(most, "MaxResults", 1, MOST_RESULTS)
        tasks.queue(source_arn, "SourceArn")
        return ActionResult({"Results": [task.described() for task in tasks.of(source_arn)[:most]]})

    @refusing
    def cancel_message_move_task(self: SQSResponse) -> ActionResult:
        task = tasks.cancel(self._get_param("TaskHandle"))
        return ActionResult({"ApproximateNumberOfMessagesMoved": task.moved})

    for call in (start_message_move_task, list_message_move_tasks, cancel_message_move_task):
        patches.add(responses.SQSResponse, call.__name__, call)
