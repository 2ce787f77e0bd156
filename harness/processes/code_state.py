"""This file decides whether a function's code on disk is still what a warm environment has loaded.

A developer edits the folder while the world stands: the next call takes the new code. What is compared is the newest
change in the folder and how many files it has, looked at once a second at most.
"""

from __future__ import annotations

import os
from pathlib import Path

from harness.kernel.scheduler import real_clock
from harness.world.functions import FunctionSpec

_LOOK_S = 1.0
# What code does not lie in, or nobody edits.
_LEFT_OUT = ("__pycache__", "node_modules", "env", "venv")
_MOST_FILES = 2000


class CodeState:
    """Remembers for a second what it has seen."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[float, object]] = {}

    def of(self, spec: FunctionSpec) -> object:
        """Something that is equal as long as nobody has changed the function's folder or its layers'."""
        return tuple(self._folder(folder) for folder in (spec.code_dir, *spec.layers))

    def _folder(self, folder: Path) -> object:
        seen = self._seen.get(folder)
        now = real_clock()
        if seen is None or now - seen[0] > _LOOK_S:
            seen = self._seen[folder] = (now, _state(folder))
        return seen[1]


def _state(folder: Path) -> tuple[int, int]:
    newest = count = 0
    for inside, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and not name.startswith(".")]
        for name in files:
            try:
                newest = max(newest, os.stat(os.path.join(inside, name), follow_symlinks=False).st_mtime_ns)  # noqa: PTH116, PTH118
            except OSError:
                continue
            count += 1
        if count > _MOST_FILES:
            break
    return newest, count
