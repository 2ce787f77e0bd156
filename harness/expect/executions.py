"""This file decides whether a state machine's executions went the way they must.

It asks Step Functions' API; of Express executions, which no API describes, it asks the stage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from harness.act.stage import STATE_MACHINE, Stage
from harness.expect import explain
from harness.expect.looked import Looked
from harness.expect.values import json_problems
from harness.scenario.model import MISSING, CountMatcher, ExecutionCheck

_AT_LEAST_ONE = CountMatcher.model_validate({"at_least": 1})

# State names are unique in a definition, so a name alone says which branch it stands in:
# (Parallel, number of the branch), the outermost first.
Branches = Mapping[str, tuple[tuple[str, int], ...]]


def look_at_executions(stage: Stage, check: ExecutionCheck) -> Looked:
    """How many executions fit everything the check says."""
    machine = stage.resource(check, check.state_machine, STATE_MACHINE)
    client = stage.client("stepfunctions")
    executions = _executions(stage, client, machine.arn)
    branches = _branches(client, machine.arn) if check.path is not None else {}
    why_not = [_why_not(client, check, execution, branches) for execution in executions]
    fitting = why_not.count(None)
    wanted = check.count or _AT_LEAST_ONE
    problems = []
    if wanted.check(fitting) is not None:
        problems.append(_seen(fitting, executions, [w for w in why_not if w]))
    return Looked(_sentence(check, wanted), problems, (check.state_machine,))


def _executions(stage: Stage, client: Any, machine_arn: str) -> list[Mapping[str, Any]]:
    """From the oldest on, as a story is told; those of an Express machine fully described."""
    try:
        # As many a page as AWS gives: for each, moto goes through all from the first on.
        pages = list(client.get_paginator("list_executions").paginate(stateMachineArn=machine_arn, maxResults=1000))
    except client.exceptions.StateMachineTypeNotSupported:
        return list(stage.express_executions(machine_arn))
    # AWS lists the newest first.
    return [execution for page in pages for execution in page["executions"]][::-1]


def _why_not(client: Any, check: ExecutionCheck, execution: Mapping[str, Any], branches: Branches) -> str | None:
    """The first wish that an execution does not fulfil; the cheap ones are asked first."""
    status = execution["status"]
    if check.status is not None and status != check.status:
        return f"it is {status}"
    if check.took is not None:
        if "stopDate" not in execution:
            return "it has not ended"
        took = (execution["stopDate"] - execution["startDate"]) // timedelta(microseconds=1)
        if problem := check.took.check(took):
            return f"the time it took: {problem}"
    if problem := _content_problem(client, check, execution):
        return problem
    if check.path is None:
        return None
    entered = execution["entered"] if "entered" in execution else _entered(client, execution["executionArn"])
    if _in_order_of_branches(entered, branches) == _in_order_of_branches(check.path, branches):
        return None
    return f"its path was {' > '.join(entered) or 'empty'}"


def _content_problem(client: Any, check: ExecutionCheck, execution: Mapping[str, Any]) -> str | None:
    if check.error is None and check.cause is None and not check.output:
        return None
    express = "entered" in execution
    described = execution if express else client.describe_execution(executionArn=execution["executionArn"])
    for name in ("error", "cause"):
        matcher = getattr(check, name)
        if matcher is not None and (problem := matcher.check(described.get(name, MISSING))):
            return f"its {name}: {problem}"
    if not check.output:
        return None
    if "output" not in described:
        return f"it is {described['status']} and has no output"
    problems = json_problems(described["output"], check.output, what="its output")
    return f"its output: {'; '.join(problems)}" if problems else None


def _entered(client: Any, arn: str) -> list[str]:
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
    return [
        event["stateEnteredEventDetails"]["name"]
        for page in pages
        for event in page["events"]
        if "stateEnteredEventDetails" in event
    ]


def _branches(client: Any, machine_arn: str) -> Branches:
    definition = json.loads(client.describe_state_machine(stateMachineArn=machine_arn)["definition"])
    return dict(_walk(definition, ()))


def _walk(
    part: Mapping[str, Any], inside: tuple[tuple[str, int], ...]
) -> Iterator[tuple[str, tuple[tuple[str, int], ...]]]:
    for name, state in part.get("States", {}).items():
        yield name, inside
        for index, branch in enumerate(state.get("Branches", ())):
            yield from _walk(branch, (*inside, (name, index)))
        for processor in ("ItemProcessor", "Iterator"):
            yield from _walk(state.get(processor, {}), inside)


def _in_order_of_branches(path: Sequence[str], branches: Branches, depth: int = 0) -> list[str]:
    """The path with the branches of each Parallel one after the other, so that how they interleaved does not matter."""
    ordered: list[str] = []
    at = 0
    while at < len(path):
        place = branches.get(path[at], ())
        if len(place) <= depth:
            ordered.append(path[at])
            at += 1
            continue
        parallel = place[depth][0]
        end = at
        by_branch: dict[int, list[str]] = {}
        while end < len(path):
            here = branches.get(path[end], ())
            if len(here) <= depth or here[depth][0] != parallel:
                break
            by_branch.setdefault(here[depth][1], []).append(path[end])
            end += 1
        for index in sorted(by_branch):
            ordered += _in_order_of_branches(by_branch[index], branches, depth + 1)
        at = end
    return ordered


def _seen(fitting: int, executions: Sequence[Mapping[str, Any]], why_not: list[str]) -> str:
    if not executions:
        return "none was started"
    if len(executions) == 1 and why_not:
        return f"the only one does not fit: {why_not[0]}"
    kinds = list(dict.fromkeys(why_not))
    others = f"; of the others: {'; '.join(kinds[:3])}" if kinds else ""
    return f"{fitting:,} of {explain.count(len(executions), 'execution')} fit{others}"


def _sentence(check: ExecutionCheck, wanted: CountMatcher) -> str:
    wishes = [f"the status {check.status}"] if check.status is not None else []
    wishes += [f"the path {' > '.join(check.path)}"] if check.path is not None else []
    wishes += [f"an error that {check.error.explain()}"] if check.error is not None else []
    wishes += [f"a cause that {check.cause.explain()}"] if check.cause is not None else []
    wishes += explain.wishes("an output value", check.output)
    wishes += [f"a time it took that {check.took.explain()}"] if check.took is not None else []
    head = f"{check.state_machine} has {explain.amount(wanted, 'execution')}"
    return f"{head} with {explain.join(wishes)}" if wishes else head
