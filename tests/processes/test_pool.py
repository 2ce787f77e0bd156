"""Which process serves a call, and how many there are."""

from __future__ import annotations

from pathlib import Path

from harness.processes import pool
from tests.processes.conftest import World, opened

WHO = """
import os, time
def handler(event, context):
    time.sleep(event.get("s", 0))
    return [os.getpid(), context.function_name]
"""


def test_a_burst_waits_behind_the_cap_and_is_served_in_its_order(tmp_path: Path) -> None:
    with opened(tmp_path, cap=2) as world:
        world.function("F", WHO)
        order: list[int] = []

        def call(number: int) -> int:
            pid: int = world.invoke("F", b'{"s": 0.02}').value()[0]
            order.append(number)
            return pid

        def main() -> list[int]:
            tasks = [world.kernel.spawn(lambda n=n: call(n), name=f"call {n}") for n in range(12)]
            for task in tasks:
                task.join()
            assert len(world.processes.pool) <= 2
            return [task.result for task in tasks]

        assert len(set(world.run(main))) == 2
        # The first two start a process each, and one may take longer.
        later = [number for number in order if number > 1]
        assert all(abs(place + 2 - number) <= 1 for place, number in enumerate(later))


def test_a_function_takes_an_idle_slot_of_another_s(tmp_path: Path) -> None:
    with opened(tmp_path, cap=1) as world:
        world.function("F", WHO)
        world.function("G", WHO)
        names = [result.value()[1] for result in world.run(lambda: world.together("F", "G", "F"))]
        assert names == ["F", "G", "F"]
        # The second F went before G, whose turn had not come for long.
        assert len({e.who for e in world.kernel.trace.select("invoke", "succeeded")}) == 2


def test_nobody_waits_for_ever_behind_a_busy_function(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(pool, "PATIENCE_S", 0.2)
    with opened(tmp_path, cap=1) as world:
        world.function("F", WHO)
        world.function("G", WHO)
        done: list[str] = []

        def call(name: str) -> None:
            world.invoke(name, b'{"s": 0.1}')
            done.append(name)

        def main() -> None:
            for name in ["F", "G", *["F"] * 20]:
                world.kernel.spawn(lambda n=name: call(n), name=name)
            while "G" not in done:
                world.kernel.sleep(0.05)

        world.run(main)
        assert done.index("G") < 8


def test_an_environment_that_serves_nothing_for_long_ends(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("harness.processes.environment._IDLE_LOOK_S", 0.05)
    with opened(tmp_path, idle_s=0.2) as world:
        world.function("F", WHO)

        def main() -> list[int]:
            first = world.invoke("F").value()[0]
            world.kernel.sleep(0.6)
            assert len(world.processes.pool) == 0
            return [first, world.invoke("F").value()[0]]

        first, second = world.run(main)
        assert first != second


def test_edited_code_runs_at_the_next_call(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("harness.processes.code_state._LOOK_S", 0)
    with opened(tmp_path) as world:
        spec = world.function("F", "def handler(e, c):\n    return 'old'\n")

        def main() -> list[str]:
            old = world.invoke("F").value()
            (spec.code_dir / "app.py").write_text("def handler(e, c):\n    return 'changed'\n", encoding="utf-8")
            return [old, world.invoke("F").value()]

        assert world.run(main) == ["old", "changed"]


def test_what_is_only_written_into_a_cache_restarts_nothing(world: World) -> None:
    spec = world.function("F", WHO)
    (spec.code_dir / "__pycache__").mkdir(exist_ok=True)

    def main() -> list[int]:
        first = world.invoke("F").value()[0]
        (spec.code_dir / "__pycache__" / "x.pyc").write_bytes(b"x")
        return [first, world.invoke("F").value()[0]]

    first, second = world.run(main)
    assert first == second


def test_a_world_that_ends_in_the_middle_of_a_call_leaves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        world.function("F", WHO, timeout_s=60)

        def main() -> None:
            world.kernel.spawn(lambda: world.invoke("F", b'{"s": 60}'), name="call")
            while not len(world.processes.pool):
                world.kernel.sleep(0.01)

        world.run(main)
