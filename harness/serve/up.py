"""The story of ``harness up`` on one screen: listen, build, serve until somebody says stop.

This file decides in which order that happens and what ends it. How requests are read is ``server.py``'s, who answers
them ``dispatch.py``'s.
"""

from __future__ import annotations

import math
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.kernel.decisions import Decisions, First, Seeded
from harness.kernel.limits import Limits
from harness.kernel.pace import RealPace
from harness.kernel.scheduler import Kernel
from harness.serve.dispatch import Dispatch
from harness.serve.requests import Entrance
from harness.serve.server import Server
from harness.wiring import Wiring
from harness.world.account import Account
from harness.world.cloud import ACCOUNT_ID, REGION, Cloud
from harness.world.deploy import deploy
from harness.world.stack import Resource, Stack
from harness.world.template import load_template

_NO_LIMITS = Limits(steps=sys.maxsize, virtual_s=math.inf, rounds=sys.maxsize)
_REMEMBERED_EVENTS = 20_000


@dataclass(frozen=True)
class Wanted:
    """What somebody typed."""

    templates: Sequence[Path] = ()
    host: str = "127.0.0.1"
    port: int = 4566
    speed: float = 1.0
    seed: int = 0
    parameters: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False


def up(wanted: Wanted, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM comes.

    Raises:
        ScenarioError: a template cannot be used, or the port is taken.
    """
    templates = [load_template(path) for path in wanted.templates]
    entrance = Entrance()
    with Server(wanted.host, wanted.port, entrance, lambda request: None) as server:
        kernel = _kernel(wanted)
        with Cloud(kernel) as cloud, Wiring(cloud) as wiring, _stopping(server, kernel) as stop:
            dispatch = Dispatch()

            def main() -> None:
                entrance.open(kernel, dispatch.serve)
                for template in templates:
                    _deployed(cloud, wiring, template, wanted.parameters)
                say(f"Ready on {server.url}")
                stop.wait()
                entrance.close()

            kernel.run(main, name="harness up")


def _kernel(wanted: Wanted) -> Kernel:
    decisions: Decisions = Seeded(wanted.seed) if wanted.seed else First()
    kernel = Kernel(decisions=decisions, start=datetime.now(UTC), limits=_NO_LIMITS, pace=RealPace(speed=wanted.speed))
    kernel.trace.keep_last(_REMEMBERED_EVENTS)
    kernel.on_crash = lambda error: traceback.print_exception(error, file=sys.__stderr__)
    return kernel


def _deployed(cloud: Cloud, wiring: Wiring, template: Any, parameters: Mapping[str, str]) -> Stack:
    names = cloud.kernel.trace.names

    def remember(resource: Resource) -> None:
        names[resource.physical_id] = names[resource.arn] = resource.logical_id

    return deploy(
        template,
        cloud.client,
        wiring.functions,
        parameters=parameters,
        region=REGION,
        account_id=ACCOUNT_ID,
        account=Account(cloud.client, REGION),
        on_created=remember,
        responses=wiring.outside.responses,
    )


@contextmanager
def _stopping(server: Server, kernel: Kernel) -> Iterator[Any]:
    """An event that SIGINT and SIGTERM set."""
    stop = kernel.event("a signal to stop")
    pace = kernel.pace
    assert pace is not None

    def heard(*_: Any) -> None:
        # Another thread passes it on: this one may be holding the very lock that it would need.
        server.call(lambda: pace.take_in(stop.set))

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
