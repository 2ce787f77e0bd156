"""This file decides whether a function ran as often as it must, and ended as it must: what only the trace knows."""

from __future__ import annotations

from collections import Counter

from harness.act.stage import FUNCTION, Stage
from harness.expect import explain
from harness.expect.looked import Looked
from harness.scenario.model import CountMatcher, FunctionCheck

# LAM-05, LAM-06, LAM-07: a throttled call (LAM-17) never ran, so it is no invocation and no error.
_ENDINGS = ("succeeded", "failed", "timed out", "exited", "could not start")
_COUNTED = {
    "invocations": "invocation",
    "errors": "error",
    "succeeded": "success",
    "timeouts": "timeout",
    "throttles": "throttle",
    "cold_starts": "cold start",
}


def look_at_function(stage: Stage, check: FunctionCheck) -> Looked:
    """How often it ran and how that ended."""
    name = stage.resource(check, check.name, FUNCTION).logical_id
    numbers = _count(stage, name)
    wanted: dict[str, CountMatcher] = {
        field: matcher for field in _COUNTED if (matcher := getattr(check, field)) is not None
    }
    problems = []
    if any(matcher.check(numbers[field]) is not None for field, matcher in wanted.items()):
        said = [_number(numbers[field], field) for field in wanted]
        problems.append(f"it had {explain.join(said)}{_errors(stage, name)}")
    wishes = [_wish(matcher, field) for field, matcher in wanted.items()]
    return Looked(f"{check.name} has {explain.join(wishes) or 'been deployed'}", problems, (check.name,))


def _count(stage: Stage, name: str) -> Counter[str]:
    events = stage.kernel.trace.select("invoke", who=name)
    ended = Counter(e.what for e in events)
    invocations = sum(ended[what] for what in _ENDINGS)
    return Counter(
        invocations=invocations,
        succeeded=ended["succeeded"],
        errors=invocations - ended["succeeded"],
        timeouts=ended["timed out"],
        throttles=ended["throttled"],
        cold_starts=sum(e.what == "started" and bool(e.detail.get("cold")) for e in events),
    )


def _errors(stage: Stage, name: str) -> str:
    """The kinds of error it ended with, the most frequent first."""
    events = stage.kernel.trace.select("invoke", who=name)
    kinds = Counter(str(e.detail["error"]) for e in events if e.what in _ENDINGS[1:] and e.detail.get("error"))
    return f" ({', '.join(f'{kind} x{n}' for kind, n in kinds.most_common(3))})" if kinds else ""


def _number(number: int, field: str) -> str:
    return explain.count(number, _COUNTED[field]).replace("successs", "successes")


def _wish(matcher: CountMatcher, field: str) -> str:
    return explain.amount(matcher, _COUNTED[field]).replace("successs", "successes")
