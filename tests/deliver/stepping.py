"""A world whose scenario is done step by step from outside of the kernel, as stateful tests do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine

from tests.deliver.conftest import World

T = TypeVar("T")

SETTINGS = settings(max_examples=50, stateful_step_count=30, deadline=None, derandomize=True)


class WorldMachine(RuleBasedStateMachine):
    """Base of the machines; ``do`` has the scenario's task do something and everything settle.

    Before each example ``prepare`` makes what stands in the world; after it ``in_the_end`` looks at what came of it,
    once nothing is left to happen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.world = World(**self.options()).__enter__()
        kernel = self.world.kernel
        self._outside = getcurrent()
        self._hub = greenlet(lambda: kernel.run(self._inside))
        self._hub.switch()
        self.do(self.prepare)

    def options(self) -> dict[str, Any]:
        return {}

    def prepare(self) -> None:
        raise NotImplementedError

    def in_the_end(self) -> None:
        raise NotImplementedError

    @property
    def now_s(self) -> float:
        return float(self.world.kernel.clock.elapsed_us / 1_000_000)

    def do(self, act: Callable[[], T]) -> T:
        def settled() -> T:
            value = act()
            self.world.kernel.settle()
            return value

        value, error = self._task.switch(settled)
        if error is not None:
            raise error
        return value  # type: ignore[no-any-return]

    def _inside(self) -> None:
        self._task = getcurrent()
        answer: tuple[Any, BaseException | None] | None = None
        while (act := self._outside.switch(answer)) is not None:
            try:
                answer = act(), None
            except Exception as error:
                answer = None, error

    def pass_time(self, seconds: float) -> None:
        self.do(lambda: self.world.kernel.sleep(seconds))

    def teardown(self) -> None:
        try:
            # After a task of the engine's has failed there is no run to go on with.
            if not self._hub.dead:
                self.in_the_end()
                self._task.switch(None)
        finally:
            self.world.__exit__(None, None, None)
