"""Virtual time on the machine's clock. The machine here is a number that only waiting moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.kernel.pace import RealMachine, RealPace
from harness.kernel.scheduler import Kernel


class Machine:
    """A clock that moves while somebody waits; ``arrivals`` come from outside, each at its second."""

    def __init__(self, *arrivals: tuple[float, Callable[[], Any]]) -> None:
        self.seconds = 100.0
        self.waits: list[float | None] = []
        self.arrivals = list(arrivals)

    def now_s(self) -> float:
        return self.seconds

    def wait(self, timeout_s: float | None) -> None:
        self.waits.append(timeout_s)
        until = None if timeout_s is None else self.seconds + timeout_s
        if self.arrivals and (until is None or self.arrivals[0][0] <= until):
            self.seconds, arrive = self.arrivals.pop(0)
            arrive()
            return
        assert until is not None, "nothing would ever end this wait"
        self.seconds = until

    def wake(self) -> None:
        pass


def run(main: Callable[[Kernel], Any], machine: Machine, speed: float = 1.0) -> Any:
    kernel = Kernel(pace=RealPace(speed=speed, machine=machine))
    return kernel.run(lambda: main(kernel))


def test_a_sleep_waits_on_the_machine_for_as_long() -> None:
    machine = Machine()
    run(lambda kernel: kernel.sleep(30), machine)
    assert (machine.waits, machine.seconds) == ([30.0], 130.0)


def test_speed_makes_five_minutes_five_seconds() -> None:
    machine = Machine()

    def main(kernel: Kernel) -> int:
        kernel.sleep(300)
        return kernel.clock.elapsed_us

    assert run(main, machine, speed=60) == 300_000_000
    assert machine.waits == [5.0]


def test_background_timers_fire_too_since_time_passes_anyway() -> None:
    fired = []

    def main(kernel: Kernel) -> None:
        kernel.call_later(1, lambda: fired.append(kernel.clock.elapsed_us), background=True)
        kernel.sleep(2)

    run(main, Machine())
    assert fired == [1_000_000]


def test_an_input_is_taken_in_at_the_time_it_came_and_wakes_who_waits_for_it() -> None:
    machine = Machine()

    def main(kernel: Kernel) -> int:
        assert kernel.pace is not None
        came = kernel.event("the request")
        pace = kernel.pace
        machine.arrivals.append((107.5, lambda: pace.take_in(came.set)))
        came.wait()
        return kernel.clock.elapsed_us

    assert run(main, machine) == 7_500_000
    assert machine.waits == [None]


def test_inputs_are_taken_in_when_no_task_can_run_and_in_their_order() -> None:
    order: list[str] = []

    def main(kernel: Kernel) -> None:
        assert kernel.pace is not None

        def busy(name: str) -> None:
            order.append(f"{name} begins")
            kernel.settle()
            order.append(f"{name} ends")

        for name in ("first", "second"):
            kernel.pace.take_in(lambda name=name: kernel.spawn(lambda: busy(name), name=name))
        kernel.sleep(1)

    run(main, Machine())
    assert order == ["first begins", "first ends", "second begins", "second ends"]


def test_what_fell_due_meanwhile_fires_at_its_own_time_and_before_a_later_input() -> None:
    machine, seen = Machine(), []

    def main(kernel: Kernel) -> None:
        assert kernel.pace is not None
        kernel.call_later(1, lambda: seen.append(("timer", kernel.clock.elapsed_us)))
        kernel.pace.take_in(lambda: seen.append(("input", kernel.clock.elapsed_us)))
        machine.seconds += 3  # a task computed for three seconds
        kernel.sleep(5)

    run(main, machine)
    assert seen == [("timer", 1_000_000), ("input", 3_000_000)]


def test_setting_the_present_jumps() -> None:
    machine = Machine()

    def main(kernel: Kernel) -> int:
        assert kernel.pace is not None
        kernel.pace.set(kernel.clock.now_us + 3_600_000_000)
        kernel.sleep(1)
        return kernel.clock.elapsed_us

    # The sleep was set at the old present, so it is over as soon as the hour has passed.
    assert run(main, machine) == 1_000_000
    assert machine.waits == []


def test_a_world_at_rest_is_not_stuck_and_quiet_comes_without_time() -> None:
    def main(kernel: Kernel) -> int:
        kernel.quiet()
        return kernel.clock.elapsed_us

    assert run(main, Machine()) == 0


def test_an_error_in_a_task_a_timer_or_an_input_ends_nothing_for_who_listens() -> None:
    heard: list[str] = []
    kernel = Kernel(pace=RealPace(machine=Machine()))
    kernel.on_crash = lambda error: heard.append(str(error))

    def fail(where: str) -> None:
        raise ValueError(where)

    def main() -> str:
        assert kernel.pace is not None
        kernel.spawn(lambda: fail("task"), name="broken")
        kernel.call_later(1, lambda: fail("timer"))
        kernel.pace.take_in(lambda: fail("input"))
        kernel.sleep(2)
        return "went on"

    assert kernel.run(main) == "went on"
    assert heard == ["task", "input", "timer"]


def test_the_real_machine_s_clock_goes_forward_and_a_wake_before_the_wait_ends_it() -> None:
    machine = RealMachine()
    began = machine.now_s()
    machine.wake()
    machine.wait(None)
    machine.wait(0)
    assert machine.now_s() > began


def test_the_past_comes_again_at_its_own_times_before_anything_new_and_costs_no_time() -> None:
    machine, seen = Machine(), []

    def main(kernel: Kernel) -> None:
        assert kernel.pace is not None
        start_us = kernel.clock.now_us

        def noted(name: str) -> Callable[[], None]:
            return lambda: seen.append((name, kernel.clock.elapsed_us))

        kernel.call_later(4, noted("timer"))
        kernel.pace.take_in(noted("new"))
        kernel.pace.repeat(iter([(start_us + s * 1_000_000, noted(f"past {s}")) for s in (3, 5)]))
        kernel.sleep(6)

    run(main, machine)
    assert seen == [("past 3", 3_000_000), ("timer", 4_000_000), ("past 5", 5_000_000), ("new", 5_000_000)]
    assert machine.seconds == 101.0
