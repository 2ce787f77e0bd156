"""The idle rule, the order of things, and the ways a task can wait."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from harness.errors import HarnessBug, LimitReached, Stuck
from harness.kernel.clock import to_us
from harness.kernel.decisions import Decisions, First, Replayed, Seeded
from harness.kernel.limits import Limits
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Task


def run(main: Callable[[Kernel], Any], **options: Any) -> tuple[Any, Kernel]:
    kernel = Kernel(**options)
    return kernel.run(lambda: main(kernel)), kernel


def test_sleeping_takes_virtual_time_only_and_exactly() -> None:
    def main(kernel: Kernel) -> int:
        for _ in range(3):
            kernel.sleep(30)
        return kernel.clock.elapsed_us

    assert run(main)[0] == 90_000_000


def test_time_does_not_move_while_a_task_can_run() -> None:
    def main(kernel: Kernel) -> list[int]:
        seen: list[int] = []

        def busy() -> None:
            for _ in range(100):
                kernel.checkpoint("somewhere")
                seen.append(kernel.clock.elapsed_us)

        kernel.call_later(0.000001, lambda: seen.append(-1))
        kernel.spawn(busy, name="busy")
        kernel.sleep(1)
        return seen

    seen, _ = run(main)
    assert seen == [0] * 100 + [-1]


def test_timers_due_at_the_same_time_fire_in_the_order_they_were_set() -> None:
    def main(kernel: Kernel) -> list[str]:
        fired: list[str] = []
        for name in "cab":
            kernel.call_later(5, lambda name=name: fired.append(name))
        kernel.call_later(4, lambda: fired.append("early"))
        kernel.sleep(6)
        return fired

    assert run(main)[0] == ["early", "c", "a", "b"]


def test_settling_comes_before_the_clock_moves() -> None:
    def main(kernel: Kernel) -> tuple[list[str], int]:
        log: list[str] = []

        def other() -> None:
            log.append("ran")
            kernel.spawn(lambda: log.append("ran too"), name="third")
            kernel.sleep(10)
            log.append("too late")

        kernel.spawn(other, name="other")
        kernel.settle()
        return list(log), kernel.clock.elapsed_us

    assert run(main)[0] == (["ran", "ran too"], 0)


def test_quiet_waits_for_every_foreground_timer_and_for_no_background_timer() -> None:
    def main(kernel: Kernel) -> tuple[bool, int, list[str]]:
        fired: list[str] = []
        kernel.call_later(5, lambda: fired.append("foreground"))
        kernel.call_later(3, lambda: fired.append("background on the way"), background=True)
        kernel.call_later(86_400, lambda: fired.append("background after"), background=True)
        return kernel.quiet(), kernel.clock.elapsed_us, fired

    assert run(main)[0] == (True, 5_000_000, ["background on the way", "foreground"])


def test_a_cancelled_timer_leaves_nothing_to_wait_for() -> None:
    def main(kernel: Kernel) -> int:
        timer = kernel.call_later(3600, lambda: None)
        timer.cancel()
        timer.cancel()
        kernel.quiet()
        return kernel.clock.elapsed_us

    assert run(main)[0] == 0


def test_a_cancelled_timer_lets_go_of_what_it_would_have_called() -> None:
    class Large:
        def fire(self) -> None:
            raise AssertionError

    def main(kernel: Kernel) -> object:
        large = Large()
        timer = kernel.call_later(900, large.fire)
        timer.cancel()
        held = weakref.ref(large)
        del large
        return held()

    assert run(main)[0] is None


def test_cancelled_timers_do_not_pile_up_and_the_others_keep_their_order() -> None:
    fired: list[int] = []

    def main(kernel: Kernel) -> int:
        most = 0
        for number in range(20_000):
            kernel.call_later(365 * 86_400, lambda: None, background=True).cancel()
            if number % 100 == 0:
                kernel.call_later(600 - number % 300, partial(fired.append, number))
            most = max(most, kernel.pending()[1])
        kernel.quiet()
        return most

    assert run(main)[0] < 3000
    assert fired == sorted(range(0, 20_000, 100), key=lambda number: (-(number % 300), number))


def test_quiet_within_a_limit_ends_at_the_limit() -> None:
    def main(kernel: Kernel) -> tuple[bool, int]:
        kernel.call_later(100, lambda: None)
        reached = kernel.quiet(kernel.clock.now_us + to_us(40))
        return reached, kernel.clock.elapsed_us

    # The limit itself does not make time move; the timer at 100 s does, and the limit is met on the way.
    assert run(main)[0] == (False, 40_000_000)


def test_next_moment_stops_after_each_move_of_the_clock() -> None:
    def main(kernel: Kernel) -> list[float]:
        for delay in (1, 2, 2, 50):
            kernel.call_later(delay, lambda: None)
        stops = []
        while kernel.next_moment(kernel.clock.start_us + to_us(10)):
            stops.append(kernel.clock.elapsed_us / 1e6)
        return stops

    assert run(main)[0] == [1.0, 2.0]


def test_an_event_wakes_its_waiters_in_the_order_they_came() -> None:
    def main(kernel: Kernel) -> list[str]:
        log: list[str] = []
        event = kernel.event("go")

        def waiter(name: str) -> None:
            assert event.wait(60)
            log.append(name)

        for name in "xyz":
            kernel.spawn(lambda name=name: waiter(name), name=name)
        kernel.sleep(5)
        event.set()
        kernel.settle()
        # The 60 s timeouts went with the waits.
        kernel.quiet()
        assert kernel.clock.elapsed_us == 5_000_000
        return log

    assert run(main)[0] == ["x", "y", "z"]


def test_a_wait_that_times_out_says_so() -> None:
    def main(kernel: Kernel) -> tuple[bool, int]:
        return kernel.event("never").wait(2.5), kernel.clock.elapsed_us

    assert run(main)[0] == (False, 2_500_000)


def test_join_returns_when_the_task_has_ended_and_raises_the_same_object() -> None:
    error = ValueError("mine")

    def main(kernel: Kernel) -> None:
        def fail() -> None:
            kernel.sleep(1)
            raise error

        task = kernel.spawn(fail, name="failing", keep_error=True)
        assert not task.join(0.5)
        with pytest.raises(ValueError, match=r"^mine$") as caught:
            task.join()
        assert caught.value is error

    run(main)


def test_an_error_nobody_joins_ends_the_run_and_names_task_and_time() -> None:
    def main(kernel: Kernel) -> None:
        def fail() -> None:
            kernel.sleep(61)
            raise KeyError("lost")

        kernel.spawn(fail, name="poller orders")
        kernel.sleep(3600)

    with pytest.raises(KeyError) as caught:
        run(main)
    assert caught.value.__notes__ == ["in task 'poller orders' at 00:01:01.000"]


def test_an_interrupt_raises_in_the_wait_and_the_late_wake_does_nothing() -> None:
    class Halt(BaseException):
        pass

    def main(kernel: Kernel) -> list[str]:
        log: list[str] = []
        event = kernel.event("slow")

        def waits() -> None:
            try:
                event.wait(10)
            except Halt:
                log.append(f"halted at {kernel.clock.elapsed_us}")
            kernel.sleep(1)
            log.append(f"slept until {kernel.clock.elapsed_us}")

        task = kernel.spawn(waits, name="waits")
        kernel.sleep(3)
        kernel.interrupt(task, Halt())
        event.set()
        kernel.quiet()
        return log

    assert run(main)[0] == ["halted at 3000000", "slept until 4000000"]


def test_a_task_interrupted_before_its_first_step_never_runs() -> None:
    def main(kernel: Kernel) -> list[str]:
        log: list[str] = []
        task = kernel.spawn(lambda: log.append("ran"), name="late", keep_error=True)
        kernel.interrupt(task, RuntimeError("stop"))
        kernel.settle()
        assert task.done
        return log

    assert run(main)[0] == []


def test_a_run_where_somebody_waits_for_ever_is_stuck_and_says_who_for_what() -> None:
    def main(kernel: Kernel) -> None:
        kernel.spawn(lambda: kernel.event("a poll").wait(), name="poller", daemon=True)
        kernel.sleep(1)
        kernel.event("an answer from the clerk").wait()

    with pytest.raises(Stuck) as caught:
        run(main)
    assert str(caught.value) == (
        "Nothing can move at 00:00:01.000: no task can run and no timer is set.\n"
        "  scenario waits for an answer from the clerk"
    )


def test_what_is_left_at_the_end_is_ended_and_can_clean_up() -> None:
    log: list[str] = []

    def main(kernel: Kernel) -> str:
        def forever() -> None:
            try:
                kernel.event("nothing").wait()
            finally:
                log.append("cleaned up")

        kernel.spawn(forever, name="forever", daemon=True)
        kernel.settle()
        return "done"

    assert run(main)[0] == "done"
    assert log == ["cleaned up"]


def test_a_loop_that_never_ends_meets_the_step_limit_which_names_the_busiest() -> None:
    def main(kernel: Kernel) -> None:
        def again() -> None:
            kernel.spawn(again, name="write back")

        again()
        kernel.quiet()

    with pytest.raises(LimitReached, match=r"limit of 1,000 steps at 00:00:00\.000\.\n") as caught:
        run(main, limits=Limits(steps=1000))
    _, likely, busiest, raise_it = str(caught.value).splitlines()
    assert likely == "Most likely the pipeline feeds itself: a function writes to where it is triggered from."
    assert re.fullmatch(r"Busiest: write back \(\d+ steps\), scenario \(1 steps\)\.", busiest)
    assert raise_it == "If the run is meant to go this far, raise limits.steps in the scenario."


def test_more_than_a_year_of_virtual_time_is_a_limit_too() -> None:
    def main(kernel: Kernel) -> None:
        kernel.sleep(86_500)

    with pytest.raises(LimitReached) as caught:
        run(main, limits=Limits(virtual_s=86_400))
    assert str(caught.value).splitlines() == [
        "The run went past its limit of 1d 00:00:00.000 of virtual time at 00:00:00.000.",
        "What comes next is due at 1d 00:01:40.000. "
        "Most likely a wait, a delay or an advance is longer than it was meant to be.",
        "Busiest: scenario (1 steps).",
        "If the run is meant to go this far, raise limits.virtual in the scenario.",
    ]


def follow(kernel: Kernel, count: int, *stations: tuple[str, str, str]) -> None:
    """Events that each follow from the one before, again and again, each round in a task of its own."""
    cause = None
    for _ in range(count):
        for station, what, who in stations:
            cause = kernel.emit(station, what, who, cause=cause)
        kernel.sleep(1)


def test_a_function_that_sets_itself_off_meets_a_limit_that_names_the_round() -> None:
    round_ = (("s3", "object created", "Raw"), ("deliver", "notified", "Copy"), ("invoke", "started", "Copy"))
    with pytest.raises(LimitReached) as caught:
        run(lambda kernel: follow(kernel, 20, *round_), limits=Limits(rounds=10))
    assert str(caught.value).splitlines()[:2] == [
        "The run went past its limit of 10 rounds in which something sets itself off at 00:00:15.000.",
        "The last round: Copy → Raw → Copy. "
        "Most likely the pipeline feeds itself: a function writes to where it is triggered from.",
    ]


def test_a_state_machine_that_loops_goes_no_rounds() -> None:
    round_ = (("workflow", "entered", "Machine"), ("invoke", "started", "Work"))
    run(lambda kernel: follow(kernel, 20, *round_), limits=Limits(rounds=10))


def test_a_state_machine_that_starts_itself_goes_rounds() -> None:
    round_ = (("workflow", "started", "Machine"), ("workflow", "entered", "Machine"))
    with pytest.raises(LimitReached, match="Machine"):
        run(lambda kernel: follow(kernel, 20, *round_), limits=Limits(rounds=10))


def test_a_burst_goes_no_rounds() -> None:
    def main(kernel: Kernel) -> None:
        first = kernel.emit("act", "uploaded", "Raw")
        for _ in range(20):
            kernel.emit("invoke", "started", "Work", cause=first)
            kernel.sleep(1)

    run(main, limits=Limits(rounds=10))


def test_posted_calls_run_in_the_scheduler() -> None:
    def main(kernel: Kernel) -> list[Task | None]:
        seen: list[Task | None] = []
        kernel.post(lambda: seen.append(kernel.current))
        kernel.sleep(1)
        return seen

    assert run(main)[0] == [None]


def test_waiting_outside_of_a_task_is_refused() -> None:
    with pytest.raises(HarnessBug, match="outside of a task"):
        Kernel().sleep(1)


def test_a_carrier_is_in_place_exactly_while_its_task_runs() -> None:
    log: list[str] = []

    class Carried:
        def enter(self) -> None:
            log.append("in")

        def leave(self) -> None:
            log.append("out")

    def main(kernel: Kernel) -> None:
        def work() -> None:
            log.append("work")
            kernel.sleep(1)
            log.append("more")

        task = kernel.spawn(work, name="work")
        task.carrier = Carried()
        kernel.sleep(0.5)
        log.append("other")
        kernel.sleep(1)

    run(main)
    assert log == ["in", "work", "out", "other", "in", "more", "out"]


def interleaving(decisions: Decisions) -> list[str]:
    """Three tasks of three checkpoints each: who went when."""

    def main(kernel: Kernel) -> list[str]:
        log: list[str] = []

        def work(name: str) -> None:
            for step in range(3):
                log.append(f"{name}{step}")
                kernel.checkpoint("s3.PutObject")

        for name in "abc":
            kernel.spawn(lambda name=name: work(name), name=name)
        kernel.quiet()
        return log

    result: list[str] = run(main, decisions=decisions)[0]
    return result


def test_the_plain_run_lets_each_task_run_to_its_next_wait() -> None:
    assert interleaving(First()) == ["a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "c2"]


def test_a_seed_fixes_the_interleaving_and_another_seed_gives_another() -> None:
    assert interleaving(Seeded(7)) == interleaving(Seeded(7))
    assert len({tuple(interleaving(Seeded(seed))) for seed in range(10)}) > 5


def test_a_recorded_interleaving_can_be_replayed() -> None:
    seeded = Seeded(7)
    original = interleaving(seeded)
    assert original != interleaving(First())
    assert interleaving(Replayed(seeded.taken)) == original
