"""This file decides whether requests were answered as they must be."""

from __future__ import annotations

from harness.act.stage import Exchange, Stage
from harness.deliver.http.exchange import HttpResponse
from harness.expect import explain
from harness.expect.looked import Looked
from harness.expect.values import json_problems
from harness.scenario.model import MISSING, CountMatcher, ResponseCheck

_AT_LEAST_ONE = CountMatcher.model_validate({"at_least": 1})


def look_at_responses(stage: Stage, check: ResponseCheck) -> Looked:
    """How many answers fit everything the check says."""
    sent = [e for e in stage.exchanges if _chosen(check, e)]
    why_not = [_why_not(check, e) for e in sent]
    fitting = sum(not problems for problems in why_not)
    wanted = check.count or _AT_LEAST_ONE
    problems = [_seen(fitting, sent, why_not)] if wanted.check(fitting) is not None else []
    related = tuple(dict.fromkeys(name for e in sent for name in (e.api, e.resource)))
    return Looked(_sentence(check, wanted), problems, related)


def _chosen(check: ResponseCheck, exchange: Exchange) -> bool:
    return (
        check.request in (None, exchange.name)
        and check.api in (None, exchange.api)
        and (check.method is None or check.method.upper() == exchange.request.method)
        and (check.path is None or check.path.partition("?")[0] == exchange.request.path)
    )


def _why_not(check: ResponseCheck, exchange: Exchange) -> list[str]:
    answer = exchange.response
    if answer is None:
        return ["there is no answer yet"]
    problems = []
    if check.status is not None and (problem := check.status.check(answer.status)):
        problems.append(f"the status: {problem}{_said(answer)}")
    for name, matcher in check.headers.items():
        value = answer.header(name)
        if problem := matcher.check(MISSING if value is None else value):
            problems.append(f"the header {name}: {problem}")
    if check.body is not None and (problem := check.body.check(answer.text)):
        problems.append(f"the body: {problem}")
    problems += json_problems(answer.body, check.json_, what="the body")
    if check.took is not None and (problem := check.took.check(exchange.took_us)):
        problems.append(f"the time it took: {problem}")
    return problems


def _said(answer: HttpResponse) -> str:
    """What came instead, and why the gateway sent it."""
    shown = answer.text[:120]
    why = f"; {answer.reason}" if answer.reason else ""
    return f" (it came with {shown}{why})" if shown or why else ""


def _seen(fitting: int, sent: list[Exchange], why_not: list[list[str]]) -> str:
    if not sent:
        return "no such request was sent"
    if len(sent) == 1 and why_not[0]:
        return f"the answer does not fit: {'; '.join(why_not[0])}"
    statuses = [str(e.response.status) if e.response else "none yet" for e in sent]
    counted = ", ".join(f"{status} x{statuses.count(status)}" for status in dict.fromkeys(statuses))
    first = next((problems for problems in why_not if problems), [])
    more = f"; the first that does not: {'; '.join(first)}" if first else ""
    return f"{fitting:,} of {explain.count(len(sent), 'answer')} fit (statuses: {counted}){more}"


def _sentence(check: ResponseCheck, wanted: CountMatcher) -> str:
    what = " ".join(part for part in (check.method, check.path) if part)
    named = f'"{check.request}"' if check.request else ""
    asked = " ".join(part for part in (named, what) if part) or "a request"
    wishes = [f"a status that {check.status.explain()}"] if check.status is not None else []
    wishes += [f"a header {name} that {matcher.explain()}" for name, matcher in check.headers.items()]
    wishes += [f"a body that {check.body.explain()}"] if check.body is not None else []
    wishes += explain.wishes("a JSON value", check.json_)
    wishes += [f"a time that {check.took.explain()}"] if check.took is not None else []
    to = f" of {check.api}" if check.api else ""
    head = f"{asked}{to} gets {explain.amount(wanted, 'answer')}"
    return f"{head} with {explain.join(wishes)}" if wishes else head
