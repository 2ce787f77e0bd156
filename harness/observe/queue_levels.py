"""This file decides what CloudWatch says of how full a queue is, minute by minute. CW-03

A level is what stood at the end of a minute. Nobody counts until somebody looks: the first look at a queue begins its
history, and from then on each moment in which something happened to it is noted. A queue without messages to which
nothing happened for six hours is not active, and an inactive queue has no datapoints; one that a mapping or a pipe
polls is always active.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.kernel.timers import Timer
from harness.vendor import sqs_queue
from harness.vendor.metric_store import MINUTE_S, Metric, MetricStore, Points, Values

NAMESPACE = "AWS/SQS"
DIMENSION = "QueueName"
_AGE = "ApproximateAgeOfOldestMessage"
LEVELS = (
    _AGE,
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesVisible",
)
_ACTIVE_S = 6 * 3600


@dataclass(frozen=True, slots=True)
class _Sample:
    """How full a queue was; ``oldest_us`` is since when its oldest message lay there."""

    delayed: int
    in_flight: int
    visible: int
    oldest_us: int | None

    def value(self, name: str, at_us: int) -> float:
        if name == _AGE:
            return 0.0 if self.oldest_us is None else float(max(0, at_us - self.oldest_us) // US_PER_S)
        return float(dict(zip(LEVELS[1:], (self.delayed, self.in_flight, self.visible), strict=True))[name])


class QueueLevels:
    """The levels of every queue that somebody looked at. ``arn_of`` gives a queue's ARN for its name.

    ``on_look`` is called at each first look: from then on ``on_event`` must be told at once.
    """

    def __init__(
        self, kernel: Kernel, store: MetricStore, arn_of: Callable[[str], str], is_polled: Callable[[str], bool]
    ) -> None:
        self._kernel = kernel
        self._store = store
        self._arn_of = arn_of
        self._is_polled = is_polled
        self.on_look: Callable[[], None] | None = None
        self._histories: dict[str, _History] = {}
        store.levels = self.find

    def find(self, metric: Metric) -> Points | None:
        """The level that this metric is; None if it is none, or there is no such queue."""
        if metric.namespace != NAMESPACE or metric.name not in LEVELS:
            return None
        if len(metric.dimensions) != 1 or metric.dimensions[0][0] != DIMENSION or ":" in metric.dimensions[0][1]:
            return None
        history = self._history(metric.dimensions[0][1])
        return None if history is None else _Level(self._kernel, history, metric.name)

    def _history(self, name: str) -> _History | None:
        arn = self._arn_of(name)
        if arn not in self._histories and sqs_queue.find(arn) is not None:
            if self.on_look is not None:
                self.on_look()
            self._histories[arn] = _History(self._kernel, arn, self._is_polled)
        return self._histories.get(arn)

    def on_event(self, arn: str) -> None:
        """Something happened to this queue: note what it came to once this moment is over."""
        history = self._histories.get(arn)
        if history is not None and history.pending is None:
            history.pending = self._kernel.call_at(self._kernel.clock.now_us, lambda: self._note(arn, history))

    def _note(self, arn: str, history: _History) -> None:
        history.pending = None
        queue = sqs_queue.find(arn)
        if queue is None:
            return
        history.note()
        for name in LEVELS:
            metric = Metric(NAMESPACE, name, ((DIMENSION, arn.rpartition(":")[2]),))
            self._store.on_point(metric, history.samples[-1].value(name, self._kernel.clock.now_us))
        # A delayed message becomes visible without a word.
        due_us = queue.next_due_us() if queue.delayed_count else None
        if due_us is not None:
            self._kernel.call_at(due_us, lambda: self.on_event(arn), background=True)

    def names(self) -> Iterable[Metric]:
        """The levels that were looked at."""
        for arn in self._histories:
            for name in LEVELS:
                yield Metric(NAMESPACE, name, ((DIMENSION, arn.rpartition(":")[2]),))


class _History:
    """What is known of one queue: a sample for each minute in which something happened, the last of that minute."""

    def __init__(self, kernel: Kernel, arn: str, is_polled: Callable[[str], bool]) -> None:
        self.minutes: list[int] = []
        self.samples: list[_Sample] = []
        self.pending: Timer | None = None
        self._kernel = kernel
        self._arn = arn
        self._is_polled = is_polled
        self.note()

    def note(self) -> None:
        """Note how full it is now."""
        queue = sqs_queue.find(self._arn)
        assert queue is not None
        sample = _Sample(queue.delayed_count, queue.in_flight_count, queue.visible_count, queue.oldest_us())
        minute = int(self._kernel.clock.now_s) // MINUTE_S * MINUTE_S
        if self.minutes and self.minutes[-1] == minute:
            self.samples[-1] = sample
        else:
            self.minutes.append(minute)
            self.samples.append(sample)

    def at(self, minute: int) -> _Sample | None:
        """What stood at the end of the minute; None before the first look, and while the queue was not active."""
        index = bisect_left(self.minutes, minute + 1) - 1
        if index < 0:
            return None
        sample = self.samples[index]
        idle_s = minute - self.minutes[index]
        active = sample.oldest_us is not None or idle_s < _ACTIVE_S or self._is_polled(self._arn)
        return sample if active else None

    def turns(self, start: int, end: int) -> Sequence[int]:
        """The minutes in which something may be other than before."""
        ends = [m + _ACTIVE_S for m in self.minutes if start <= m + _ACTIVE_S < end]
        inside = self.minutes[bisect_left(self.minutes, start) : bisect_left(self.minutes, end)]
        return sorted({*inside, *ends})


class _Level:
    """One of a queue's levels."""

    def __init__(self, kernel: Kernel, history: _History, name: str) -> None:
        self._kernel = kernel
        self._history = history
        self._name = name

    def between(self, start_s: int, end_s: int, unit: str | None = None) -> Iterator[tuple[int, Values]]:
        """A value for each minute that has begun."""
        if unit not in (None, "Seconds" if self._name == _AGE else "Count") or not self._history.minutes:
            return
        first = max(start_s, self._history.minutes[0])
        for minute in range(-(-first // MINUTE_S) * MINUTE_S, min(end_s, int(self._kernel.clock.now_s) + 1), MINUTE_S):
            sample = self._history.at(minute)
            if sample is not None:
                yield minute, Values.of(sample.value(self._name, (minute + MINUTE_S) * US_PER_S))

    def moments(self, start_s: int, end_s: int) -> Sequence[int]:
        """The minutes in which it changed; an age changes all the time."""
        turns = self._history.turns(start_s, end_s)
        if self._name != _AGE:
            return turns
        now_s = int(self._kernel.clock.now_s)
        minutes = range(-(-start_s // MINUTE_S) * MINUTE_S, min(end_s, now_s + 1), MINUTE_S)
        old = [m for m in minutes if (s := self._history.at(m)) is not None and s.oldest_us is not None]
        return sorted({*turns, *old})
