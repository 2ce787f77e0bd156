"""How many calls may run at once, and what the one too many is told."""

from __future__ import annotations

import json
from pathlib import Path

from harness.invoke.concurrency import ACCOUNT_IN_USE, GROWS_TOO_FAST, RESERVED_IN_USE, Concurrency
from harness.invoke.result import InvocationResult
from harness.kernel.clock import US_PER_S, Clock
from harness.world.functions import Functions, FunctionSpec
from tests.invoke.conftest import ARN, World

WAITS = "import time\ndef handler(event, context):\n    time.sleep(1)\n"


def spec(name: str, reserved: int | None = None) -> FunctionSpec:
    return FunctionSpec(name, name, ARN + name, "a.b", Path(), "python3.12", "r", reserved_concurrency=reserved)


def standing(*specs: FunctionSpec) -> Functions:
    functions = Functions()
    for one in specs:
        functions.register(one)
    return functions


def reason(result: InvocationResult) -> str:
    return str(json.loads(result.payload)["Reason"])


def test_lam_17_each_throttle_gives_its_reason(world: World) -> None:
    world.function("reserved", WAITS, reserved_concurrency=1)
    world.function("plain", WAITS)
    world.invoker.concurrency.account_limit = 2
    results = world.run(lambda: world.together("reserved", "reserved", "plain", "plain"))
    assert [r.ending for r in results] == ["succeeded", "throttled", "succeeded", "throttled"]
    assert [reason(r) for r in results[1::2]] == [RESERVED_IN_USE, ACCOUNT_IN_USE]
    throttled = world.kernel.trace.select("invoke", "throttled")
    assert [e.detail["message"] for e in throttled] == [RESERVED_IN_USE, ACCOUNT_IN_USE]


def test_lam_18_what_is_reserved_is_taken_from_the_others_whether_it_is_used_or_not() -> None:
    held, plain = spec("held", 400), spec("plain")
    concurrency = Concurrency(standing(held, plain), Clock())
    assert [concurrency.enter(plain) for _ in range(601)] == [None] * 600 + [ACCOUNT_IN_USE]
    assert [concurrency.enter(held) for _ in range(401)] == [None] * 400 + [RESERVED_IN_USE]


def test_lam_18_all_functions_without_a_reservation_share_what_is_left() -> None:
    a, b = spec("a"), spec("b")
    concurrency = Concurrency(standing(a, b), Clock(), account_limit=3)
    assert [concurrency.enter(a), concurrency.enter(b), concurrency.enter(a)] == [None] * 3
    assert concurrency.enter(b) == ACCOUNT_IN_USE
    concurrency.leave(a)
    assert concurrency.enter(b) is None


def test_lam_18_a_reservation_holds_for_the_next_call_once_it_is_set() -> None:
    one = spec("one")
    functions = standing(one)
    concurrency = Concurrency(functions, Clock())
    assert concurrency.enter(one) is None
    functions.reserve(one.arn, 1)
    assert concurrency.enter(one) == RESERVED_IN_USE
    functions.reserve(one.arn, None)
    assert concurrency.enter(one) is None


def test_lam_12_a_reservation_of_zero_lets_nothing_run(world: World) -> None:
    world.function("never", WAITS, reserved_concurrency=0)
    result = world.call("never")
    assert (result.ending, reason(result)) == ("throttled", RESERVED_IN_USE)


def test_lam_18_a_thousand_calls_at_once_are_an_accounts_default() -> None:
    one = spec("one")
    concurrency = Concurrency(standing(one), Clock())
    assert [concurrency.enter(one) for _ in range(1001)] == [None] * 1000 + [ACCOUNT_IN_USE]


def entered(concurrency: Concurrency, one: FunctionSpec, calls: int) -> int:
    """How many of so many calls get in."""
    return [concurrency.enter(one) for _ in range(calls)].count(None)


def test_lam_19_a_function_grows_by_a_thousand_environments_in_ten_seconds() -> None:
    one, other, clock = spec("one"), spec("other"), Clock()
    concurrency = Concurrency(standing(one, other), clock, account_limit=10_000)
    assert entered(concurrency, one, 1500) == 1000
    assert concurrency.enter(one) == GROWS_TOO_FAST
    assert entered(concurrency, other, 1500) == 1000, "each function grows on its own"
    clock.move_to(clock.now_us + 10 * US_PER_S)
    assert entered(concurrency, one, 1500) == 1000


def test_lam_19_what_it_may_add_is_refilled_all_the_time_and_not_saved_up() -> None:
    one, clock = spec("one"), Clock()
    concurrency = Concurrency(standing(one), clock, account_limit=10_000)
    assert entered(concurrency, one, 1000) == 1000
    clock.move_to(clock.now_us + US_PER_S)
    assert entered(concurrency, one, 500) == 100
    clock.move_to(clock.now_us + 3600 * US_PER_S)
    assert entered(concurrency, one, 5000) == 1000


def test_lam_19_environments_that_are_there_already_are_used_at_once() -> None:
    one, clock = spec("one"), Clock()
    concurrency = Concurrency(standing(one), clock, account_limit=10_000)
    assert entered(concurrency, one, 1000) == 1000
    for _ in range(1000):
        concurrency.leave(one)
    assert entered(concurrency, one, 1001) == 1000
