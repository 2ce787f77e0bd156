"""This file decides where ``--trace`` puts the traces: one file per scenario, with a name any disk can bear."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from harness.kernel.trace import write_trace
from harness.report.shapes import RunShape

_LONGEST_NAME = 100
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class TraceFolder:
    """Writes traces into one folder; the same scenarios get the same names each time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()

    def write(self, run: RunShape) -> Path:
        """Write the run's trace and return where."""
        path = self._folder / self._name(run)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            write_trace(run.events, file)
        return path

    def _name(self, run: RunShape) -> str:
        parts = PurePath(run.scenario.where.path).with_suffix("").parts[-2:]
        base = "--".join(slug for part in (*parts, run.scenario.name) if (slug := _slug(part)))[:_LONGEST_NAME]
        name, number = base, 1
        # Disks that ignore case would put "A" and "a" into one file.
        while name.lower() in self._taken:
            number += 1
            name = f"{base}-{number}"
        self._taken.add(name.lower())
        return f"{name}.jsonl"


def _slug(text: str) -> str:
    return _UNSAFE.sub("-", text).strip("-.") or "scenario"
