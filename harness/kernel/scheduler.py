"""This file decides who runs next and when time moves.

The idle rule, written once: **time moves only when no task can run. Those who wait for the moment to
settle go before the clock moves. If nothing can run and no foreground timer is set, nothing is left to
happen: those who wait for quiet go; if there are none and somebody still waits, the run is stuck.**

Timers fire in the order (due, running number): never by identity, never by hash. A background timer (a
message's retention, an idle poll) fires when time passes it but does not make time move.

Given a pace (``pace.py``), time follows the machine's clock instead, and such a run is never stuck: it waits for what
comes from outside. Tasks are greenlets in one thread. Another thread may only call ``post``, or the pace's ``take_in``.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import greenlet

from harness.errors import HarnessBug, LimitReached, Stuck
from harness.kernel.clock import DEFAULT_START, US_PER_S, Clock, format_elapsed, to_us
from harness.kernel.decisions import Decisions, First
from harness.kernel.limits import FEEDS_ITSELF, WAITS_LONG, Limits, last_round
from harness.kernel.pace import RealPace
from harness.kernel.tasks import Event, Task, TaskCancelled, WaitList
from harness.kernel.timers import Timer
from harness.kernel.trace import Trace

T = TypeVar("T")

# Kept before anybody patches the module: the harness's own watch runs on real time.
real_clock = time.perf_counter

# So many timers may be set, cancelled ones too, before anybody sweeps.
_FEW_TIMERS = 1024


class Kernel:
    """One run's scheduler, with its clock, its decisions and its trace."""

    def __init__(
        self,
        *,
        decisions: Decisions | None = None,
        start: datetime = DEFAULT_START,
        limits: Limits | None = None,
        pace: RealPace | None = None,
    ) -> None:
        self.pace = pace
        self.clock = Clock(start)
        self.decisions = decisions or First()
        self.trace = Trace(self.clock)
        self.limits = limits or Limits()
        self.current: Task | None = None
        self.step = 0
        self.running_since = 0.0
        self._ready: deque[Task] = deque()
        self._timers: list[tuple[int, int, Timer]] = []
        self._timer_number = 0
        self._sweep_at = _FEW_TIMERS
        # Bound once, for all timers.
        self._forget = self._account
        self._foreground = 0
        self._tasks: dict[Task, None] = {}
        self._settling = WaitList(self)
        self.quiet_waiters = WaitList(self)
        # Set while time that nobody saw is made up for.
        self.recurring_rests = False
        self._posted: deque[Callable[[], Any]] = deque()
        self._hub: greenlet.greenlet | None = None
        self._crash: BaseException | None = None
        # Told of an error of ours in the place of the run's end, by a world that must go on for its other clients.
        self.on_crash: Callable[[BaseException], Any] | None = None
        self._busiest: Counter[str] = Counter()

    # -- tasks ------------------------------------------------------------------------------------

    def spawn(
        self,
        function: Callable[[], Any],
        *,
        name: str,
        cause: int | None = None,
        daemon: bool = False,
        keep_error: bool = False,
    ) -> Task:
        """A new task, ready to run.

        ``cause`` defaults to the current task's. An error that leaves the task ends the run as a fault of
        ours, unless ``keep_error`` is set: then ``Task.join`` raises it.
        """
        if cause is None and self.current is not None:
            cause = self.current.cause
        task = Task(self, function, name, cause=cause, daemon=daemon, keep_error=keep_error)
        if self.current is not None:
            task.trace_header = self.current.trace_header
        if self._hub is not None:
            # Not the task that spawns: a finished greenlet goes on in its parent.
            task.greenlet.parent = self._hub
        self._tasks[task] = None
        self._make_ready(task)
        return task

    def require_current(self) -> Task:
        """The task that is running.

        Raises:
            HarnessBug: none is; something that waits was called from outside the run.
        """
        if self.current is None:
            raise HarnessBug("Something tried to wait outside of a task. Only tasks can wait.")
        return self.current

    def interrupt(self, task: Task, error: BaseException) -> None:
        """End the task's wait by raising ``error`` in it; a finished task is left alone."""
        if task.done:
            return
        task.wait_number += 1
        task.wake_error = error
        self._make_ready(task)

    def event(self, name: str = "event") -> Event:
        """A new flag to wait for; ``name`` is what a stuck run says it waited for."""
        return Event(self, name)

    def wait_list(self) -> WaitList:
        """A new list of waiters."""
        return WaitList(self)

    def park(self, reason: str) -> Any:
        """Suspend the current task until somebody wakes it; returns what it is woken with."""
        task = self.require_current()
        task.waiting_for = reason
        hub = self._hub
        assert hub is not None
        hub.switch()
        task.waiting_for = None
        if task.wake_error is not None:
            error, task.wake_error = task.wake_error, None
            raise error
        value, task.wake_value = task.wake_value, None
        return value

    def wake(self, task: Task, wait_number: int, value: Any) -> bool:
        """End the wait that had this number; False if it has ended already."""
        if task.done or task.wait_number != wait_number:
            return False
        task.wait_number += 1
        task.wake_value = value
        self._make_ready(task)
        return True

    def checkpoint(self, label: str) -> None:
        """A place where another ready task may go first, as at each AWS call; plainly, go on."""
        if self._ready and self.current is not None and self.decisions.pick(f"go on at {label}", 2):
            self._make_ready(self.current)
            self.park(label)

    def _make_ready(self, task: Task) -> None:
        if not task.ready:
            task.ready = True
            self._ready.append(task)

    # -- time -------------------------------------------------------------------------------------

    def call_at(self, due_us: int, callback: Callable[[], Any], *, background: bool = False) -> Timer:
        """Call back when virtual time reaches ``due_us`` (since 1970), in the scheduler, not in a task."""
        timer = Timer(max(due_us, self.clock.now_us), callback, background=background, forget=self._forget)
        self._timer_number += 1
        if len(self._timers) >= self._sweep_at:
            self._sweep()
        heapq.heappush(self._timers, (timer.due_us, self._timer_number, timer))
        self._foreground += not background
        return timer

    def call_later(self, delay_s: float, callback: Callable[[], Any], *, background: bool = False) -> Timer:
        """Call back after ``delay_s`` seconds of virtual time."""
        return self.call_at(self.clock.now_us + to_us(max(delay_s, 0)), callback, background=background)

    def _account(self, timer: Timer) -> None:
        """A timer fired or was cancelled; timers call this themselves."""
        self._foreground -= not timer.background

    def _sweep(self) -> None:
        """Throw away the cancelled timers, of which some would be due in a year only."""
        self._timers = [entry for entry in self._timers if entry[2].live]
        heapq.heapify(self._timers)
        self._sweep_at = max(_FEW_TIMERS, 2 * len(self._timers))

    def sleep(self, seconds: float) -> None:
        """Suspend the current task for ``seconds`` of virtual time."""
        WaitList(self).wait(f"sleep of {seconds:g} s", seconds)

    def settle(self) -> None:
        """Wait until no other task can run at this moment. Time does not move."""
        self._settling.wait("everything else to settle")

    def quiet(self, limit_us: int | None = None) -> bool:
        """Wait until nothing is left to happen; False if time reached ``limit_us`` (since 1970) first."""
        if limit_us is None:
            return self.quiet_waiters.wait("quiet")
        task = self.require_current()
        number = task.wait_number
        timer = self.call_at(limit_us, lambda: self.wake(task, number, False), background=True)
        try:
            return self.quiet_waiters.wait("quiet")
        finally:
            timer.cancel()

    def next_moment(self, limit_us: int) -> bool:
        """Let time move once and everything settle; False if nothing is left to happen before the limit."""
        due_us = self.next_due()
        if due_us is None or not self._foreground or due_us > limit_us:
            return False
        task = self.require_current()
        number = task.wait_number
        self.call_at(due_us, lambda: self.wake(task, number, True))
        self.park("the next moment")
        self.settle()
        return True

    def next_due(self) -> int | None:
        """When the next timer is due, in microseconds since 1970; None if none is set."""
        while self._timers and not self._timers[0][2].live:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def pending(self) -> tuple[int, int]:
        """How many tasks there are that are no daemons, and how many timers are set; any thread may ask."""
        return sum(not task.daemon for task in tuple(self._tasks)), len(self._timers)

    # -- the trace --------------------------------------------------------------------------------

    def emit(self, station: str, what: str, who: str, *, cause: int | None = None, **detail: Any) -> int:
        """Record an event and return its number; ``cause`` defaults to the current task's."""
        if cause is None and self.current is not None:
            cause = self.current.cause
        return self.trace.record(station, what, who, cause, detail).number

    # -- the loop ---------------------------------------------------------------------------------

    def post(self, callback: Callable[[], Any]) -> None:
        """Have the scheduler call ``callback`` soon. The one entrance for other threads."""
        self._posted.append(callback)
        if self.pace is not None:
            self.pace.wake()

    def run(self, main: Callable[[], T], *, name: str = "scenario") -> T:
        """Run ``main`` as a task, and every task it leads to, until ``main`` has ended.

        Tasks that are left are then ended. Returns what ``main`` returned and raises what it raised.

        Raises:
            Stuck: nothing can run, no timer is set, and ``main`` still waits.
            LimitReached: the run went past one of its limits.
        """
        if self._hub is not None:
            raise HarnessBug("This kernel is running already.")
        self._hub = greenlet.getcurrent()
        if self.pace is not None:
            self.pace.set(self.clock.now_us)
        task = self.spawn(main, name=name, keep_error=True)
        try:
            self._loop(task)
        finally:
            self._end_all()
            self._hub = None
        if task.error is not None:
            raise task.error
        return task.result  # type: ignore[no-any-return]

    def _loop(self, main: Task) -> None:
        while not main.done:
            try:
                self._go_on()
            except Exception as error:
                if self.on_crash is None:
                    raise
                self.on_crash(error)

    def _go_on(self) -> None:
        while self._posted:
            self._posted.popleft()()
        if self._ready:
            self._run_one()
        elif len(self._settling):
            self._settling.wake(1)
        elif self.pace is not None:
            self._keep_pace(self.pace)
        elif self._foreground:
            self._advance()
        elif len(self.quiet_waiters):
            self.quiet_waiters.wake()
        else:
            raise Stuck(self._who_waits())
        if self._crash is not None:
            crash, self._crash = self._crash, None
            raise crash

    def _run_one(self) -> None:
        ready = self._ready
        if len(ready) == 1:
            task = ready.popleft()
        else:
            index = self.decisions.pick("which ready task runs", len(ready))
            task = ready[index]
            del ready[index]
        self.step += 1
        if self.step > self.limits.steps:
            raise LimitReached(self._over_limit("steps", f"{self.limits.steps:,} steps", FEEDS_ITSELF))
        if self.trace.rounds.count > self.limits.rounds:
            raise LimitReached(self._too_many_rounds())
        self._busiest[task.name] += 1
        self._switch_to(task)

    def _switch_to(self, task: Task) -> None:
        task.ready = False
        self.current = task
        self.running_since = real_clock()
        carrier = task.carrier
        if carrier is not None:
            carrier.enter()
        try:
            task.greenlet.switch()
        finally:
            # The task may have taken or dropped its carrier while it ran.
            if task.carrier is not None:
                task.carrier.leave()
            self.current = None
            self.step += 1
        if task.greenlet.dead:
            del self._tasks[task]
            task.finished.set()
            if task.error is not None and not task.keep_error:
                task.error.add_note(f"in task {task.name!r} at {format_elapsed(self.clock.elapsed_us)}")
                self._crash = task.error

    def _keep_pace(self, pace: RealPace) -> None:
        """Fire what is due by now, each at its own time; then take in one input; then wait for either."""
        due_us, now_us = self.next_due(), pace.now_us()
        if due_us is not None and due_us <= now_us:
            self._advance()
            return
        self.clock.move_to(now_us)
        take_in = pace.next_input()
        if take_in is not None:
            take_in()
        elif not self._foreground and len(self.quiet_waiters):
            self.quiet_waiters.wake()
        else:
            pace.wait_until(due_us)

    def _advance(self) -> None:
        due_us = self.next_due()
        if due_us is None:
            raise HarnessBug("A foreground timer is counted but none is on the heap.")
        if due_us - self.clock.start_us > self.limits.virtual_s * US_PER_S:
            limit = f"{format_elapsed(round(self.limits.virtual_s * US_PER_S))} of virtual time"
            next_up = f"What comes next is due at {format_elapsed(due_us - self.clock.start_us)}. "
            raise LimitReached(self._over_limit("virtual", limit, next_up + WAITS_LONG))
        self.clock.move_to(due_us)
        while self.next_due() == due_us:
            timer = heapq.heappop(self._timers)[2]
            timer.live = False
            self._forget(timer)
            timer.callback()

    def _end_all(self) -> None:
        """End what is left, in the order in which it was spawned."""
        while self._tasks:
            task = next(iter(self._tasks))
            if task.greenlet:
                task.wake_error = TaskCancelled()
                self._switch_to(task)
                if not task.greenlet.dead:
                    continue
            self._tasks.pop(task, None)

    def _who_waits(self) -> str:
        lines = [f"  {task.name} waits for {task.waiting_for}" for task in self._tasks if not task.daemon]
        when = format_elapsed(self.clock.elapsed_us)
        return f"Nothing can move at {when}: no task can run and no timer is set.\n" + "\n".join(lines)

    def _too_many_rounds(self) -> str:
        limit = f"{self.limits.rounds:,} rounds in which something sets itself off"
        return self._over_limit("rounds", limit, f"The last round: {last_round(self.trace.events)}. {FEEDS_ITSELF}")

    def _over_limit(self, name: str, limit: str, likely: str) -> str:
        busiest = ", ".join(f"{task} ({steps:,} steps)" for task, steps in self._busiest.most_common(3))
        return (
            f"The run went past its limit of {limit} at {format_elapsed(self.clock.elapsed_us)}.\n"
            f"{likely}\n"
            f"Busiest: {busiest}.\n"
            f"If the run is meant to go this far, raise limits.{name} in the scenario."
        )
