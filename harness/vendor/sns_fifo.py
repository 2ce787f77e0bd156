"""This file decides what is particular about FIFO topics: ids, sequence numbers, and what counts as sent twice. SNS-19

Upstream: moto 5.2.5 forgets what a FIFO topic was sent and gives no sequence numbers. ``sns_publish.py`` puts this in
moto's place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from moto.sns.exceptions import InvalidParameterValue
from moto.sns.models import Topic

from harness.kernel.clock import to_us
from harness.kernel.scheduler import Kernel

_DEDUPLICATION_WINDOW_US = to_us(300)


def fifo_ids(topic: Topic, message: str, group_id: str | None, deduplication_id: str | None) -> str | None:
    """The deduplication id that the message has; None for a topic that is not FIFO.

    Raises:
        InvalidParameterValue: an id is missing, or stands where it may not.
    """
    if not topic.fifo_topic:
        if deduplication_id:
            raise InvalidParameterValue(
                "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
                "parameter that is not valid for this topic type"
            )
        return None
    if not group_id:
        raise InvalidParameterValue("Invalid parameter: The MessageGroupId parameter is required for FIFO topics")
    if deduplication_id:
        return deduplication_id
    if str(topic.content_based_deduplication).lower() != "true":
        raise InvalidParameterValue(
            "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )
    return hashlib.sha256(message.encode()).hexdigest()


@dataclass
class Deduplication:
    """What FIFO topics were sent in the last five minutes, and the numbers of their messages. SNS-19

    A scope is a topic, or one group of a topic whose ``FifoThroughputScope`` is ``MessageGroup``.
    """

    kernel: Kernel
    seen: dict[tuple[tuple[str, str | None], str], tuple[int, str]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    sequence: int = 10_000_000_000_000_000_000

    def find(self, scope: tuple[str, str | None], deduplication_id: str | None) -> str | None:
        """The message id of the same message, sent less than five minutes ago."""
        if deduplication_id is None:
            return None
        sent_us, message_id = self.seen.get((scope, deduplication_id), (0, ""))
        return message_id if self.kernel.clock.now_us < sent_us + _DEDUPLICATION_WINDOW_US else None

    def remember(self, scope: tuple[str, str | None], deduplication_id: str | None, message_id: str) -> str:
        """Remember a message that is sent now; returns its sequence number."""
        assert deduplication_id is not None
        self.seen[scope, deduplication_id] = (self.kernel.clock.now_us, message_id)
        self.sequence += 1000
        self.numbers[message_id] = str(self.sequence)
        return self.numbers[message_id]

    def numbered(self, message_id: str) -> dict[str, str]:
        """What the answer to a publication says beyond its message id."""
        number = self.numbers.get(message_id)
        return {} if number is None else {"SequenceNumber": number}
