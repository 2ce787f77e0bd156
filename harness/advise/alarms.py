"""This file decides what is said of alarms: those that can never fire.

It knows the metrics that the emulated services have in AWS, by AWS's documentation of each; what a handler itself puts
into a namespace of its own is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.advise.findings import ALARM, FUNCTION, QUEUE, TOPIC, Finding, Scene
from harness.errors import did_you_mean
from harness.world.stack import Resource

# Per namespace: the dimension that names the resource, the resource's type, and the metrics.
_SERVICES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "AWS/Lambda": (
        "FunctionName",
        FUNCTION,
        (
            "AsyncEventAge",
            "AsyncEventsDropped",
            "AsyncEventsReceived",
            "ConcurrentExecutions",
            "DeadLetterErrors",
            "DestinationDeliveryFailures",
            "Duration",
            "Errors",
            "Invocations",
            "IteratorAge",
            "PostRuntimeExtensionsDuration",
            "ProvisionedConcurrencyInvocations",
            "ProvisionedConcurrencySpilloverInvocations",
            "ProvisionedConcurrencyUtilization",
            "RecursiveInvocationsDropped",
            "Throttles",
        ),
    ),
    "AWS/SNS": (
        "TopicName",
        TOPIC,
        (
            "NumberOfMessagesPublished",
            "NumberOfNotificationsDelivered",
            "NumberOfNotificationsFailed",
            "NumberOfNotificationsFailedToRedriveToDlq",
            "NumberOfNotificationsFilteredOut",
            "NumberOfNotificationsRedrivenToDlq",
            "PublishSize",
        ),
    ),
    "AWS/SQS": (
        "QueueName",
        QUEUE,
        (
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfGroupsWithInflightMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
            "NumberOfDeduplicatedSentMessages",
            "NumberOfEmptyReceives",
            "NumberOfMessagesDeleted",
            "NumberOfMessagesReceived",
            "NumberOfMessagesSent",
            "SentMessageSize",
        ),
    ),
    "AWS/States": (
        "StateMachineArn",
        "AWS::StepFunctions::StateMachine",
        (
            "ExecutionThrottled",
            "ExecutionTime",
            "ExecutionsAborted",
            "ExecutionsFailed",
            "ExecutionsStarted",
            "ExecutionsSucceeded",
            "ExecutionsTimedOut",
        ),
    ),
}

_NAME = {QUEUE: "QueueName", TOPIC: "TopicName"}


def alarms_that_never_fire(scene: Scene) -> Iterator[Finding]:
    """An alarm on a metric that nobody emits."""
    for alarm in scene.of_type(ALARM):
        asked: list[tuple[Mapping[str, Any], tuple[str | int, ...]]] = [(alarm.properties, ())]
        for i, query in enumerate(alarm.properties.get("Metrics", ())):
            metric = (query.get("MetricStat") or {}).get("Metric")
            if metric:
                asked.append((metric, ("Metrics", i)))
        for metric, below in asked:
            service = _SERVICES.get(str(metric.get("Namespace")))
            if service is not None:
                yield from _metric(scene, alarm, metric, service, below)


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
    return resource.physical_id


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
