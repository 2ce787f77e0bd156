"""Calls of functions that YAML cannot say well: payloads of an exact size, and a look at the answer."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError


def takes(pipeline: Any, function: str, kind: str, size: int) -> None:
    """Call with a payload of so many bytes; ``kind`` is RequestResponse or Event."""
    payload = b'"' + b"x" * (size - 2) + b'"'
    pipeline.client("lambda").invoke(FunctionName=pipeline.name(function), InvocationType=kind, Payload=payload)


def refuses(pipeline: Any, function: str, kind: str, size: int) -> None:
    """A payload of so many bytes is refused."""
    try:
        takes(pipeline, function, kind, size)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "RequestTooLargeException", error
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 413, error
    else:
        raise AssertionError(f"{size:,} bytes were not refused")


def answers(pipeline: Any, function: str, event: Any, answer: dict[str, Any], qualifier: str | None = None) -> None:
    """The answer to a call has these fields with these values."""
    named = {"FunctionName": pipeline.name(function), "Payload": json.dumps(event).encode()}
    result = pipeline.client("lambda").invoke(**named, **({"Qualifier": qualifier} if qualifier else {}))
    assert result["StatusCode"] == 200, result
    said = json.loads(result["Payload"].read())
    assert answer.items() <= said.items(), said
