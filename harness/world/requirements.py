"""This file decides whether what a folder's ``requirements.txt`` asks for is there in this Python.

It installs nothing and compares no versions: the functions of all pipelines share one Python, and a pin that fits
AWS's image seldom fits this one. Only packages that the markers want here are looked for, in the folder itself too.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import shown_path
from harness.world.providers.shapes import Place

if TYPE_CHECKING:
    from packaging.requirements import Requirement

FILE = "requirements.txt"
_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDED = re.compile(r"(?:-r|--requirement)[ =]?\s*(\S+)")
_MOST_FILES = 20


def check_requirements(folder: Path, place: Place) -> None:
    """Make sure that the packages which the folder asks for can be imported.

    Raises:
        ScenarioError: some cannot; it names them and the command that brings them.
    """
    file = folder / FILE
    if not file.is_file():
        return
    path = [str(folder), *sys.path]
    missing = [str(r) for r in _wanted(file, []) if next(iter(distributions(name=r.name, path=path)), None) is None]
    if missing:
        names = ", ".join(dict.fromkeys(missing))
        verb = "is" if len(missing) == 1 else "are"
        raise place.refuse(
            f"{place.of} needs {names} ({shown_path(file)}), which {verb} not installed in this Python.",
            f"To bring it: python -m pip install -r {shlex.quote(shown_path(file))}",
        )


def _wanted(file: Path, seen: list[Path]) -> Iterator[Requirement]:
    """What the file asks for here, files that it includes among it; lines that only pip can read are passed over."""
    from packaging.requirements import InvalidRequirement, Requirement  # most folders ask for nothing

    if file in seen or len(seen) >= _MOST_FILES or not file.is_file():
        return
    seen.append(file)
    text = file.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    for line in text.splitlines():
        line = _COMMENT.sub("", line).strip()
        included = _INCLUDED.match(line)
        if included:
            yield from _wanted((file.parent / included[1]).resolve(), seen)
            continue
        try:
            # pip allows options behind a requirement: --hash=...
            requirement = Requirement(line.partition(" --")[0])
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate():
            yield requirement
