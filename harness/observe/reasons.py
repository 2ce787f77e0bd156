"""This file decides in which words an alarm says why it is in its state: CloudWatch's own. CW-13

The words are those of real notifications (public bug reports and dashboards quote thousands of them): up to four
datapoints stand in the sentence, of more the newest five follow it; an alarm with DatapointsToAlarm counts "out of the
last". Times in the text are when a datapoint's period begins.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.observe.judgement import Verdict

_SENTENCE_HOLDS = 4
_SHOWN = 5

RELATIONS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What an alarm asks of its datapoints, as far as its words need it. ``needed`` is None without DatapointsToAlarm.

    ``statistic`` and ``unit`` are None for an expression.
    """

    operator: str
    threshold: float
    most: int
    needed: int | None
    missing: str
    period_s: int
    statistic: str | None = None
    unit: str | None = None


def breaches(value: float, operator: str, threshold: float) -> bool:
    """Whether a datapoint is on the wrong side."""
    return {
        "GreaterThanOrEqualToThreshold": value >= threshold,
        "GreaterThanThreshold": value > threshold,
        "LessThanThreshold": value < threshold,
        "LessThanOrEqualToThreshold": value <= threshold,
    }[operator]


def in_words(question: Question, points: Sequence[tuple[int, float | None]], verdict: Verdict, state: str) -> str:
    """Why the alarm is in ``state``; ``points`` are begin and value of each period."""
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_count(question.most, 'datapoint')} {_was(question.most)} unknown."
    alarm = state == "ALARM"
    told = [
        (at_s, value)
        for at_s, value in (points[i] for i in verdict.real)
        if value is not None and breaches(value, question.operator, question.threshold) is alarm
    ]
    treated = "Breaching" if question.missing == "breaching" else "NonBreaching"
    missing = (
        f"{_count(verdict.filled, 'missing datapoint')} {_was(verdict.filled)} treated as [{treated}]"
        if verdict.filled
        else ""
    )
    if not told:
        return f"Threshold Crossed: no datapoints were received for {_count(question.most, 'period')} and {missing}."
    relation = ("" if alarm else "not ") + RELATIONS[question.operator]
    side = f"{_was(len(told))} {relation} the threshold ({question.threshold!r})"
    values = ", ".join(f"{value!r} ({_short(at_s)})" for at_s, value in told[:_SHOWN])
    count = f"{len(told)} out of the last {question.most} datapoints" if question.needed else _count(len(told))
    needed = (question.needed or question.most) if alarm else question.most - (question.needed or question.most) + 1
    least = f" (minimum {_count(needed)} for {'OK -> ALARM' if alarm else 'ALARM -> OK'} transition)"
    least = least if question.needed else ""
    also = f" and {missing}" if missing else ""
    if len(told) <= _SENTENCE_HOLDS:
        return f"Threshold Crossed: {count} [{values}] {side}{also}{least}."
    crossed = "The most recent datapoints which crossed the threshold"
    return f"Threshold Crossed: {count} {side}{also}. {crossed}: [{values}]{least}."


def as_data(question: Question, points: Sequence[tuple[int, float | None]], verdict: Verdict, now: str) -> str:
    """The same as JSON: ``StateReasonData``."""
    judged = [(at_s, value) for at_s, value in (points[i] for i in verdict.real) if value is not None]
    data: dict[str, object] = {"version": "1.0", "queryDate": now}
    if judged:
        data["startDate"] = _long(judged[-1][0])
    if question.unit:
        data["unit"] = question.unit
    if question.statistic:
        data["statistic"] = question.statistic
    data |= {
        "period": question.period_s,
        "recentDatapoints": [value for _, value in reversed(judged)],
        "threshold": question.threshold,
        "evaluatedDatapoints": [{"timestamp": _long(at_s), "value": value} for at_s, value in judged],
    }
    return json.dumps(data, separators=(",", ":"))


def _count(number: int, noun: str = "datapoint") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _short(at_s: int) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%d/%m/%y %H:%M:%S}"


def _long(at_s: int) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%S}.000+0000"
