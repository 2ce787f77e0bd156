"""This file decides how runs read as JUnit XML, for the build servers that show it.

One ``testsuite`` per scenario file, one ``testcase`` per scenario. Times are real seconds, as JUnit means
them; the virtual time and the seed are properties of the case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import TextIO
from xml.etree import ElementTree

from harness.report.failure_text import failure_text, headline
from harness.report.shapes import RunShape
from harness.report.summary import virtual_time

# XML 1.0 cannot carry these, not even escaped; a message body may hold any of them.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(runs: Sequence[RunShape], file: TextIO) -> None:
    """Write all runs, in the order in which they ran."""
    root = ElementTree.Element("testsuites", _totals(runs), name="pipeline-harness")
    by_file: dict[str, list[RunShape]] = {}
    for run in runs:
        by_file.setdefault(run.scenario.where.path, []).append(run)
    for path, of_file in by_file.items():
        suite = ElementTree.SubElement(root, "testsuite", _totals(of_file), name=_clean(path))
        for run in of_file:
            _add_case(suite, run)
    ElementTree.indent(root)
    file.write('<?xml version="1.0" encoding="utf-8"?>\n')
    file.write(ElementTree.tostring(root, encoding="unicode") + "\n")


def _totals(runs: Sequence[RunShape]) -> dict[str, str]:
    return {
        "tests": str(len(runs)),
        "failures": str(sum(r.outcome == "failed" for r in runs)),
        "errors": str(sum(r.outcome == "error" for r in runs)),
        "skipped": "0",
        "time": f"{sum(r.real_s for r in runs):.3f}",
    }


def _add_case(suite: ElementTree.Element, run: RunShape) -> None:
    where = run.scenario.where
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=_clean(run.scenario.name),
        classname=_clean(".".join(PurePath(where.path).with_suffix("").parts)),
        file=_clean(where.path),
        line=str(where.line or 1),
        time=f"{run.real_s:.3f}",
    )
    properties = ElementTree.SubElement(case, "properties")
    values = {"seed": str(run.decisions.seed), "virtual_time": virtual_time(run.elapsed_us)}
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=value)
    if run.outcome == "passed":
        return
    tag = "failure" if run.outcome == "failed" else "error"
    text = failure_text(run)
    element = ElementTree.SubElement(case, tag, message=_clean(headline(run)), type=_kind(run))
    element.text = _clean(text)


def _kind(run: RunShape) -> str:
    return type(run.error).__name__ if run.error is not None else "ExpectationFailed"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
