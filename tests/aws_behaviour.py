"""This file decides what proves a row of AWS's behaviour, and how the page about all rows reads.

``python -m tests.aws_behaviour > docs/reference/aws-behaviour.md`` writes the page from
``docs/reference/aws-behaviour.yaml``, where a person says for each row what is the case, and from the tests and
scenarios that name the row. ``test_aws_behaviour.py`` checks that the two agree.

A test names a row in its name (``test_sqs_04_...``) or in a comment inside it or at its ``def``; a scenario in its
comments. Tests of a pipeline's own code (``tests/lambdas``) prove nothing about AWS and are left out.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
DATA = ROOT / "docs/reference/aws-behaviour.yaml"
PAGE = ROOT / "docs/reference/aws-behaviour.md"
SAME, DIFFERS, NOT_MODELLED = "same", "differs", "not modelled"

_PREFIXES = "S3E|SQS|SNS|LAM|ESM|SFN|EVB|APIG|CW"
_IN_TEXT = re.compile(rf"\b(?:{_PREFIXES})-\d\d\b")
_IN_NAME = re.compile(rf"(?<![a-z0-9])({_PREFIXES.lower()})(_\d\d(?!\d)(?:_and_\d\d(?!\d))*)")
_TITLES = {
    "S3E": "S3 event notifications",
    "SQS": "SQS",
    "SNS": "SNS",
    "LAM": "Lambda",
    "ESM": "Lambda event source mappings",
    "SFN": "Step Functions",
    "EVB": "EventBridge",
    "APIG": "API Gateway",
    "CW": "CloudWatch",
}


@dataclass(frozen=True)
class Row:
    """What is said of one row: ``about`` is AWS's behaviour in a few words, ``how`` where it is another here."""

    id: str
    about: str
    status: str
    how: str | None


def rows() -> list[Row]:
    """All rows of the data file, in its order."""
    data: dict[str, dict[str, Any]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return [Row(row, said.pop("about"), said.pop("here"), said.pop("how", None)) for row, said in data.items()]


def proofs() -> dict[str, list[str]]:
    """By row: the tests and scenarios that name it, as pytest writes them, sorted."""
    found: dict[str, list[str]] = {}
    for name, named in [*_tests(), *_scenarios()]:
        for row in sorted(named):
            found.setdefault(row, []).append(name)
    return {row: sorted(names) for row, names in found.items()}


def rows_in_name(name: str) -> set[str]:
    """``test_sns_01_and_19_a_fifo_topic`` names SNS-01 and SNS-19."""
    return {
        f"{prefix.upper()}-{number}"
        for prefix, numbers in _IN_NAME.findall(name)
        for number in re.findall(r"\d\d", numbers)
    }


def _tests() -> Iterator[tuple[str, set[str]]]:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        if file.is_relative_to(ROOT / "tests/lambdas") or file.name == "test_aws_behaviour.py":
            continue
        text = file.read_text(encoding="utf-8")
        lines = text.splitlines()
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                source = "\n".join(lines[first - 1 : node.end_lineno])
                name = f"{file.relative_to(ROOT).as_posix()}::{node.name}"
                yield name, rows_in_name(node.name) | set(_IN_TEXT.findall(source))


def _scenarios() -> Iterator[tuple[str, set[str]]]:
    for file in sorted((ROOT / "scenarios").rglob("*.yaml")):
        for document in re.split(r"^---$", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
            name = re.search(r"^name: (.*)$", document, re.MULTILINE)
            if name:
                comments = "\n".join(re.findall(r"#.*$", document, re.MULTILINE))
                yield f"{file.relative_to(ROOT).as_posix()}::{name[1]}", set(_IN_TEXT.findall(comments))


def page() -> str:
    """The page as Markdown."""
    return "\n".join(_page(rows(), proofs())) + "\n"


def _page(said: list[Row], found: dict[str, list[str]]) -> Iterator[str]:
    counts = {status: sum(row.status == status for row in said) for status in (SAME, DIFFERS, NOT_MODELLED)}
    yield (
        "# What is as in AWS, and what is not\n\n"
        "<!-- Written by `python -m tests.aws_behaviour`; change aws-behaviour.yaml, not this page. -->\n\n"
        f"Of {len(said)} behaviours of AWS that a pipeline can meet, {counts[SAME]} are the same here, "
        f"{counts[DIFFERS]} differ in what is said beside them, and {counts[NOT_MODELLED]} are not modelled: a "
        "pipeline that depends on one of those cannot be tested for it here.\n\n"
        "[scenarios/behaviours](../../scenarios/behaviours) shows many of them in small scenarios to read and to run. "
        "The row's full text and where it is known from is in [AWS rows](aws-rows.md). What is called the same or "
        "different has a test or a scenario that names the row; they are listed below, and a test fails when this page "
        "and they disagree.\n"
    )
    for prefix, title in _TITLES.items():
        here = [row for row in said if row.id.startswith(prefix)]
        yield f"## {title}\n\n| row | AWS | here | proof |\n| --- | --- | --- | --- |"
        for row in here:
            how = f"{row.status}: {_cell(row.how)}" if row.how else row.status
            proof = f"[{len(found[row.id])}](#{row.id.lower()})" if row.id in found else ""
            yield f"| {row.id} | {_cell(row.about)} | {how} | {proof} |"
        yield ""
    yield "## Proof\n"
    for row in said:
        if row.id in found:
            yield f'<a id="{row.id.lower()}"></a>**{row.id}**\n'
            yield "\n".join(f"- `{name}`" for name in found[row.id]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.write(page())
