"""This file decides whether every upload ended in exactly one of the ways the author names: none lost, none twice.

The work grows with the number of uploads plus the number of things they ended as, not with their product:
each object and message is looked through once for the names of uploads (``mentions.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from harness.act.stage import BUCKET, QUEUE, Stage
from harness.expect import explain
from harness.expect.looked import Looked
from harness.expect.mentions import Mentions, texts_in
from harness.expect.objects import list_objects
from harness.scenario.model import AccountedForCheck, Ending, EndsAsObject, EndsInQueue

_FEW = 3
_NAME = re.compile(r"\{(key|file|stem)\}")
_GLOB = re.compile(r"\*\*/|\*\*|\*|\{(?:key|file|stem)\}")
_GLOBS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}


def look_at_accounts(stage: Stage, check: AccountedForCheck) -> Looked:
    """Where each upload ended."""
    wanted = check.uploads
    stage.resource(check, wanted.bucket, BUCKET)
    uploads = _uploads(stage, wanted.bucket, wanted.prefix, wanted.suffix)
    sentence = f"every upload to {wanted.bucket} ends in exactly one of {_ways(check.exactly_one_of)}"
    if not uploads:
        return Looked(sentence, [explain.nothing_uploaded(wanted.bucket, wanted.prefix, wanted.suffix)])
    ends: dict[str, list[str]] = {key: [] for key in uploads}
    for ending in check.exactly_one_of:
        for key, place in _ended(stage, check, ending, uploads):
            ends[key].append(place)
    lost = [key for key in uploads if not ends[key]]
    twice = [key for key in uploads if len(ends[key]) > 1]
    total = explain.count(len(uploads), "upload")
    problems = []
    if lost:
        problems.append(f"{len(lost):,} of {total} ended nowhere: {explain.few(lost)}")
    if twice:
        examples = "; ".join(f'"{key}": {explain.join(ends[key][:_FEW])}' for key in twice[:_FEW])
        problems.append(f"{len(twice):,} of {total} ended more than once: {examples}")
    return Looked(sentence, problems, tuple((lost + twice)[:_FEW]))


def _uploads(stage: Stage, bucket: str, prefix: str, suffix: str) -> list[str]:
    """The keys that the scenario's own steps uploaded; the same key twice is one upload to account for."""
    events = stage.kernel.trace.select("act", "uploaded", bucket)
    keys = dict.fromkeys(str(e.detail["key"]) for e in events)
    return [k for k in keys if k.startswith(prefix) and k.endswith(suffix)]


def _ended(stage: Stage, check: AccountedForCheck, ending: Ending, uploads: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of an upload's key and a place where it ended."""
    if ending.object is not None:
        bucket = stage.resource(check, ending.object.bucket, BUCKET).physical_id
        return _as_objects(stage, ending.object, bucket, uploads)
    assert ending.queue is not None
    arn = stage.resource(check, ending.queue.name, QUEUE).arn
    return _in_queue(stage, ending.queue, arn, uploads)


def _as_objects(stage: Stage, wanted: EndsAsObject, bucket: str, uploads: Sequence[str]) -> Iterator[tuple[str, str]]:
    pattern = _key_pattern(wanted.key)
    named = _NAME.search(wanted.key)
    mentions = Mentions({u: _fill(named[0], u) for u in uploads}) if named else None
    for found in list_objects(stage, bucket, _literal_start(wanted.key)):
        key = found["Key"]
        if not pattern(None).fullmatch(key):
            continue
        candidates = mentions.candidates(key) if mentions else uploads
        fitting = [u for u in candidates if pattern(u).fullmatch(key)]
        if fitting and wanted.metadata:
            metadata = stage.client("s3").head_object(Bucket=bucket, Key=key)["Metadata"]
            fitting = [u for u in fitting if _has(metadata, wanted.metadata, u)]
        for upload in fitting:
            yield upload, f'"{key}" in {wanted.bucket}'


def _has(metadata: dict[str, Any], wanted: dict[str, str], upload: str) -> bool:
    return all(metadata.get(name) == _fill(text, upload) for name, text in wanted.items())


def _in_queue(stage: Stage, wanted: EndsInQueue, arn: str, uploads: Sequence[str]) -> Iterator[tuple[str, str]]:
    mentions = Mentions({u: _fill(wanted.mentions, u) for u in uploads})
    for message in stage.peek_queue(arn):
        named = dict.fromkeys(u for text in texts_in(message.body) for u in mentions.in_words(text))
        for upload in named:
            yield upload, f"a message in {wanted.name}"


def _fill(text: str, upload: str) -> str:
    """``text`` with ``{key}``, ``{file}`` and ``{stem}`` replaced."""
    file = upload.rpartition("/")[2]
    values = {"key": upload, "file": file, "stem": file.rpartition(".")[0] or file}
    return _NAME.sub(lambda found: values[found[1]], text)


def _key_pattern(glob: str) -> Any:
    """A function that gives the pattern for one upload's key; for None, one that any upload's key fits."""

    @cache
    def pattern(upload: str | None) -> re.Pattern[str]:
        parts, at = [], 0
        for found in _GLOB.finditer(glob):
            parts.append(re.escape(glob[at : found.start()]))
            if found[0] in _GLOBS:
                parts.append(_GLOBS[found[0]])
            else:
                parts.append(".+" if upload is None else re.escape(_fill(found[0], upload)))
            at = found.end()
        return re.compile("".join([*parts, re.escape(glob[at:])]), re.DOTALL)

    return pattern


def _literal_start(glob: str) -> str:
    """What every key that fits begins with."""
    first = _GLOB.search(glob)
    return glob[: first.start()] if first else glob


def _ways(endings: Sequence[Ending]) -> str:
    ways = []
    for ending in endings:
        if ending.object is not None:
            metadata = "".join(f", {k} {v}" for k, v in ending.object.metadata.items())
            ways.append(f'"{ending.object.key}" in {ending.object.bucket}{metadata}')
        elif ending.queue is not None:
            ways.append(f"a message in {ending.queue.name}")
    return explain.join(ways).replace(" and ", " or ") if len(ways) > 1 else ways[0]
