"""This file decides how a publication reaches its subscribers: one task each, none of them the publisher's concern.

It does not decide what is published (``vendor/sns_publish.py``) nor how a message looks (``topic_messages.py``). The
order per subscriber: confirmed? does the filter let it pass? deliver; a server's error is retried on AWS's schedule
(SNS-07), a client's is not (SNS-08), and a policy that does not let SNS in is the client's (SNS-11, SNS-12); what fails
for good goes to the subscription's dead-letter queue (SNS-09).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from harness.deliver import topic_messages
from harness.deliver.inbox import Inbox
from harness.deliver.patterns import matches, matches_attributes
from harness.deliver.payloads import iso_ms
from harness.deliver.repeats import Late, OutOfOrder, Repeats, never, on_time, once
from harness.deliver.targets import Attributes, Targets, Undeliverable
from harness.deliver.topic_endpoints import RETRY_WAITS_S, TopicEndpoints
from harness.guard.service_doors import topic_sender
from harness.kernel.scheduler import Kernel
from harness.vendor.sns_publish import Publication, Subscription

DELAYS_S = (0.02, 0.5, 5.0)
_MOST_RAW_ATTRIBUTES = 10


def retry_waits_s() -> Iterator[float]:
    """The waits between the 100,015 attempts at a queue or function, in seconds. SNS-07"""
    yield from (0.0, 0.0)
    yield from (1.0, 1.0)
    for step in range(10):
        yield 20 ** (step / 9)
    for _ in range(100_000):
        yield 20.0


class TopicFanout:
    """SNS's side of subscriptions.

    ``repeats`` says how many times a message is delivered to a subscriber, ``late`` how much later, ``out_of_order``
    whether an attempt at a queue or function meets a server's error.
    """

    def __init__(
        self,
        kernel: Kernel,
        targets: Targets,
        inbox: Inbox,
        endpoints: TopicEndpoints,
        repeats: Repeats = once,
        late: Late = on_time,
        out_of_order: OutOfOrder = never,
    ) -> None:
        self._kernel = kernel
        self._targets = targets
        self._inbox = inbox
        self._endpoints = endpoints
        self._repeats = repeats
        self._late = late
        self._out_of_order = out_of_order
        # Called with the topic of each publication.
        self.on_published: Callable[[str], None] | None = None

    def on_publish(self, publication: Publication) -> None:
        """Send the publication on its way to everyone who is to have it."""
        if self.on_published is not None:
            self.on_published(publication.topic_arn)
        at = iso_ms(self._kernel.clock)
        times = self._repeats("topic", publication.topic_arn)
        late_s = self._late("topic", publication.topic_arn)
        topic = publication.topic_arn.rpartition(":")[2]
        for subscription in publication.subscriptions:
            if not subscription.confirmed or not _passes(subscription, publication):
                continue
            for _ in range(times):
                delivery = _Delivery(self, publication, subscription, at, late_s)
                self._kernel.spawn(delivery.run, name=f"fan-out {topic}→{subscription.endpoint.rpartition(':')[2]}")


def _passes(subscription: Subscription, publication: Publication) -> bool:
    policy = subscription.filter_policy
    if not policy:
        return True
    if subscription.filter_scope == "MessageAttributes":
        return matches_attributes(policy, publication.attributes)
    try:
        body = json.loads(publication.message)
    except ValueError:
        return False
    return matches(policy, body)


class _Delivery:
    """One publication on its way to one subscriber."""

    def __init__(
        self, owner: TopicFanout, publication: Publication, subscription: Subscription, at: str, late_s: float
    ) -> None:
        self._kernel = owner._kernel
        self._targets = owner._targets
        self._inbox = owner._inbox
        self._endpoints = owner._endpoints
        self._out_of_order = owner._out_of_order
        self._late_s = late_s
        self._publication = publication
        self._subscription = subscription
        self._at = at
        self._sender = topic_sender(subscription.topic_arn)

    def run(self) -> None:
        """Deliver, and try again as long as AWS would."""
        kernel = self._kernel
        kernel.sleep(kernel.decisions.choose("sns delivery delay", DELAYS_S) + self._late_s)
        over_http = self._subscription.protocol in ("http", "https")
        waits = iter(RETRY_WAITS_S) if over_http else retry_waits_s()
        while True:
            try:
                self._deliver()
                return
            except Undeliverable as problem:
                wait_s = next(waits, None) if problem.server_side else None
                if wait_s is None:
                    self._give_up(problem.reason)
                    return
            kernel.sleep(wait_s)

    def _deliver(self) -> None:
        subscription = self._subscription
        if subscription.protocol in ("email", "email-json"):
            self._started()
            self._mail()
        elif subscription.protocol == "sqs":
            text, attributes = self._queue_message()
            self._to_target(text, attributes)
        elif subscription.protocol == "lambda":
            record = topic_messages.function_record(self._publication, subscription, self._at)
            self._to_target(topic_messages.compact(record), None)
        elif subscription.protocol in ("http", "https"):
            self._endpoints.notify(subscription, self._publication.message_id, self._http_body(), self._started)
        else:
            raise Undeliverable(f"nothing is delivered by {subscription.protocol} here")

    def _started(self) -> None:
        self._kernel.require_current().cause = self._kernel.emit(
            "deliver",
            "fanned out",
            self._subscription.endpoint,
            topic=self._publication.topic_arn,
            message_id=self._publication.message_id,
        )

    def _to_target(self, text: str, attributes: Attributes | None) -> None:
        endpoint = self._subscription.endpoint
        kind = "queue" if self._subscription.protocol == "sqs" else "function"
        if self._out_of_order(kind, endpoint):
            raise Undeliverable(f"the {kind} was out of order at every attempt", server_side=True)
        self._targets.deliver(
            endpoint,
            text,
            attributes=attributes,
            sender=self._sender,
            on_accepted=self._started,
            **self._fifo_ids(endpoint),
        )

    def _fifo_ids(self, queue_arn: str) -> dict[str, Any]:
        # SNS-19: a standard queue may subscribe to a FIFO topic, and gets neither id.
        if not queue_arn.endswith(".fifo"):
            return {}
        return {"group_id": self._publication.group_id, "deduplication_id": self._publication.deduplication_id}

    def _queue_message(self) -> tuple[str, Attributes | None]:
        publication = self._publication
        if not self._subscription.raw:
            return topic_messages.envelope_text(publication, self._subscription, self._at), None
        if len(publication.attributes) > _MOST_RAW_ATTRIBUTES:  # SNS-03
            raise Undeliverable(f"raw delivery of {len(publication.attributes)} attributes, 10 are the most")
        return publication.text_for("sqs"), topic_messages.queue_attributes(publication)

    def _http_body(self) -> str:
        if self._subscription.raw:
            return self._publication.text_for(self._subscription.protocol)
        return topic_messages.envelope_text(self._publication, self._subscription, self._at)

    def _mail(self) -> None:
        publication, subscription = self._publication, self._subscription
        attributes = {name: a["Value"] for name, a in publication.attributes.items()}
        subject = publication.subject or topic_messages.DEFAULT_MAIL_SUBJECT
        if subscription.protocol == "email":
            body = publication.text_for("email")
            as_sent = body + topic_messages.mail_footer(subscription)
        else:
            body = as_sent = topic_messages.envelope_text(publication, subscription, self._at)
        self._inbox.receive(subscription, subject, body, as_sent, attributes)

    def _give_up(self, reason: str) -> None:
        kernel, subscription = self._kernel, self._subscription
        dead_letter_arn = subscription.dead_letter_arn
        detail: dict[str, Any] = {"dead_letter": dead_letter_arn} if dead_letter_arn else {}
        topic = subscription.topic_arn
        kernel.require_current().cause = kernel.emit(
            "deliver", "dropped", subscription.endpoint, reason=reason, topic=topic, **detail
        )
        if dead_letter_arn is None:
            return
        text, attributes = topic_messages.dead_letter(self._publication, subscription, self._at)
        try:
            fifo_ids = self._fifo_ids(dead_letter_arn)
            self._targets.deliver(dead_letter_arn, text, attributes=attributes, sender=self._sender, **fifo_ids)
        except Undeliverable as problem:
            kernel.emit("deliver", "dropped", dead_letter_arn, reason=problem.reason, topic=topic)
