"""This file decides whether objects are there and hold what they must; it looks through S3's API."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from harness.act.stage import BUCKET, Stage
from harness.expect import explain
from harness.expect.looked import Looked
from harness.expect.values import json_problems, named_problems
from harness.scenario.model import MISSING, ObjectCheck, ObjectsCheck


def look_at_object(stage: Stage, check: ObjectCheck) -> Looked:
    """One object, its content and its metadata."""
    bucket = stage.resource(check, check.bucket, BUCKET).physical_id
    sentence = _object_sentence(check)
    related = (check.bucket, check.key)
    answer = _get(stage, bucket, check.key)
    if answer is None:
        if not check.exists:
            return Looked(sentence, [], related)
        keys = [o["Key"] for o in list_objects(stage, bucket)]
        return Looked(sentence, [explain.no_such_object(check.bucket, check.key, keys)], related)
    if not check.exists:
        return Looked(sentence, [f"it is there, with {answer['ContentLength']:,} bytes"], related)
    return Looked(sentence, _content_problems(check, answer, answer["Body"].read()), related)


def _get(stage: Stage, bucket: str, key: str) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = stage.client("s3").get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    return answer


def _content_problems(check: ObjectCheck, answer: dict[str, Any], content: bytes) -> list[str]:
    problems = json_problems(content, check.json_)
    if check.text is not None:
        try:
            problem = check.text.check(content.decode())
            problems += [f"its text: {problem}"] if problem else []
        except UnicodeDecodeError as error:
            problems.append(f"its content is no UTF-8 text: {error}")
    problems += named_problems("metadata", answer["Metadata"], check.metadata, MISSING)
    if check.size is not None and (problem := check.size.check(len(content))):
        problems.append(f"its size: {problem}")
    return problems


def _object_sentence(check: ObjectCheck) -> str:
    head = f'object "{check.key}" in {check.bucket} {"exists" if check.exists else "does not exist"}'
    wishes = explain.wishes("JSON value", check.json_)
    wishes += [f"text that {check.text.explain()}"] if check.text is not None else []
    wishes += explain.wishes("metadata", check.metadata)
    wishes += [f"a size that {check.size.explain()}"] if check.size is not None else []
    return f"{head}, with {explain.join(wishes)}" if wishes else head


def look_at_objects(stage: Stage, check: ObjectsCheck) -> Looked:
    """Which objects a bucket holds."""
    bucket = stage.resource(check, check.bucket, BUCKET).physical_id
    keys = [o["Key"] for o in list_objects(stage, bucket, check.prefix)]
    problems = []
    if check.count is not None and check.count.check(len(keys)) is not None:
        problems.append(f"it holds {len(keys):,}" + (f": {explain.few(keys)}" if keys else ""))
    if check.keys is not None:
        missing = sorted(set(check.keys) - set(keys))
        extra = sorted(set(keys) - set(check.keys))
        problems += [f"missing: {explain.few(missing)}"] if missing else []
        problems += [f"not expected: {explain.few(extra)}"] if extra else []
    return Looked(_objects_sentence(check), problems, (check.bucket,))


def _objects_sentence(check: ObjectsCheck) -> str:
    under = f' under "{check.prefix}"' if check.prefix else ""
    if check.count is not None:
        head = f"{check.bucket} holds {explain.amount(check.count, 'object')}{under}"
        return f"{head}: {explain.few(check.keys)}" if check.keys else head
    if check.keys is not None:
        return f"{check.bucket} holds exactly {explain.few(check.keys) or 'nothing'}{under}"
    return f"{check.bucket} can be listed"


def list_objects(stage: Stage, bucket: str, prefix: str = "") -> list[dict[str, Any]]:
    """All objects, in the order of their keys."""
    pages = stage.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [o for page in pages for o in page.get("Contents", ())]
