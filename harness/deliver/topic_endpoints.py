"""This file decides how SNS speaks to an HTTP endpoint: one of this pipeline's own, since nothing leaves. SNS-13

It does not decide what is published to whom (``topic_fanout.py``) nor how a message looks (``topic_messages.py``). In
AWS's words ("Fanout to HTTPS endpoints", "Amazon SNS message delivery retries"): a POST with ``x-amz-sns-...`` headers,
the JSON as plain text; a status of 5xx or 429 may pass and is tried again three times, 20 s apart; any other but 2xx is
for good.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from harness.deliver.targets import Undeliverable
from harness.kernel.scheduler import Kernel
from harness.vendor.http_exchange import HttpAnswer, HttpRequest
from harness.vendor.sns_publish import Subscription

RETRY_WAITS_S = (20.0, 20.0, 20.0)
_FIRST_S = 0.02
# Where an endpoint of this pipeline's own can be, perhaps not yet.
_OWN = (".amazonaws.com", ".on.aws")

# Given a request: what answers it, None if nobody here does.
Find = Callable[[HttpRequest], Callable[[], HttpAnswer] | None]


class TopicEndpoints:
    """The HTTP endpoints of topics."""

    def __init__(self, kernel: Kernel, find: Find) -> None:
        self._kernel = kernel
        self._find = find

    def ask(self, subscription: Subscription, message_id: str, body: str) -> None:
        """Send an endpoint the request for its confirmation; nobody waits for it."""
        host = urlsplit(subscription.endpoint).hostname or ""
        if subscription.protocol not in ("http", "https") or not host.endswith(_OWN):
            return

        def attempts() -> None:
            for wait_s in (_FIRST_S, *RETRY_WAITS_S):
                self._kernel.sleep(wait_s)
                try:
                    self._post(subscription, "SubscriptionConfirmation", message_id, body)
                except Undeliverable as problem:
                    # An API that is still being deployed is there a little later.
                    if not problem.server_side and problem.code != "NO_RESOURCE":
                        return
                else:
                    return

        self._kernel.spawn(attempts, name=f"confirmation of {subscription.endpoint}")

    def notify(self, subscription: Subscription, message_id: str, body: str, on_accepted: Callable[[], None]) -> None:
        """Send a notification.

        Raises:
            Undeliverable: nobody here is behind the endpoint, or it answers with an error.
        """
        self._post(subscription, "Notification", message_id, body, on_accepted)

    def _post(
        self,
        subscription: Subscription,
        kind: str,
        message_id: str,
        body: str,
        on_accepted: Callable[[], None] = lambda: None,
    ) -> None:
        headers = [
            ("content-type", "text/plain; charset=UTF-8"),
            ("user-agent", "Amazon Simple Notification Service Agent"),
            ("x-amz-sns-message-type", kind),
            ("x-amz-sns-message-id", message_id),
            ("x-amz-sns-topic-arn", subscription.topic_arn),
        ]
        if kind == "Notification":
            headers.append(("x-amz-sns-subscription-arn", subscription.arn))
            if subscription.raw:
                headers.append(("x-amz-sns-rawdelivery", "true"))
        found = self._find(HttpRequest("POST", subscription.endpoint, tuple(headers), body.encode()))
        if found is None:
            raise Undeliverable("no HTTP endpoint here", code="NO_RESOURCE")
        on_accepted()
        status = found().status
        if not 200 <= status < 300:
            passes = status >= 500 or status == 429
            raise Undeliverable(f"the endpoint answered {status}", server_side=passes)
