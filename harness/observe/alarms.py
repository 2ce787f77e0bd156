"""This file decides when alarms are looked at, and what becomes of a new state. CW-05 to CW-08

It does not decide what a state follows from (``watch.py``, ``composites.py``) nor who is told (``alarm_actions.py``).
CloudWatch looks every minute, every ten seconds where periods are shorter. Here an alarm is looked at in those minutes
only in which its datapoints are not what they were: one came, one moved on to an earlier period, one left. That gives
the same states at the same times, and an idle day costs nothing. What a run waits for is in docs/decisions/0009.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.kernel.timers import Timer
from harness.observe.watch import Watch
from harness.vendor import cloudwatch_alarms
from harness.vendor.cloudwatch_alarms import Alarm
from harness.vendor.metric_store import Metric, MetricStore


class Composites(Protocol):
    """What is needed here of the alarms that look at other alarms."""

    def put(self, arn: str) -> None:
        """Look at this one from now on."""

    def remove(self, arn: str) -> None:
        """Look at it no more."""

    def on_change(self, arn: str, cause: int) -> None:
        """An alarm has changed its state."""

    def holds_back(self, alarm: Alarm, before: Mapping[str, str], cause: int) -> bool:
        """Whether this one's actions are to wait."""


class Alarms:
    """Every alarm on metrics, by its ARN; ``composites`` is set once it exists.

    ``act`` runs an alarm's actions for its new state, given the state before; ``tell`` tells the event bus.
    """

    def __init__(
        self,
        kernel: Kernel,
        store: MetricStore,
        act: Callable[[Alarm, Mapping[str, str], int], None],
        tell: Callable[[Alarm, Mapping[str, str]], None],
        on_first: Callable[[], None],
    ) -> None:
        self.composites: Composites | None = None
        self.act = act
        self._kernel = kernel
        self._store = store
        self._tell = tell
        self._on_first = on_first
        self._watched: dict[str, _Watched] = {}
        self._by_metric: dict[Metric, list[_Watched]] = {}
        store.on_point = self._on_point

    def on_put(self, arn: str) -> None:
        """Look at the alarm, as it is set up now."""
        assert self.composites is not None
        self._on_first()
        self.on_deleted(arn)
        alarm = cloudwatch_alarms.find(arn)
        assert alarm is not None
        if alarm.composite:
            self.composites.put(arn)
            return
        watched = self._watched[arn] = _Watched(self._kernel, self, Watch(alarm, self._store))
        for metric in watched.watch.metrics:
            self._by_metric.setdefault(metric, []).append(watched)
        watched.reconsider()

    def on_deleted(self, arn: str) -> None:
        """Look at it no more."""
        assert self.composites is not None
        self.composites.remove(arn)
        watched = self._watched.pop(arn, None)
        if watched is not None:
            watched.stop()
            for metric in watched.watch.metrics:
                self._by_metric[metric].remove(watched)

    def on_state_set(self, arn: str, state: str, reason: str, reason_data: str) -> None:
        """CW-06: somebody set the state; it lasts until the alarm is looked at again."""
        alarm = cloudwatch_alarms.find(arn)
        assert alarm is not None
        task = self._kernel.current
        self.change(alarm, state, reason, reason_data, None if task is None else task.cause)
        if arn in self._watched:
            self._watched[arn].look_again()

    def change(self, alarm: Alarm, state: str, reason: str, reason_data: str, cause: int | None) -> None:
        """Put the alarm into a state. If that is a new one, everybody who is to know is told. CW-05"""
        assert self.composites is not None
        before = {
            "value": alarm.state,
            "reason": alarm.reason,
            "reasonData": alarm.reason_data,
            "timestamp": alarm.since,
        }
        alarm.become(state, reason, reason_data)
        if state == before["value"]:
            return
        number = self._kernel.emit(
            "alarm", "changed", alarm.arn, cause=cause, state=state, was=before["value"], reason=reason
        )
        waits = alarm.composite and self.composites.holds_back(alarm, before, number)
        self._kernel.spawn(partial(self._tell, alarm, before), name=f"alarm event of {alarm.name}", cause=number)
        if not waits:
            self.act(alarm, before, number)
        self.composites.on_change(alarm.arn, number)

    def _on_point(self, metric: Metric, high: float) -> None:
        for watched in self._by_metric.get(metric, ()):
            watched.on_point(high)


class _Watched:
    """One alarm and its next time to be looked at."""

    def __init__(self, kernel: Kernel, owner: Alarms, watch: Watch) -> None:
        self.watch = watch
        self._kernel = kernel
        self._owner = owner
        self._timer: Timer | None = None
        self._probe: Timer | None = None
        self._looked_s = int(kernel.clock.now_s)
        # Whether to look at the next opportunity, and whether that is for something that came.
        self._again, self._news = True, False
        self._cause: int | None = None
        self._cause_breaches = False

    def on_point(self, high: float) -> None:
        """A datapoint came. Who waits for what is decided once this moment is over."""
        if self._cause is None or not self._cause_breaches or self.watch.breaches(high):
            events = self._kernel.trace.events
            self._cause, self._cause_breaches = (events[-1].number if events else None), self.watch.breaches(high)
        self._again = self._news = True
        if self._probe is None:
            self._probe = self._kernel.call_at(self._kernel.clock.now_us, self.reconsider)

    def look_again(self) -> None:
        """Look at the next opportunity, whatever came."""
        self._again = True
        self.reconsider()

    def stop(self) -> None:
        """Look no more."""
        for timer in (self._timer, self._probe):
            if timer is not None:
                timer.cancel()
        self._timer = self._probe = None

    def reconsider(self) -> None:
        """Set the timer for the next look; a run waits for it if what came could change the state."""
        self.stop()
        now_s = int(self._kernel.clock.now_s)
        step_s = self.watch.step_s
        due_s = now_s // step_s * step_s + step_s if self._again else self.watch.next_change(self._looked_s)
        if due_s is None:
            return
        awaited = self.watch.awaits(due_s, news=self._news)
        self._timer = self._kernel.call_at(due_s * US_PER_S, partial(self._look, due_s), background=not awaited)

    def _look(self, due_s: int) -> None:
        self._timer, self._looked_s, self._again, self._news = None, due_s, False, False
        decided = self.watch.look(due_s)
        alarm = cloudwatch_alarms.find(self.watch.arn)
        if decided is not None and alarm is not None:
            self._owner.change(alarm, *decided, self._cause if decided[0] == "ALARM" else None)
        if alarm is not None:
            self._cause_breaches = False
            self.reconsider()
