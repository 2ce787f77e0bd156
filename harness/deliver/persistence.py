"""This file decides how long EventBridge tries to deliver, and what it leaves in a dead-letter queue. EVB-02

It does not deliver. The order: an attempt at once; an error of the target's that may pass is tried again, up to 185
times and for a day unless the target's ``RetryPolicy`` says otherwise; one that will not pass (no permission, no such
target) goes to the dead-letter queue at once. AWS says of the waits that they grow exponentially, with jitter; ours
begin at a second, double up to eight minutes, so that 185 of them fill the day, and the jitter is a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.deliver.targets import Attributes, Targets, Undeliverable
from harness.guard.service_doors import Sender
from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel

MOST_RETRIES = 185
LONGEST_AGE_S = 86_400
_LONGEST_WAIT_S = 480.0
# The share of the wait that is waited.
_JITTER = (1.0, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that was given up. ``exhausted`` names the limit that was reached, None if no retry was worth it."""

    problem: Undeliverable
    retries: int
    exhausted: str | None

    def attributes(self, **more: str) -> Attributes:
        """The message attributes of the dead letter, ``more`` among them."""
        texts = {
            **more,
            "ERROR_CODE": self.problem.code,
            "ERROR_MESSAGE": self.problem.reason,
            "RETRY_ATTEMPTS": str(self.retries),
        }
        if self.exhausted is not None:
            texts["EXHAUSTED_RETRY_CONDITION"] = self.exhausted
        return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}


def persist(kernel: Kernel, policy: Mapping[str, Any] | None, deliver: Callable[[], None]) -> Failure | None:
    """Deliver, and again as long as the ``RetryPolicy`` (the API's form) allows; None once it has arrived."""
    policy = policy or {}
    most = int(policy.get("MaximumRetryAttempts", MOST_RETRIES))
    ends_us = kernel.clock.now_us + to_us(int(policy.get("MaximumEventAgeInSeconds", LONGEST_AGE_S)))
    retries = 0
    while True:
        try:
            deliver()
            return None
        except Undeliverable as problem:
            if not problem.server_side:
                return Failure(problem, retries, None)
            if retries == most:
                return Failure(problem, retries, "MaximumRetryAttempts")
            wait_s = min(2.0**retries, _LONGEST_WAIT_S) * kernel.decisions.choose("events retry jitter", _JITTER)
            left_s = (ends_us - kernel.clock.now_us) / US_PER_S
            kernel.sleep(min(wait_s, left_s))
            if wait_s >= left_s:
                return Failure(problem, retries, "MaximumEventAgeInSeconds")
        retries += 1


def bury(
    kernel: Kernel,
    targets: Targets,
    failure: Failure,
    *,
    target_arn: str,
    queue_arn: str | None,
    body: str,
    sender: Sender | None,
    attributes: Mapping[str, str],
    **detail: Any,
) -> None:
    """Emit what was given up, and leave it in the dead-letter queue if there is one."""
    more: dict[str, Any] = {"dead_letter": queue_arn} if queue_arn else {}
    kernel.require_current().cause = kernel.emit(
        "deliver", "dropped", target_arn, reason=failure.problem.reason, **detail, **more
    )
    if queue_arn is None:
        return
    try:
        targets.deliver(queue_arn, body, attributes=failure.attributes(**attributes), sender=sender)
    except Undeliverable as problem:
        kernel.emit("deliver", "dropped", queue_arn, reason=problem.reason, **detail)
