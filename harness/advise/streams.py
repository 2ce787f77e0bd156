"""This file decides what is said of mappings that read from streams: what becomes of a record that always fails."""

from __future__ import annotations

from collections.abc import Iterator

from harness.advise.findings import FUNCTION, MAPPING, Finding, Scene, number
from harness.world.stack import Resource


def records_that_block_their_shard(scene: Scene) -> Iterator[Finding]:
    """Retries without an end: the shard waits until the record is too old, and what is behind it with it. ESM-23"""
    for mapping, function in _stream_mappings(scene):
        given = mapping.properties
        endless = (
            number(given, "MaximumRetryAttempts", -1) == -1 and number(given, "MaximumRecordAgeInSeconds", -1) == -1
        )
        if endless:
            yield Finding(
                "surprises",
                scene.where(mapping, "MaximumRetryAttempts"),
                f'A batch that "{function.logical_id}" cannot process is tried until its records expire, and nothing '
                "behind it in the shard is read for as long: a day, with the default retention.",
                "Give the mapping MaximumRetryAttempts or MaximumRecordAgeInSeconds, and an OnFailure destination.",
                "ESM-23",
            )


def records_that_are_lost(scene: Scene) -> Iterator[Finding]:
    """Retries with an end, and nobody who is told of it. ESM-25"""
    for mapping, function in _stream_mappings(scene):
        given = mapping.properties
        limited = (
            number(given, "MaximumRetryAttempts", -1) != -1 or number(given, "MaximumRecordAgeInSeconds", -1) != -1
        )
        if limited and "OnFailure" not in (given.get("DestinationConfig") or {}):
            yield Finding(
                "advice",
                scene.where(mapping, "DestinationConfig"),
                f'Records that "{function.logical_id}" cannot process are skipped after the last retry, and nobody is '
                "told which.",
                "Give the mapping an OnFailure destination.",
                "ESM-25",
            )


def _stream_mappings(scene: Scene) -> Iterator[tuple[Resource, Resource]]:
    for mapping in scene.of_type(MAPPING):
        source = str(mapping.properties.get("EventSourceArn"))
        function = scene.find(mapping.properties.get("FunctionName"), FUNCTION)
        if function is not None and source.split(":")[2:3] in (["kinesis"], ["dynamodb"]):
            yield mapping, function
