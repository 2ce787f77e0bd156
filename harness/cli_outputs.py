"""This file decides how the files a user asked for are opened: before anything runs, so that a typo costs nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from harness.errors import ScenarioError
from harness.report.shapes import RunShape
from harness.report.trace_files import TraceFolder


class Outputs:
    """The files a run leaves behind.

    Raises:
        ScenarioError: one of them cannot be written.
    """

    def __init__(self, junit: Path | None, json: Path | None, trace: Path | None) -> None:
        self._junit = _open("--junit", junit)
        self._json = _open("--json", json)
        self._traces = _folder("--trace", trace)

    def add(self, run: RunShape) -> None:
        """Write what is written run by run."""
        if self._traces is not None:
            self._traces.write(run)

    def finish(self, runs: Sequence[RunShape]) -> None:
        """Write what is written once, and close everything."""
        if self._junit is not None:
            from harness.report.junit import write_junit

            with self._junit:
                write_junit(runs, self._junit)
        if self._json is not None:
            from harness.report.json_report import write_json

            with self._json:
                write_json(runs, self._json)


def _open(option: str, path: Path | None) -> TextIO | None:
    if path is None:
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise _cannot_write(option, path, error.strerror or str(error)) from None


def _folder(option: str, path: Path | None) -> TraceFolder | None:
    if path is None:
        return None
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(option, path, error.strerror or str(error)) from None
    if not os.access(path, os.W_OK):
        raise _cannot_write(option, path, "no permission")
    return TraceFolder(path)


def _cannot_write(option: str, path: Path, reason: str) -> ScenarioError:
    return ScenarioError(f'{option} "{path}" cannot be written: {reason}.', hint="Nothing was run.")
