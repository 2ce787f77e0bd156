"""This file decides what one alarm on metrics asks for, and which state follows at a given time. CW-07, CW-08

It keeps no time (``alarms.py``) and judges no points (``judgement.py``). At the end of a minute an alarm reads the
periods that end there: with five-minute periods those of minutes 1 to 5, a minute later those of 2 to 6.
"""

from __future__ import annotations

from datetime import UTC, datetime

from harness.observe import reasons
from harness.observe.judgement import MORE_THAN_JUDGED, Verdict, judge
from harness.observe.metric_math import Periods, Series
from harness.observe.queries import Query, compute_all, metric_of, period_of
from harness.observe.reasons import Question
from harness.vendor import cloudwatch_alarms
from harness.vendor.cloudwatch_alarms import Alarm
from harness.vendor.metric_store import MetricStore

_NEVER_MISSED = "AWS/DynamoDB"
# How far ahead it is known that a level will change: a queue stops being active after six hours.
_FORWARD_S = 86_400


class Watch:
    """One alarm's question. ``step_s`` is how often CloudWatch looks, ``metrics`` is what it looks at."""

    def __init__(self, alarm: Alarm, store: MetricStore) -> None:
        given = alarm.settings
        self.arn = alarm.arn
        self._store = store
        self._queries: list[Query] = list(given.get("Metrics") or [_plain(given)])
        self.metrics = tuple(dict.fromkeys(m for q in self._queries if (m := metric_of(q)) is not None))
        for metric in self.metrics:
            store.find(metric)  # what is a level is noted from now on
        self._asked = next((q for q in self._queries if q.get("ReturnData") is not False), self._queries[-1])
        missing = given.get("TreatMissingData") or "missing"
        if any(metric.namespace == _NEVER_MISSED for metric in self.metrics):
            missing = "ignore"  # CW-11
        simple = not given.get("Metrics")
        self._question = Question(
            operator=given["ComparisonOperator"],
            threshold=float(given["Threshold"]),
            most=int(given["EvaluationPeriods"]),
            needed=int(given["DatapointsToAlarm"]) if given.get("DatapointsToAlarm") else None,
            missing=missing,
            period_s=period_of(self._asked, self._queries),
            statistic=(given.get("Statistic") or given.get("ExtendedStatistic")) if simple else None,
            unit=given.get("Unit"),
        )
        self.step_s = 60 if self._question.period_s % 60 == 0 else 10

    @property
    def _range(self) -> int:
        return self._question.most + MORE_THAN_JUDGED

    def breaches(self, value: float) -> bool:
        """Whether such a value, for a whole period, is on the wrong side."""
        return reasons.breaches(value, self._question.operator, self._question.threshold)

    def look(self, due_s: int) -> tuple[str, str, str] | None:
        """State, reason and reason data that follow when looked at then; None if all stays as it is."""
        points, verdict = self._judged(due_s)
        before = self._state()
        if verdict.state in (None, before):
            return None
        assert verdict.state is not None
        now = cloudwatch_alarms.cloudwatch_time(datetime.fromtimestamp(due_s, UTC))
        reason = reasons.in_words(self._question, points, verdict, verdict.state)
        return verdict.state, reason, reasons.as_data(self._question, points, verdict, now)

    def awaits(self, due_s: int, *, news: bool) -> bool:
        """Whether a run waits for the look at that time: docs/decisions/0009.

        It does if what came since the last look (``news``) changes the state, and while breaching points that are
        alone grow old enough for an alarm (CW-10).
        """
        points, verdict = self._judged(due_s)
        before = self._state()
        if news and verdict.state not in (None, before):
            return True
        if before == "ALARM" or self._question.missing != "missing" or not verdict.unknown:
            return False
        judged = [value for value in (points[i][1] for i in verdict.real) if value is not None]
        return bool(judged) and all(map(self.breaches, judged))

    def next_change(self, looked_s: int) -> int | None:
        """The next time after ``looked_s`` at which the points of the range are not what they were then."""
        period_s, step_s = self._question.period_s, self.step_s
        reach_s = self._range * period_s
        found: int | None = None
        for metric in self.metrics:
            points = self._store.find(metric)
            for at_s in (
                points.moments(looked_s - reach_s - step_s, looked_s + _FORWARD_S) if points is not None else ()
            ):
                first_s = at_s // step_s * step_s + step_s
                steps = max(0, -(-(looked_s + 1 - first_s) // period_s))
                due_s = first_s + steps * period_s
                if steps <= self._range and (found is None or due_s < found):
                    found = due_s
        return found

    def _judged(self, due_s: int) -> tuple[list[tuple[int, float | None]], Verdict]:
        question = self._question
        begins = tuple(due_s - n * question.period_s for n in range(self._range, 0, -1))
        values: Series = compute_all(self._store, self._queries, Periods(begins, question.period_s))[self._asked["Id"]]
        marks = [None if value is None else self.breaches(value) for value in values]
        verdict = judge(marks, question.most, question.needed or question.most, question.missing)
        return list(zip(begins, values, strict=True)), verdict

    def _state(self) -> str:
        alarm = cloudwatch_alarms.find(self.arn)
        return "" if alarm is None else alarm.state


def _plain(given: Query) -> Query:
    """The one query of an alarm that has no ``Metrics``."""
    metric = {name: given[name] for name in ("Namespace", "MetricName", "Dimensions") if name in given}
    stat = {"Metric": metric, "Period": given["Period"], "Stat": given.get("Statistic") or given["ExtendedStatistic"]}
    return {"Id": "m1", "MetricStat": stat | ({"Unit": given["Unit"]} if given.get("Unit") else {})}
