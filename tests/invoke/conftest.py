from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.invoke.call import Invoker
from harness.invoke.result import InvocationResult
from harness.kernel.decisions import Decisions
from harness.kernel.scheduler import Kernel
from harness.world.cloud import Cloud
from harness.world.functions import Functions, FunctionSpec

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


@dataclass
class World:
    """A cloud, a kernel and functions written to a folder."""

    folder: Path
    kernel: Kernel
    cloud: Cloud
    functions: Functions
    invoker: Invoker
    started: list[Any] = field(default_factory=list)

    def function(self, name: str, source: str, *, handler: str = "app.handler", **options: Any) -> FunctionSpec:
        code_dir = self.folder / name
        code_dir.mkdir(parents=True, exist_ok=True)
        (code_dir / "app.py").write_text(textwrap.dedent(source), encoding="utf-8")
        spec = FunctionSpec(
            logical_id=name, name=name, arn=ARN + name, handler=handler, code_dir=code_dir, runtime="python3.12",
            role_arn="arn:aws:iam::123456789012:role/r", **options,
        )  # fmt: skip
        self.functions.register(spec)
        return spec

    def run(self, main: Callable[[], Any]) -> Any:
        return self.kernel.run(main)

    def call(self, name: str, payload: bytes = b"{}") -> InvocationResult:
        """One call, as the whole run."""
        return self.run(lambda: self.invoke(name, payload))

    def invoke(self, name: str, payload: bytes = b"{}") -> InvocationResult:
        return self.invoker.invoke(ARN + name, payload)

    def together(self, *names: str) -> list[InvocationResult]:
        """Calls at the same moment, from within the run."""
        tasks = [self.kernel.spawn(lambda n=name: self.invoke(n), name=f"caller of {name}") for name in names]
        for task in tasks:
            task.join()
        return [task.result for task in tasks]

    def lines(self, name: str) -> list[str]:
        """The function's CloudWatch log, all streams."""
        events = self.cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        return [e["message"].rstrip("\n") for e in events]

    @property
    def elapsed_s(self) -> float:
        return self.kernel.clock.elapsed_us / 1_000_000


def open_world(folder: Path, *, burn_limit_s: float = 10.0, decisions: Decisions | None = None) -> Iterator[World]:
    kernel = Kernel(decisions=decisions)
    functions = Functions()
    with Cloud(kernel) as cloud, Invoker(kernel, functions, cloud, burn_limit_s=burn_limit_s) as invoker:
        yield World(folder, kernel, cloud, functions, invoker)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from open_world(tmp_path)
