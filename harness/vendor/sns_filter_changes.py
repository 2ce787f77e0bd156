"""This file decides when a changed filter policy takes effect. SNS-06

Upstream: moto 5.2.5 changes it at once. AWS takes up to 15 minutes. What we do: at once in a plain run, which is what
most tests are about; how long it takes is a decision, so that a seeded run draws it. Until then the policy that was
there before filters, while the API shows the new one. A policy that comes with ``Subscribe`` is there from the start.
Since: moto 2.x. Not needed any more when: moto delays it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.sns.models import Subscription

from harness.kernel.clock import to_us
from harness.kernel.scheduler import Kernel

# SNS-06; the plain run's first.
DELAYS_S = (0, 60, 900)
_EARLIER = "harness_earlier_filter"


@dataclass(frozen=True, slots=True)
class Filter:
    """A policy, None if there is none, and what it looks at."""

    policy: Mapping[str, Any] | None
    scope: str


@dataclass(frozen=True, slots=True)
class _Earlier:
    filter: Filter
    until_us: int


def in_force(found: Subscription, now_us: int) -> Filter:
    """The filter that decides what the subscription gets now."""
    earlier: _Earlier | None = getattr(found, _EARLIER, None)
    return earlier.filter if earlier is not None and now_us < earlier.until_us else _latest(found)


def changed(kernel: Kernel, found: Subscription, earlier: Filter) -> None:
    """An attribute of a standing subscription has been set: ``earlier`` filters for as long as AWS might take."""
    if earlier == _latest(found):
        return
    delay_s = kernel.decisions.choose("sns filter policy delay", DELAYS_S)
    if delay_s:
        setattr(found, _EARLIER, _Earlier(earlier, kernel.clock.now_us + to_us(delay_s)))
        kernel.emit("deliver", "filter pending", found.topic.arn, endpoint=found.endpoint, delay_s=delay_s)


def _latest(found: Subscription) -> Filter:
    return Filter(found._filter_policy, found.attributes.get("FilterPolicyScope") or "MessageAttributes")
