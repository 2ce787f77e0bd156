"""The story of one run on one screen: load, build, act, settle, check.

This file decides the order in which a scenario is carried out, and how its end is named. It does not decide how
anything in the pipeline behaves; ``wiring.py`` puts the engines together, and they do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from harness.act.names import check_names
from harness.act.stage import Stage
from harness.act.steps import act
from harness.errors import ExpectationFailed, FunctionError, HarnessError, ScenarioError, Stuck
from harness.expect.outcome import CheckOutcome
from harness.expect.refusal import look_at_refusal
from harness.expect.settle import look_at_all
from harness.invoke.load import newer_runtime
from harness.invoke.watchdog import DEFAULT_BURN_LIMIT_S
from harness.kernel.decisions import Decisions, First
from harness.kernel.limits import Limits
from harness.kernel.scheduler import Kernel, real_clock
from harness.kernel.trace import TraceEvent
from harness.scenario.model import Scenario
from harness.vendor import collector
from harness.wiring import Wiring
from harness.world.account import Account
from harness.world.cloud import ACCOUNT_ID, REGION, Cloud
from harness.world.deploy import deploy
from harness.world.stack import Stack
from harness.world.template import load_template


@dataclass
class Run:
    """One run of one scenario, ended.

    ``outcome`` is "passed", "failed" (a check does not hold, or the pipeline could not go on) or "error" (it could not
    be carried out: see ``error``). ``checks`` are in the author's order, ``events`` is the trace, ``elapsed_us`` the
    virtual microseconds that passed, ``real_s`` the machine's seconds, ``decisions`` what makes it happen again,
    ``code`` the folder of each function's code, ``notes`` what depends on the Python that runs it.
    """

    scenario: Scenario
    decisions: Decisions
    outcome: Literal["passed", "failed", "error"] = "error"
    checks: list[CheckOutcome] = field(default_factory=list)
    error: HarnessError | None = None
    events: Sequence[TraceEvent] = ()
    elapsed_us: int = 0
    real_s: float = 0.0
    code: dict[str, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def run(
    scenario: Scenario,
    decisions: Decisions | None = None,
    *,
    on_begin: Callable[[Sequence[TraceEvent]], None] | None = None,
    on_event: Callable[[TraceEvent], None] | None = None,
    on_end: Callable[[Stage], None] | None = None,
) -> Run:
    """Carry out a scenario in a fresh world and say how it ended.

    ``decisions`` answers whatever could go one way or another: ``First()``, the plain run, unless given. ``on_begin``
    is given the trace, which grows; ``on_event`` hears each event of it as it happens; ``on_end`` may look around once
    all checks were looked at. A fault of ours is raised, every other end is in the result.
    """
    kernel = Kernel(decisions=decisions or First(), start=scenario.starts, limits=_limits(scenario))
    if on_begin is not None:
        on_begin(kernel.trace.events)
    if on_event is not None:
        kernel.trace.listen(on_event)
    result = Run(scenario, kernel.decisions, events=kernel.trace.events)
    began_s = real_clock()
    try:
        with Cloud(kernel) as cloud, Wiring(cloud, burn_limit_s=_burn_limit_s(scenario)) as wiring:
            try:
                result.checks = kernel.run(lambda: _story(kernel, cloud, wiring, scenario, on_end))
            except (ExpectationFailed, Stuck) as error:
                result.error = error
            wiring.outside.raise_problem()
            result.error = result.error or _code_problem(wiring, failed=not all(c.held for c in result.checks))
            result.outcome = "passed" if result.error is None and all(c.held for c in result.checks) else "failed"
            result.notes = [f"{s.logical_id}: {text}" for s in wiring.functions if (text := newer_runtime(s.runtime))]
            result.code = {spec.logical_id: spec.code_dir for spec in wiring.functions}
    except (ScenarioError, FunctionError) as error:
        result.error, result.outcome = error, "error"
    result.elapsed_us = kernel.clock.elapsed_us
    result.real_s = real_clock() - began_s
    return result


def _code_problem(wiring: Wiring, *, failed: bool) -> FunctionError | None:
    """What keeps functions from running at all: what checks failed is a consequence, and what held says nothing.

    Code that could be loaded and then misbehaved is a problem only if a check ``failed``. A call that nobody answers is
    one in any case: the scenario does not say what happens.
    """
    starts, burns = wiring.invoker.start_problems.values(), wiring.invoker.burns.values()
    problems = [*map(str, starts), *burns] if failed else [str(p) for p in starts if p.unusable]
    problems += wiring.outside.refusals.values()
    return FunctionError("\n\n".join(problems)) if problems else None


def _story(
    kernel: Kernel, cloud: Cloud, wiring: Wiring, scenario: Scenario, on_end: Callable[[Stage], None] | None
) -> list[CheckOutcome]:
    wiring.outside.prepare(scenario)
    try:
        with collector.at_rest():
            stack = _build(kernel, cloud, wiring, scenario)
    except ScenarioError as refusal:
        if scenario.deploy is None:
            raise
        return [look_at_refusal(kernel, scenario.deploy, refusal)]
    if scenario.deploy is not None:
        return [look_at_refusal(kernel, scenario.deploy, None)]
    stage = Stage(
        kernel=kernel,
        stack=stack,
        client=cloud.client,
        inbox=wiring.inbox,
        scenario=scenario,
        peek_queue=wiring.peek_queue,
        redeliver_object=wiring.redeliver_object,
        redeliver_message=wiring.redeliver_message,
        express_executions=wiring.express_executions,
        http_request=wiring.http_request,
        http_sign_in=wiring.http_sign_in,
        sockets=wiring.sockets,
        aws_event=wiring.aws_event,
        started_us=kernel.clock.elapsed_us,
        modules=wiring.outside.modules,
        questions=wiring.outside.questions,
    )
    with collector.sparing_what_is_there():
        for step in scenario.when:
            act(stage, step)
        outcomes = look_at_all(stage, scenario.then)
    if on_end is not None:
        on_end(stage)
    return outcomes


def _build(kernel: Kernel, cloud: Cloud, wiring: Wiring, scenario: Scenario) -> Stack:
    """Deploy the template; what the deployment sets off (mappings, test events) has settled when this returns."""
    account = Account(cloud.client, REGION)
    there = scenario.account
    account.put(there.ssm, there.secrets, there.exports)
    stack = deploy(
        load_template(scenario.pipeline),
        cloud.client,
        wiring.functions,
        parameters=scenario.parameters,
        region=REGION,
        account_id=ACCOUNT_ID,
        account=account,
        on_created=wiring.name,
        responses=wiring.outside.responses,
    )
    check_names(stack, scenario)
    wiring.disturb(stack, scenario.disturb)
    kernel.settle()
    return stack


def _limits(scenario: Scenario) -> Limits:
    given, plain = scenario.limits, Limits()
    return Limits(
        steps=given.steps if given.steps is not None else plain.steps,
        virtual_s=given.virtual.s if given.virtual is not None else plain.virtual_s,
        rounds=given.rounds if given.rounds is not None else plain.rounds,
    )


def _burn_limit_s(scenario: Scenario) -> float:
    given = scenario.limits.computing_s
    return DEFAULT_BURN_LIMIT_S if given is None else given
