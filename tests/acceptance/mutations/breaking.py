"""What a mutation is: one thing broken, in a copy of the pipeline or in the harness itself.

The pipeline's files are never touched; ``Pipeline`` is a copy of them, and ``pytest.MonkeyPatch`` puts the harness
together again after each test.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.scenario.load import load_file
from harness.scenario.model import Scenario

ROOT = Path(__file__).parents[3]
WORKFLOW = "statemachine/process_csv.asl.json"

Break = Callable[[Path, pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutation:
    """``what`` is broken by ``how``; the check whose sentence contains ``fails`` must fail.

    ``repetitions`` makes a burst of that many instead of a thousand.
    """

    what: str
    how: Break
    fails: str
    repetitions: int | None = None


def copy_of_the_pipeline(folder: Path, name: str = "csv_report") -> Path:
    """A copy of ``lambdas/<name>`` in ``folder``, to be broken."""
    copied = folder / "lambdas" / name
    shutil.copytree(ROOT / "lambdas" / name, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


def with_fewer_repetitions(scenario: Scenario, folder: Path, repetitions: int) -> Scenario:
    """The scenario with another number wherever it says 1000, in a copy of its file beside the copied pipeline."""
    shutil.copytree(ROOT / "fixtures" / "csv_report", folder / "fixtures" / "csv_report")
    original = Path(scenario.where.path)
    copied = folder / "scenarios" / original.name
    copied.parent.mkdir()
    text = original.read_text(encoding="utf-8")
    copied.write_text(text.replace("1000", str(repetitions)), encoding="utf-8")
    wanted = scenario.name.replace("1000", str(repetitions))
    return next(one for one in load_file(copied) if one.name == wanted)


def code(file: str, old: str, new: str) -> Break:
    """Replace a text of one of the pipeline's files; it must be there exactly once."""

    def break_it(pipeline: Path, _: pytest.MonkeyPatch) -> None:
        path = pipeline / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (
            f"{file} has {text.count(old)} times {old!r}; a mutation replaces a text that is there once"
        )
        path.write_text(text.replace(old, new), encoding="utf-8")

    return break_it


def workflow(change: Callable[[dict[str, Any]], object]) -> Break:
    """Change the workflow's states."""

    def break_it(pipeline: Path, _: pytest.MonkeyPatch) -> None:
        path = pipeline / WORKFLOW
        before = path.read_text(encoding="utf-8")
        definition = json.loads(before)
        change(definition["States"])
        assert definition != json.loads(before), "the mutation changed nothing"
        path.write_text(json.dumps(definition), encoding="utf-8")

    return break_it


def engine(change: Callable[[pytest.MonkeyPatch], None]) -> Break:
    """Break the harness; the functions of ``engines.py`` are made for this."""
    return lambda _, patch: change(patch)
