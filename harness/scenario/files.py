"""This file decides which file on disk a name in a scenario means.

The pipeline: beside the scenario file first, then from the project's root (the nearest parent folder that
holds ``lambdas`` or a ``pyproject.toml``). A fixture: in ``fixtures/<pipeline name>/`` first, then beside
the scenario file. Python: beside the scenario file. It opens none of them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from harness.errors import nearest

_MOST_NAMES = 1000


@dataclass(frozen=True, slots=True)
class Files:
    """Finds the files one scenario names; given to the models as validation context."""

    scenario: Path
    pipeline_name: str | None = None

    @property
    def folder(self) -> Path:
        """The folder of the scenario file."""
        return self.scenario.parent

    @property
    def root(self) -> Path:
        """The project's root; the scenario's own folder if there is no sign of one."""
        here = self.folder.absolute()
        for folder in (here, *here.parents):
            if (folder / "lambdas").is_dir() or (folder / "pyproject.toml").is_file():
                # Messages show paths as the author typed them: from the current folder.
                return folder if self.folder.is_absolute() else Path(os.path.relpath(folder))
        return self.folder

    def pipeline(self, name: str) -> Path:
        """The template file or the pipeline's folder."""
        return _first("pipeline", name, [self.folder, self.root])

    def fixture(self, name: str) -> Path:
        """A file to upload."""
        folders = [self.folder]
        if self.pipeline_name is not None:
            path = Path(self.pipeline_name)
            named = path.parent.name if path.suffix else path.name
            folders.insert(0, self.root / "fixtures" / named)
        return _first("fixture", name, folders)

    def python(self, name: str) -> Path:
        """A file with steps or checks written in Python."""
        return _first("Python file", name, [self.folder])


def _first(kind: str, name: str, folders: list[Path]) -> Path:
    for folder in folders:
        try:
            found = (folder / name).exists()
        except (OSError, ValueError):  # a name that no file can have: too long, or with a NUL in it
            found = False
        if found and (kind == "pipeline" or (folder / name).is_file()):
            return folder / name
    tried = [str(folder / name) for folder in dict.fromkeys(folders)]
    raise PydanticCustomError(
        "no_file",
        "no file",
        {"kind": kind, "name": name, "tried": tried, "nearest": _nearest_file(name, folders)},
    )


def _nearest_file(name: str, folders: list[Path]) -> str | None:
    names: list[str] = []
    for folder in folders:
        try:
            inside = sorted(p.name for p in (folder / name).parent.iterdir())[:_MOST_NAMES]
        except (OSError, ValueError):
            continue
        names += [str(Path(name).parent / one) for one in inside]
    return nearest(name, names)


def _resolve(method: str) -> BeforeValidator:
    def resolve(value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, Path):
            return value
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "no text")
        if not value:
            raise PydanticCustomError("text_empty", "empty")
        return getattr(info.context, method)(value) if isinstance(info.context, Files) else Path(value)

    return BeforeValidator(resolve)


PipelinePath = Annotated[Path, _resolve("pipeline"), WithJsonSchema({"type": "string", "minLength": 1})]
FixturePath = Annotated[Path, _resolve("fixture"), WithJsonSchema({"type": "string", "minLength": 1})]
