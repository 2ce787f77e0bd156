"""Real processes on the machine's clock, in a world whose kernel runs in the test's own thread."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.invoke.call import Invoker
from harness.invoke.result import InvocationResult
from harness.kernel.pace import RealPace
from harness.kernel.scheduler import Kernel
from harness.processes.pool import Settings
from harness.processes.runner import Processes
from harness.world.cloud import Cloud
from harness.world.functions import Functions, FunctionSpec

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


@dataclass
class World:
    folder: Path
    kernel: Kernel
    cloud: Cloud
    functions: Functions
    invoker: Invoker
    processes: Processes

    def function(
        self, name: str, source: str, *, handler: str = "app.handler", runtime: str = "python3.12",
        file: str = "app.py", memory_mb: int = 256, **options: Any,
    ) -> FunctionSpec:  # fmt: skip
        code_dir = self.folder / name
        code_dir.mkdir(parents=True, exist_ok=True)
        (code_dir / file).write_text(textwrap.dedent(source).lstrip(), encoding="utf-8")
        (code_dir / file).chmod(0o755)
        spec = FunctionSpec(
            logical_id=name, name=name, arn=ARN + name, handler=handler, code_dir=code_dir, runtime=runtime,
            role_arn="arn:aws:iam::123456789012:role/r", memory_mb=memory_mb, **options,
        )  # fmt: skip
        self.functions.register(spec)
        return spec

    def run(self, main: Callable[[], Any]) -> Any:
        return self.kernel.run(main)

    def call(self, name: str, payload: bytes = b"{}") -> InvocationResult:
        result: InvocationResult = self.run(lambda: self.invoke(name, payload))
        return result

    def invoke(self, name: str, payload: bytes = b"{}") -> InvocationResult:
        return self.invoker.invoke(ARN + name, payload)

    def together(self, *names: str) -> list[InvocationResult]:
        tasks = [self.kernel.spawn(lambda n=name: self.invoke(n), name=f"caller of {name}") for name in names]
        for task in tasks:
            task.join()
        return [task.result for task in tasks]

    def lines(self, name: str) -> list[str]:
        events = self.cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        return [e["message"].rstrip("\n") for e in events]


@contextmanager
def opened(folder: Path, *, cap: int = 2, idle_s: float = 300.0, speed: float = 1.0) -> Iterator[World]:
    before = {p.pid for p in psutil.process_iter()}
    kernel = Kernel(pace=RealPace(speed=speed))
    functions = Functions()
    processes = Processes(kernel, Settings("http://127.0.0.1:9", cap=cap, idle_s=idle_s))
    with Cloud(kernel) as cloud, Invoker(kernel, functions, cloud, runner=processes) as invoker:
        yield World(folder, kernel, cloud, functions, invoker, processes)
    assert left_over(before, folder) == []


def left_over(before: set[int], folder: Path) -> list[str]:
    """What runs now and did not before, of this world: children of the test, and what has a function's folder."""
    found = []
    for process in psutil.process_iter():
        if process.pid in before:
            continue
        try:
            mine = process.ppid() == psutil.Process().pid or str(folder) in process.environ().get(
                "LAMBDA_TASK_ROOT", ""
            )
            if mine:
                found.append(f"{process.pid} {process.status()} {process.cmdline()}")
        except psutil.Error:
            continue
    return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with opened(tmp_path) as world:
        yield world
