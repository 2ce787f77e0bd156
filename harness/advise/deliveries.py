"""This file decides what is said of deliveries by SNS, EventBridge and S3: who is not let in, who loses what fails.

A bucket's targets are checked by AWS when it is configured, and here when it is deployed; a topic's and a rule's are
not.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.advise.bucket_rules import bucket_rules
from harness.advise.findings import (
    FUNCTION,
    INVOKE_CONFIG,
    QUEUE,
    RULE,
    SCHEDULE,
    SUBSCRIPTION,
    TOPIC,
    Finding,
    Scene,
)
from harness.guard.service_doors import Sender, may_deliver, rule_sender, topic_sender
from harness.world.stack import Resource

_KINDS = {"lambda": FUNCTION, "sqs": QUEUE}
_POLICIES = {
    FUNCTION: "an AWS::Lambda::Permission",
    QUEUE: "an AWS::SQS::QueuePolicy",
    TOPIC: "an AWS::SNS::TopicPolicy",
}


def topics_that_are_not_let_in(scene: Scene) -> Iterator[Finding]:
    """A subscription whose target refuses the topic: nothing comes, and nobody is told. SNS-11, SNS-12"""
    for owner, topic_arn, protocol, endpoint in subscriptions(scene):
        target = scene.find(endpoint, _KINDS[protocol]) if protocol in _KINDS else None
        if target is None:
            continue
        verdict = may_deliver(topic_sender(topic_arn), endpoint)
        if not verdict.allowed:
            yield Finding(
                "fails",
                scene.where(owner),
                f'"{target.logical_id}" does not let the topic in: {verdict.reason}. SNS drops every message to it in '
                "silence.",
                f"Add {_POLICIES[target.type]} for sns.amazonaws.com with the topic's ARN as the source.",
                "SNS-11" if protocol == "sqs" else "SNS-12",
            )


def rules_that_are_not_let_in(scene: Scene) -> Iterator[Finding]:
    """A rule whose target refuses EventBridge: nothing comes, and only a metric tells. EVB-05"""
    for rule in scene.of_type(RULE):
        for i, entry in enumerate(rule.properties.get("Targets", ())):
            target = next((t for kind in (*_POLICIES,) if (t := scene.find(entry["Arn"], kind))), None)
            if target is None:
                continue
            verdict = may_deliver(rule_sender(rule.arn), entry["Arn"])
            if not verdict.allowed:
                yield Finding(
                    "fails",
                    scene.where(rule, "Targets", i),
                    f'"{target.logical_id}" does not let the rule in: {verdict.reason}. EventBridge drops every event '
                    "to it; only its metric FailedInvocations tells.",
                    f"Add {_POLICIES[target.type]} for events.amazonaws.com with the rule's ARN as the source.",
                    "EVB-05",
                )


def dead_letter_queues_that_do_not_let_in(scene: Scene) -> Iterator[Finding]:
    """What could not be delivered goes to a queue that refuses it, and is lost. SNS-09, EVB-02"""
    for owner, below, arn, sender, row in _dead_letters(scene):
        queue = scene.find(arn, QUEUE)
        if queue is not None and not (verdict := may_deliver(sender, arn)).allowed:
            service = "SNS" if sender.service.startswith("sns") else "EventBridge"
            yield Finding(
                "fails",
                scene.where(owner, *below),
                f'The dead-letter queue "{queue.logical_id}" does not let {service} in: {verdict.reason}. What cannot '
                "be delivered is lost all the same.",
                f"Add {_POLICIES[QUEUE]} for {sender.service} with {sender.source_arn} as the source.",
                row,
            )


def _dead_letters(scene: Scene) -> Iterator[tuple[Resource, tuple[str | int, ...], str, Sender, str]]:
    for subscription in scene.of_type(SUBSCRIPTION):
        redrive = subscription.properties.get("RedrivePolicy") or {}
        if "deadLetterTargetArn" in redrive:
            sender = topic_sender(subscription.properties["TopicArn"])
            yield subscription, ("RedrivePolicy",), redrive["deadLetterTargetArn"], sender, "SNS-09"
    for rule in scene.of_type(RULE):
        for i, target in enumerate(rule.properties.get("Targets", ())):
            arn = (target.get("DeadLetterConfig") or {}).get("Arn")
            if arn:
                yield rule, ("Targets", i, "DeadLetterConfig"), arn, rule_sender(rule.arn), "EVB-02"


def lost_events(scene: Scene) -> Iterator[Finding]:
    """An asynchronous event that fails three times, of a function without a dead-letter queue. LAM-10"""
    told = {
        config.properties["FunctionName"]
        for config in scene.of_type(INVOKE_CONFIG)
        if "OnFailure" in (config.properties.get("DestinationConfig") or {})
    }
    kept = [scene.find(name, FUNCTION) for name in sorted(told)]
    for function, sources in asynchronous(scene).items():
        resource = scene.stack.resources[function]
        if "DeadLetterConfig" in resource.properties or resource in kept:
            continue
        yield Finding(
            "advice",
            scene.where(resource),
            f'"{function}" is called asynchronously (by {_and(sources)}): an event that fails three times is gone.',
            "Give the function a DeadLetterConfig (SAM: DeadLetterQueue) or an OnFailure destination.",
            "LAM-10",
        )


def idle_dead_letter_queues(scene: Scene) -> Iterator[Finding]:
    """A function's own dead-letter queue where nothing calls the function asynchronously. LAM-16"""
    sources = asynchronous(scene)
    for function in scene.of_type(FUNCTION):
        reads = [m for m in scene.of_type("AWS::Lambda::EventSourceMapping") if _of(scene, m) == function]
        if "DeadLetterConfig" in function.properties and reads and function.logical_id not in sources:
            yield Finding(
                "advice",
                scene.where(function, "DeadLetterConfig"),
                f'The dead-letter queue of "{function.logical_id}" is for asynchronous events; what it reads from a '
                "queue never ends there.",
                "What fails from a queue goes where the RedrivePolicy of that queue says.",
                "LAM-16",
            )


def asynchronous(scene: Scene) -> dict[str, list[str]]:
    """The functions that buckets, topics, rules and schedules of the template call, each with those, by logical id."""
    found: dict[str, list[str]] = {}
    for bucket_rule in bucket_rules(scene):
        _note(scene, found, bucket_rule.target, bucket_rule.bucket)
    for owner, topic_arn, protocol, endpoint in subscriptions(scene):
        if protocol == "lambda":
            _note(scene, found, endpoint, scene.find(topic_arn, TOPIC) or owner)
    for rule in scene.of_type(RULE):
        for target in rule.properties.get("Targets", ()):
            _note(scene, found, target["Arn"], rule)
    for schedule in scene.of_type(SCHEDULE):
        _note(scene, found, schedule.properties["Target"]["Arn"], schedule)
    return found


def _note(scene: Scene, found: dict[str, list[str]], function_arn: str | None, source: Resource) -> None:
    function = scene.find(function_arn, FUNCTION)
    if function is not None and source.logical_id not in found.setdefault(function.logical_id, []):
        found[function.logical_id].append(source.logical_id)


def subscriptions(scene: Scene) -> Iterator[tuple[Resource, str, str, str]]:
    """Each subscription: the resource that declares it, the topic's ARN, protocol and endpoint."""
    for subscription in scene.of_type(SUBSCRIPTION):
        given = subscription.properties
        yield subscription, given["TopicArn"], given["Protocol"], given.get("Endpoint", "")
    for topic in scene.of_type(TOPIC):
        for entry in topic.properties.get("Subscription", ()):
            yield topic, topic.arn, entry["Protocol"], entry["Endpoint"]


def _of(scene: Scene, mapping: Resource) -> Resource | None:
    return scene.find(mapping.properties.get("FunctionName"), FUNCTION)


def _and(names: list[str]) -> str:
    return " and ".join(f'"{name}"' for name in names)
