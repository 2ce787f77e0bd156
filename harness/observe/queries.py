"""This file decides what an alarm or ``GetMetricData`` gets for its queries: one value for each period.

It does not know expressions (``metric_math.py``) nor what a period's statistic is (``vendor/metric_store.py``). Queries
are in the API's form; all of one question have the same periods, as CloudWatch demands of an alarm.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.errors import did_you_mean
from harness.observe.metric_expressions import Node, parse
from harness.observe.metric_math import Periods, Series, compute
from harness.vendor.cloudwatch_metrics import QueryResult
from harness.vendor.metric_store import Metric, MetricStore, statistic_problem

Query = Mapping[str, Any]
_DEFAULT_PERIOD_S = 60
MOST_POINTS = 100_800


def metric_of(query: Query) -> Metric | None:
    """The metric that a query fetches; None if it is an expression."""
    given = (query.get("MetricStat") or {}).get("Metric")
    return None if given is None else Metric.of(given["Namespace"], given["MetricName"], given.get("Dimensions") or ())


def problem(queries: Sequence[Query]) -> str | None:
    """What is wrong with queries, in words; None if they can be computed."""
    ids = [query["Id"] for query in queries]
    try:
        for query in queries:
            wrong = statistic_problem(query["MetricStat"]["Stat"]) if query.get("MetricStat") else None
            if wrong is not None:
                return f"{wrong[0].upper()}{wrong[1:]}."
            for name in parse(query["Expression"]).names() if not query.get("MetricStat") else ():
                if name not in ids:
                    return f'The expression "{query["Expression"]}" names "{name}", and no query has this Id. ' + (
                        did_you_mean(name, ids)
                    )
        list(_in_order(queries))
    except KeyError as missing:
        return f"The query {ids} needs a MetricStat or an Expression, and has no {missing}."
    except ValueError as wrong_expression:
        return str(wrong_expression)
    return None


def period_of(query: Query, queries: Sequence[Query]) -> int:
    """The length of a query's periods in seconds; an expression has that of the metrics."""
    own = query.get("Period") or (query.get("MetricStat") or {}).get("Period")
    return int(own or next((period_of(q, ()) for q in queries if q.get("MetricStat")), _DEFAULT_PERIOD_S))


def compute_all(store: MetricStore, queries: Sequence[Query], periods: Periods) -> dict[str, Series]:
    """Each query's values, by id.

    Raises:
        ValueError: an expression is not understood.
    """
    known: dict[str, Series] = {}
    for query, node in _in_order(queries):
        if node is None:
            known[query["Id"]] = _fetched(store, query["MetricStat"], metric_of(query), periods)
        else:
            value = compute(node, known, periods)
            series = value if isinstance(value, tuple) else (value,) * len(periods.begins)
            known[query["Id"]] = tuple(None if v is None or math.isnan(v) else v for v in series)
    return known


def evaluate(store: MetricStore, queries: Sequence[Query], start_s: int, end_s: int) -> list[QueryResult]:
    """What ``GetMetricData`` answers: the results of the queries that return data, in their order.

    Raises:
        ValueError: a query is not understood.
    """
    wrong = problem(queries)
    if wrong is not None:
        raise ValueError(wrong)
    results = []
    for query in queries:
        if query.get("ReturnData") is False:
            continue
        length_s = period_of(query, queries)
        if (end_s - start_s) // length_s > MOST_POINTS:
            raise ValueError(f"The query {query['Id']} asks for more than {MOST_POINTS:,} datapoints.")
        periods = Periods(tuple(range(start_s // length_s * length_s, end_s, length_s)), length_s)
        values = compute_all(store, queries, periods)[query["Id"]]
        points = [(at_s, v) for at_s, v in zip(periods.begins, values, strict=True) if v is not None]
        results.append(QueryResult(query["Id"], query.get("Label") or _label(query), points))
    return results


def _label(query: Query) -> str:
    metric = metric_of(query)
    return query["Id"] if metric is None else metric.name


def _fetched(store: MetricStore, given: Mapping[str, Any], metric: Metric | None, periods: Periods) -> Series:
    assert metric is not None
    unit, stat, length_s = given.get("Unit"), given["Stat"], periods.length_s
    found = (store.period(metric, at_s, at_s + length_s, unit) for at_s in periods.begins)
    return tuple(None if values is None else values.statistic(stat) for values in found)


def _in_order(queries: Sequence[Query]) -> Iterator[tuple[Query, Node | None]]:
    """Each query once all that it refers to have been; its expression, if it is one."""
    waiting = [(q, None if q.get("MetricStat") else parse(q["Expression"])) for q in queries]
    done: dict[str, None] = {}
    while waiting:
        ready = [(q, n) for q, n in waiting if n is None or all(name in done for name in n.names())]
        if not ready:
            raise ValueError(f"The expressions {', '.join(q['Id'] for q, _ in waiting)} refer to one another.")
        yield from ready
        done |= {q["Id"]: None for q, _ in ready}
        waiting = [(q, n) for q, n in waiting if q["Id"] not in done]
