"""This file decides whether the pipeline asked of the outside what it must."""

from __future__ import annotations

from harness.act.stage import FUNCTION, Question, Stage
from harness.disturb.error_answers import same_call
from harness.expect import explain
from harness.expect.looked import Looked
from harness.scenario.model import CallsCheck, CountMatcher

_AT_LEAST_ONE = CountMatcher.model_validate({"at_least": 1})


def look_at_calls(stage: Stage, check: CallsCheck) -> Looked:
    """How many calls or requests fit everything the check says."""
    if check.function is not None:
        stage.resource(check, check.function, FUNCTION)
    meant = [
        q
        for q in stage.questions
        if check.function in (None, q.who)
        and (check.is_for_url(q.method, q.url) if q.call is None else _same(check, q.call))
    ]
    why_not = [check.why_not(q.document) for q in meant]
    fitting = sum(not problems for problems in why_not)
    wanted = check.count or _AT_LEAST_ONE
    problems = [_seen(fitting, meant, why_not)] if wanted.check(fitting) is not None else []
    return Looked(_sentence(check, wanted), problems, tuple(dict.fromkeys(q.who for q in meant)))


def _same(check: CallsCheck, call: str) -> bool:
    return check.call is not None and same_call(check.call, call)


def _seen(fitting: int, meant: list[Question], why_not: list[list[str]]) -> str:
    if not meant:
        return "there was none"
    if len(meant) == 1 and why_not[0]:
        return f"there was one that does not fit: {'; '.join(why_not[0])}"
    other = next((problems[0] for problems in why_not if problems), "")
    example = f"; of another {other}" if other else ""
    return f"{fitting:,} of the {explain.count(len(meant), 'call')} that there were fit{example}"


def _sentence(check: CallsCheck, wanted: CountMatcher) -> str:
    what = check.call or " ".join(filter(None, [check.method, check.url]))
    wishes = explain.wishes("a value", check.parameters)
    who = f" by {check.function}" if check.function else ""
    head = f"there is {explain.amount(wanted, 'call')} of {what}{who}"
    return f"{head} with {explain.join(wishes)}" if wishes else head
