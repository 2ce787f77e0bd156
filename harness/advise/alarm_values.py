"""This file decides what is said of an alarm's numbers: a threshold that its metric can never reach.

Whether there is such a metric at all is judged next door (``alarms.py``). An expression is not judged: it may come to
anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.advise.findings import ALARM, FUNCTION, QUEUE, Finding, Scene, number
from harness.world.stack import Resource

# Each call, each request counts as 0 or 1: only their sum is a number of calls.
_ZERO_OR_ONE = {
    "AWS/Lambda": ("Errors", "Throttles", "Invocations", "DeadLetterErrors"),
    "AWS/ApiGateway": ("4XXError", "5XXError", "4xx", "5xx", "Count"),
}
_SINGLE = ("Average", "Maximum", "Minimum")
_MOST_CONCURRENT = 1000
_DEFAULT_RETENTION_S = 345_600


def thresholds_out_of_reach(scene: Scene) -> Iterator[Finding]:
    """An alarm that needs a value that its metric never has."""
    for alarm in scene.of_type(ALARM):
        given = alarm.properties
        if "Metrics" in given or not str(given.get("Namespace", "")).startswith("AWS/"):
            continue
        said = _below_nothing(given) or _above_the_most(scene, given)
        if said is not None:
            problem, hint = said
            where = scene.where(alarm, "Threshold")
            yield Finding("fails", where, f'"{alarm.logical_id}" can never fire: {problem}.', hint)


def short_periods(scene: Scene) -> Iterator[Finding]:
    """Periods of seconds over metrics that have one datapoint a minute. CW-07"""
    for alarm in scene.of_type(ALARM):
        given = alarm.properties
        if number(given, "Period", 60) < 60 and str(given.get("Namespace", "")).startswith("AWS/"):
            yield Finding(
                "surprises",
                scene.where(alarm, "Period"),
                f'"{alarm.logical_id}" has periods of {given["Period"]} s over a metric of {given["Namespace"]}, which '
                "has one datapoint a minute: most of its periods are empty.",
                "Take a Period of 60 or a multiple of it.",
                "CW-07",
            )


def _below_nothing(given: Mapping[str, Any]) -> tuple[str, str] | None:
    operator, threshold = given["ComparisonOperator"], float(given["Threshold"])
    never = (operator == "LessThanThreshold" and threshold <= 0) or (
        operator == "LessThanOrEqualToThreshold" and threshold < 0
    )
    if not never:
        return None
    hint = "LessThanThreshold with 1 is what says that nothing came, with TreatMissingData: breaching."
    return f"{given['MetricName']} is never less than 0", hint


def _above_the_most(scene: Scene, given: Mapping[str, Any]) -> tuple[str, str] | None:
    operator, threshold = given["ComparisonOperator"], float(given["Threshold"])
    most = _most(scene, given)
    if most is None or not operator.startswith("Greater"):
        return None
    value, why, hint = most
    reached = value > threshold if operator == "GreaterThanThreshold" else value >= threshold
    return None if reached else (why, hint)


def _most(scene: Scene, given: Mapping[str, Any]) -> tuple[float, str, str] | None:
    """The highest value that the metric can have, in words, and what to do."""
    namespace, name, statistic = given["Namespace"], given["MetricName"], given.get("Statistic")
    named = {d["Name"]: str(d["Value"]) for d in given.get("Dimensions", ())}
    if name in _ZERO_OR_ONE.get(namespace, ()) and statistic in _SINGLE:
        return 1, f"the {statistic} of {name} is 1 at most, since each call counts as 0 or 1", "Take Statistic: Sum."
    if namespace == "AWS/Lambda" and statistic != "Sum":
        function = scene.find(named.get("FunctionName"), FUNCTION)
        return None if function is None else _most_of_function(function, name)
    if namespace == "AWS/SQS" and name == "ApproximateAgeOfOldestMessage" and statistic != "Sum":
        for queue in scene.of_type(QUEUE):
            if queue.attributes.get("QueueName") == named.get("QueueName"):
                kept_s = number(queue.properties, "MessageRetentionPeriod", _DEFAULT_RETENTION_S)
                why = f'"{queue.logical_id}" deletes messages that are {kept_s} s old'
                return kept_s, why, "Take a threshold below its MessageRetentionPeriod."
    return None


def _most_of_function(function: Resource, name: str) -> tuple[float, str, str] | None:
    if name == "Duration":
        limit_ms = number(function.properties, "Timeout", 3) * 1000
        why = f'"{function.logical_id}" is stopped after {limit_ms} ms, and Duration is in milliseconds'
        return limit_ms, why, "Take a threshold below the function's Timeout."
    if name == "ConcurrentExecutions":
        most = number(function.properties, "ReservedConcurrentExecutions", _MOST_CONCURRENT)
        why = f'"{function.logical_id}" never has more than {most} calls at once'
        return most, why, "Take a threshold below that, or an alarm on Throttles."
    return None
