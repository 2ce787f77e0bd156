"""This file decides what is said of alarms: those on metrics that nobody emits, and those that nobody hears of.

Which metrics there are is next door (``metrics.py``), and so is what an alarm's numbers mean (``alarm_values.py``).
What a handler itself puts into a namespace of its own is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.advise.findings import ALARM, COMPOSITE_ALARM, FUNCTION, QUEUE, TOPIC, Finding, Scene
from harness.advise.metrics import COUNTED_HERE, SERVICES
from harness.errors import did_you_mean
from harness.guard.service_doors import alarm_sender, may_deliver
from harness.world.stack import Resource

_NAME = {QUEUE: "QueueName", TOPIC: "TopicName"}

Asked = tuple[Resource, Mapping[str, Any], tuple[str | int, ...]]


def _asked(scene: Scene) -> Iterator[Asked]:
    """Each alarm with each metric that it looks at, and where in the alarm that stands."""
    for alarm in scene.of_type(ALARM):
        if "MetricName" in alarm.properties:
            yield alarm, alarm.properties, ()
        for i, query in enumerate(alarm.properties.get("Metrics", ())):
            metric = (query.get("MetricStat") or {}).get("Metric")
            if metric:
                yield alarm, metric, ("Metrics", i)


def alarms_that_never_fire(scene: Scene) -> Iterator[Finding]:
    """An alarm on a metric that nobody emits."""
    for alarm, metric, below in _asked(scene):
        service = SERVICES.get(str(metric.get("Namespace")))
        if service is not None:
            yield from _metric(scene, alarm, metric, service, below)


def dead_letters_that_are_not_counted(scene: Scene) -> Iterator[Finding]:
    """An alarm on what is sent to a dead-letter queue: what SQS moves there was not sent to it. CW-03"""
    dead = [(q.properties.get("RedrivePolicy") or {}).get("deadLetterTargetArn") for q in scene.of_type(QUEUE)]
    for alarm, metric, below in _asked(scene):
        if (metric.get("Namespace"), metric.get("MetricName")) != ("AWS/SQS", "NumberOfMessagesSent"):
            continue
        named = {entry["Name"]: str(entry["Value"]) for entry in metric.get("Dimensions", ())}
        queues = [q for q in scene.of_type(QUEUE) if _named(q) == named.get("QueueName") and q.arn in dead]
        for queue in queues:
            yield Finding(
                "fails",
                scene.where(alarm, *below, "MetricName"),
                f'"{alarm.logical_id}" watches what is sent to "{queue.logical_id}", and what SQS moves into a '
                "dead-letter queue is not counted there.",
                "Take ApproximateNumberOfMessagesVisible, with Statistic: Maximum.",
                "CW-03",
            )


def metrics_that_are_not_counted_here(scene: Scene) -> Iterator[Finding]:
    """An alarm on a metric that AWS has and nothing here publishes: no scenario sets it off."""
    for alarm, metric, below in _asked(scene):
        namespace, name = str(metric.get("Namespace")), str(metric.get("MetricName"))
        known = SERVICES.get(namespace)
        if not namespace.startswith("AWS/") or name in COUNTED_HERE.get(namespace, ()):
            continue
        if known is None or name in known[2]:
            yield Finding(
                "advice",
                scene.where(alarm, *below, "MetricName"),
                f'"{alarm.logical_id}" watches {name} of {namespace}, which nothing here publishes: in a scenario it '
                "has no datapoints.",
                "A step in Python can set the alarm's state (SetAlarmState) to see who is told.",
            )


def alarms_that_are_not_let_in(scene: Scene) -> Iterator[Finding]:
    """An alarm whose action refuses it: nobody is told, and nobody hears of that. CW-14, CW-15"""
    for kind in (ALARM, COMPOSITE_ALARM):
        for alarm in scene.of_type(kind):
            for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
                for i, arn in enumerate(alarm.properties.get(name, ())):
                    yield from _action(scene, alarm, (name, i), str(arn))


def _action(scene: Scene, alarm: Resource, below: tuple[str | int, ...], arn: str) -> Iterator[Finding]:
    service = arn.split(":")[2] if arn.count(":") > 4 else ""
    if service not in ("sns", "lambda"):
        yield Finding(
            "advice",
            scene.where(alarm, *below),
            f'"{alarm.logical_id}" has the action "{arn}", which is not run here.',
            "In a scenario topics and functions are told; what EC2, Auto Scaling or Systems Manager would do is not.",
        )
        return
    target = scene.find(arn, TOPIC if service == "sns" else FUNCTION)
    verdict = may_deliver(alarm_sender(alarm.arn, to_function=service == "lambda"), arn)
    if target is not None and not verdict.allowed:
        who = "cloudwatch" if service == "sns" else "lambda.alarms.cloudwatch"
        policy = "an AWS::SNS::TopicPolicy" if service == "sns" else "an AWS::Lambda::Permission"
        yield Finding(
            "fails",
            scene.where(alarm, *below),
            f'"{target.logical_id}" does not let the alarm in: {verdict.reason}. Nobody is told, and nothing says so.',
            f"Add {policy} for {who}.amazonaws.com with the alarm's ARN as the source.",
            "CW-14" if service == "sns" else "CW-15",
        )


def _metric(
    scene: Scene,
    alarm: Resource,
    metric: Mapping[str, Any],
    service: tuple[str, str, tuple[str, ...]],
    below: tuple[str | int, ...],
) -> Iterator[Finding]:
    dimension, kind, names = service
    namespace, name = metric["Namespace"], str(metric.get("MetricName"))

    def never(at: str, why: str, hint: str) -> Finding:
        return Finding("fails", scene.where(alarm, *below, at), f'"{alarm.logical_id}" can never fire: {why}.', hint)

    if name not in names:
        yield never("MetricName", f'{namespace} has no metric "{name}"', did_you_mean(name, names))
        return
    given = {entry["Name"]: str(entry["Value"]) for entry in metric.get("Dimensions", ())}
    if dimension not in given:
        if namespace != "AWS/Lambda":  # Lambda's metrics exist for the whole account as well
            yield never(
                "Dimensions",
                f"{namespace} emits {name} by {dimension}, and the alarm does not name one",
                f"Add Dimensions: [{{Name: {dimension}, Value: ...}}].",
            )
        return
    value = given[dimension]
    valid = [_named(resource) for resource in scene.of_type(kind)]
    if value not in valid:
        close = next((_named(r) for r in scene.of_type(kind) if value in (r.arn, r.physical_id)), None)
        hint = f'It must be the name "{close}"; this is the ARN or URL.' if close else did_you_mean(value, valid)
        severity = "fails" if close else "surprises"
        yield Finding(
            severity,  # type: ignore[arg-type]
            scene.where(alarm, *below, "Dimensions"),
            f'"{alarm.logical_id}" watches {name} of {dimension} "{value}", which this template does not have.',
            hint,
        )


def _named(resource: Resource) -> str:
    """What CloudWatch calls the resource in a dimension."""
    if resource.type in _NAME:
        return str(resource.attributes[_NAME[resource.type]])
    # A rule of a bus of its own is named "bus|rule" by Ref.
    return resource.physical_id.rpartition("|")[2]


def alarms_that_tell_nobody(scene: Scene) -> Iterator[Finding]:
    """An alarm without an action."""
    for alarm in scene.of_type(ALARM):
        if not alarm.properties.get("AlarmActions") or alarm.properties.get("ActionsEnabled") is False:
            yield Finding(
                "advice",
                scene.where(alarm),
                f'"{alarm.logical_id}" tells nobody: it has no AlarmActions, or they are not enabled.',
                "Name a topic in AlarmActions, unless somebody looks at the dashboard.",
            )
