"""Every row that code, tests or documents name can be looked up."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"\b(?:S3E|SQS|SNS|LAM|ESM|SFN|CW|IAM|S3|APIG|XR|EVB)-\d\d\b")
PAGE = ROOT / "docs/reference/aws-rows.md"


def test_every_row_that_is_named_is_on_the_page() -> None:
    known = set(re.findall(r"^\| ([A-Z0-9]+-\d\d) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(known) > 50
    folders = ("harness", "lambdas", "tests", "scenarios", "docs")
    files = [
        f
        for name in folders
        for f in (ROOT / name).rglob("*")
        if f.suffix in (".py", ".md", ".yaml", ".json") and f != PAGE
    ]
    unknown = {
        f"{f.relative_to(ROOT)}: {row}"
        for f in files
        for row in ROW.findall(f.read_text(encoding="utf-8"))
        if row not in known
    }
    assert sorted(unknown) == []
