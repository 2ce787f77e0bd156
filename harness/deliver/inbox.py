"""This file decides what lies in the mailboxes that topics send to, and who has confirmed his subscription.

Mail is never sent anywhere. AWS sends none before the addressee has confirmed (SNS-13); here every address confirms at
once unless the inbox is told otherwise: a pipeline's template cannot say that somebody will click a link. What an HTTP
endpoint is asked is kept and told (``on_asked``): it may be an API of the pipeline. Whoever calls
``ConfirmSubscription`` with the token answers for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter

from harness.deliver.payloads import iso_ms
from harness.deliver.topic_messages import confirmation_text
from harness.errors import ScenarioError, did_you_mean
from harness.kernel.packed import Packed, Row
from harness.kernel.scheduler import Kernel
from harness.vendor.sns_publish import Subscription


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail.

    ``body`` is what was published, or the JSON envelope for a subscription of protocol email-json; ``as_sent`` is what
    the addressee sees, with SNS's footer. ``at_us`` counts from the start of the run, ``event_number`` is the trace
    event "received".
    """

    to: str
    subject: str
    body: str
    as_sent: str
    topic_arn: str
    at_us: int
    attributes: Mapping[str, str]
    event_number: int


@dataclass(frozen=True, slots=True)
class ConfirmationRequest:
    """What an endpoint was asked. ``token`` goes into ``ConfirmSubscription``; ``body`` is the JSON as SNS sends it."""

    to: str
    topic_arn: str
    token: str
    body: str


class Inbox:
    """Every mailbox of the run. ``confirm`` is how a pending subscription is confirmed, by its ARN.

    ``confirmations`` holds the requests that nobody answered at once, in order. ``on_asked`` is told of each, with the
    message's id and its text.
    """

    def __init__(self, kernel: Kernel, confirm: Callable[[str], None], *, confirms_at_once: bool = True) -> None:
        self.messages: Packed[Mail] = Packed(_as_row, _from_row)
        self.confirmations: list[ConfirmationRequest] = []
        self.on_asked: Callable[[Subscription, str, str], None] = lambda subscription, message_id, body: None
        self._kernel = kernel
        self._confirm = confirm
        self._confirms_at_once = confirms_at_once
        self._pending: list[Subscription] = []
        self._kept: int | None = None

    def keep_last(self, count: int) -> None:
        """Keep the last ``count`` mails and requests only (now and then up to twice as many): the world never ends."""
        self._kept = count

    def on_subscribe(self, subscription: Subscription, token: str) -> bool:
        """Whether the endpoint confirms at once; else it is asked, and remembered until ``confirm``."""
        if self._confirms_at_once and subscription.protocol in ("email", "email-json"):
            return True
        kernel = self._kernel
        message_id = kernel.decisions.uuid("sns message id")
        body = confirmation_text(subscription, token, message_id, iso_ms(kernel.clock))
        self.confirmations.append(ConfirmationRequest(subscription.endpoint, subscription.topic_arn, token, body))
        self._pending.append(subscription)
        if self._kept is not None and len(self.confirmations) >= 2 * self._kept:
            del self.confirmations[: -self._kept]
        kernel.emit("deliver", "asked to confirm", subscription.endpoint, topic=subscription.topic_arn)
        self.on_asked(subscription, message_id, body)
        return False

    def confirm(self, address: str | None = None) -> int:
        """Confirm what is pending for an address or URL, or for all; returns how many subscriptions that were.

        Raises:
            ScenarioError: nothing is pending for this address.
        """
        chosen = [s for s in self._pending if address in (None, s.endpoint)]
        if address is not None and not chosen:
            raise ScenarioError(
                f'No subscription of "{address}" waits for confirmation.',
                hint=did_you_mean(address, {s.endpoint for s in self._pending}),
            )
        for subscription in chosen:
            self._pending.remove(subscription)
            self._confirm(subscription.arn)
        return len(chosen)

    def receive(
        self, subscription: Subscription, subject: str, body: str, as_sent: str, attributes: Mapping[str, str]
    ) -> None:
        """Put a mail into the mailbox of the subscription's address."""
        number = self._kernel.emit(
            "inbox", "received", subscription.endpoint, topic=subscription.topic_arn, subject=subject
        )
        self.messages.append(
            Mail(
                subscription.endpoint,
                subject,
                body,
                as_sent,
                subscription.topic_arn,
                self._kernel.clock.elapsed_us,
                dict(attributes),
                number,
            )
        )
        if self._kept is not None and len(self.messages) >= 2 * self._kept:
            self.messages.forget(len(self.messages) - self._kept)


_as_row = attrgetter(*(field.name for field in fields(Mail)))


def _from_row(row: Row) -> Mail:
    return Mail(*row)
