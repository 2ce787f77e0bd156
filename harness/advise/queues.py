"""This file decides what is said of queues, and of the mappings that read from them."""

from __future__ import annotations

from collections.abc import Iterator

from harness.advise.findings import FUNCTION, MAPPING, QUEUE, Finding, Scene, number
from harness.world.stack import Resource

_DAY_S = 86_400
_RETENTION_S = 4 * _DAY_S
_LEAST_CONCURRENCY = 2


def visibility_timeouts(scene: Scene) -> Iterator[Finding]:
    """Less than six times the function's timeout, and its window, is less than AWS recommends. ESM-03"""
    for mapping, queue, function in _mappings(scene):
        visible_s, timeout_s = number(queue.properties, "VisibilityTimeout", 30), _timeout_s(function)
        wanted_s = 6 * timeout_s + number(mapping.properties, "MaximumBatchingWindowInSeconds", 0)
        if timeout_s <= visible_s < wanted_s:
            yield Finding(
                "advice",
                scene.where(queue, "VisibilityTimeout"),
                f'"{queue.logical_id}" hides a received message for {visible_s} s, and "{function.logical_id}" may run '
                f"for {timeout_s} s. Where the function is throttled, a message can come back before it was tried.",
                f"AWS recommends six times the function's timeout, plus the batching window: {wanted_s} s.",
                "ESM-03",
            )


def poison_messages(scene: Scene) -> Iterator[Finding]:
    """A message that always fails, in a queue without a dead-letter queue. ESM-11"""
    for _, queue, function in _mappings(scene):
        if "RedrivePolicy" in queue.properties:
            continue
        retention_s = number(queue.properties, "MessageRetentionPeriod", _RETENTION_S)
        blocks = ", and blocks its group for as long" if queue.properties.get("FifoQueue") else ""
        yield Finding(
            "advice",
            scene.where(queue),
            f'"{queue.logical_id}" has no dead-letter queue: a message that "{function.logical_id}" cannot process '
            f"comes again until it is {_long(retention_s)} old{blocks}, and then is gone.",
            "Give the queue a RedrivePolicy.",
            "ESM-11",
        )


def whole_batches(scene: Scene) -> Iterator[Finding]:
    """One bad message brings the others of its batch back. ESM-11, ESM-14"""
    for mapping, _, function in _mappings(scene):
        size = number(mapping.properties, "BatchSize", 10)
        if size > 1 and "ReportBatchItemFailures" not in mapping.properties.get("FunctionResponseTypes", ()):
            yield Finding(
                "advice",
                scene.where(mapping, "FunctionResponseTypes"),
                f'"{function.logical_id}" gets up to {size} messages at once, and an error brings all of them back, '
                "also those it has processed.",
                "Return batchItemFailures and add FunctionResponseTypes: [ReportBatchItemFailures]; or make the "
                "processing idempotent.",
                "ESM-14",
            )


def more_pollers_than_room(scene: Scene) -> Iterator[Finding]:
    """Messages that are received, throttled and put aside without having been tried. ESM-12"""
    for mapping, queue, function in _mappings(scene):
        reserved = function.properties.get("ReservedConcurrentExecutions")
        most = (mapping.properties.get("ScalingConfig") or {}).get("MaximumConcurrency")
        if reserved is None or "RedrivePolicy" not in queue.properties or (most is not None and most <= reserved):
            continue
        asked = f"up to {most}" if most is not None else "5 and more"
        yield Finding(
            "surprises",
            scene.where(function, "ReservedConcurrentExecutions"),
            f'"{function.logical_id}" runs at most {reserved} times at once, and the pollers of "{queue.logical_id}" '
            f"start {asked}. What is throttled counts as received, and can end in the dead-letter queue without "
            "having been tried.",
            f"Give the mapping a ScalingConfig with a MaximumConcurrency of at most {reserved}."
            if reserved >= _LEAST_CONCURRENCY
            else f"A mapping's MaximumConcurrency is at least {_LEAST_CONCURRENCY}: reserve as much, and set it.",
            "ESM-12",
        )


def dead_letter_retention(scene: Scene) -> Iterator[Finding]:
    """A standard queue's dead letters are as old as the message was. SQS-07"""
    for queue in scene.of_type(QUEUE):
        redrive = queue.properties.get("RedrivePolicy") or {}
        dead = scene.find(redrive.get("deadLetterTargetArn"), QUEUE)
        if dead is None or queue.properties.get("FifoQueue"):
            continue
        kept_s = number(dead.properties, "MessageRetentionPeriod", _RETENTION_S)
        source_s = number(queue.properties, "MessageRetentionPeriod", _RETENTION_S)
        if kept_s <= source_s:
            yield Finding(
                "surprises" if kept_s < source_s else "advice",
                scene.where(dead, "MessageRetentionPeriod"),
                f'"{dead.logical_id}" keeps messages for {_long(kept_s)}, counted from when they were sent to '
                f'"{queue.logical_id}", which keeps them for {_long(source_s)}: one that comes late is gone before '
                "anybody looks.",
                f"Give the dead-letter queue a longer MessageRetentionPeriod; 14 days ({14 * _DAY_S}) is the most.",
                "SQS-07",
            )


def _mappings(scene: Scene) -> Iterator[tuple[Resource, Resource, Resource]]:
    """Each mapping from a queue of the template to a function of it, with both."""
    for mapping in scene.of_type(MAPPING):
        queue = scene.find(mapping.properties.get("EventSourceArn"), QUEUE)
        function = scene.find(mapping.properties.get("FunctionName"), FUNCTION)
        if queue is not None and function is not None:
            yield mapping, queue, function


def _timeout_s(function: Resource) -> int:
    return number(function.properties, "Timeout", 3)


def _long(seconds: int) -> str:
    for unit_s, unit in ((_DAY_S, "day"), (3600, "hour"), (60, "minute")):
        if seconds % unit_s == 0:
            count = seconds // unit_s
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{seconds} s"
