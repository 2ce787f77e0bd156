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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.errors import ScenarioError
from harness.kernel.decisions import Decisions, First, Seeded
from harness.kernel.limits import Limits
from harness.kernel.pace import RealPace
from harness.kernel.scheduler import Kernel
from harness.processes.pool import Settings, default_cap
from harness.processes.runner import Processes
from harness.serve.admin import Admin
from harness.serve.aws import Aws
from harness.serve.dispatch import Dispatch
from harness.serve.past import Past
from harness.serve.protection import Protection
from harness.serve.running import Running
from harness.serve.server import Server
from harness.serve.state import Beginning, State
from harness.serve.words import banner, teller
from harness.stacks.asked import Asked
from harness.wiring import Wiring
from harness.world.cloud import Cloud
from harness.world.stack import Stack
from harness.world.template import Template, load_template

_NO_LIMITS = Limits(steps=sys.maxsize, virtual_s=math.inf, rounds=sys.maxsize)
# A world that never ends remembers what is newest.
_EVENTS = 20_000
_MAILS = 2_000
# Who starts the harness with a template wants what is in it.
_MAY = ("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


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
    hosts: Sequence[str] = ()
    origins: Sequence[str] = ()
    processes: int | None = None
    state: Path | None = None


def up(wanted: Wanted, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM comes.

    Raises:
        ScenarioError: a template cannot be used, the port is taken, or the folder of ``state`` holds something else.
    """
    templates = [load_template(path) for path in wanted.templates]
    running = Running(Protection((*wanted.hosts, wanted.host), wanted.origins), wanted.speed)
    with (
        _state(wanted) as state,
        Server(wanted.host, wanted.port, running) as server,
        _stopping(server, running),
    ):
        try:
            first = True
            while running.goes_on:
                _one_world(wanted, templates, server, running, state, say, first=first)
                first = False
                if running.goes_on and state is not None:
                    state.forget()
        finally:
            running.entrance.close()


def _one_world(
    wanted: Wanted,
    templates: Sequence[Template],
    server: Server,
    running: Running,
    state: State | None,
    say: Callable[[str], None],
    *,
    first: bool,
) -> None:
    kernel = _kernel(wanted, templates, state)
    kernel.on_crash = _crash_reporter(say)
    processes = Processes(kernel, Settings(server.address, wanted.processes or default_cap()))
    with Cloud(kernel, public_url=server.url) as cloud, Wiring(cloud, processes=processes) as wiring:
        wiring.inbox.keep_last(_MAILS)
        aws = Aws(kernel, _fault_reporter(say), processes.caller)
        dispatch = Dispatch(aws, Admin(kernel, wiring.inbox, processes, state), wiring.http_request)
        past = Past(kernel, state, dispatch.serve, processes)

        def story() -> None:
            inputs = past.repeat()
            running.begins(kernel, dispatch.serve, past.write)
            if inputs:
                say(f"Building again what {wanted.state} holds: {inputs} inputs.")
            stacks = _deployed(wanted, wiring, templates)
            kernel.settle()
            past.catch_up()
            end = running.stands(kernel)
            for text in banner(server.url, stacks, wanted.speed) if first else ["The account is as it was at first."]:
                say(text)
            if not wanted.quiet:
                kernel.trace.listen(teller(say))
            end.wait()
            past.write_moment()

        try:
            kernel.run(story, name="harness up")
        finally:
            running.ends()


def _kernel(wanted: Wanted, templates: Sequence[Template], state: State | None) -> Kernel:
    if state is None:
        begin = Beginning(datetime.now(UTC), wanted.seed)
    else:
        begin = state.begin(wanted.seed, templates, wanted.parameters)
    decisions: Decisions = Seeded(begin.seed, recorded=False) if begin.seed else First()
    pace = RealPace(speed=wanted.speed)
    kernel = Kernel(decisions=decisions, start=begin.start, limits=_NO_LIMITS, pace=pace)
    kernel.trace.keep_last(_EVENTS)
    return kernel


def _crash_reporter(say: Callable[[str], None]) -> Callable[[BaseException], None]:
    """What is said of an error in a task of ours; the world goes on."""

    def report(error: BaseException) -> None:
        if isinstance(error, ScenarioError):
            say(str(error))
        else:
            say("A fault of the harness, in a task of its own:\n" + "".join(traceback.format_exception(error)).rstrip())

    return report


@contextmanager
def _state(wanted: Wanted) -> Iterator[State | None]:
    with ExitStack() as stack:
        yield None if wanted.state is None else stack.enter_context(State(wanted.state))


def _fault_reporter(say: Callable[[str], None]) -> Callable[[str, BaseException], None]:
    def report(request_id: str, error: BaseException) -> None:
        say(f"A fault of the harness, in request {request_id}:")
        say("".join(traceback.format_exception(error)).rstrip())

    return report


def _deployed(wanted: Wanted, wiring: Wiring, templates: Sequence[Template]) -> list[Stack]:
    """The templates' stacks; CloudFormation's API shows them too."""
    stacks = []
    for number, template in enumerate(templates):
        known = template.section("Parameters")
        given = {key: value for key, value in wanted.parameters.items() if key in known}
        asked = Asked(template.path.read_text(encoding="utf-8-sig"), template, given, capabilities=_MAY)
        stacks.append(wiring.stacks.stand(f"app{number or ''}", asked))
    return stacks


@contextmanager
def _stopping(server: Server, running: Running) -> Iterator[None]:
    """Inside the block SIGINT and SIGTERM stop the worlds."""

    def heard(*_: Any) -> None:
        # Another thread passes it on: this one may be holding the very lock that it would need.
        server.call(running.stop)

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
