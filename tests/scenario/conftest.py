"""A small project on disk, and scenario files in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest

from harness.errors import ScenarioError
from harness.scenario.load import load_file
from harness.scenario.model import Scenario

FILE = "scenarios/shop/s.yaml"


class Project:
    """A pipeline, a fixture, and the scenario file that a test writes; the current folder is its root."""

    def __init__(self) -> None:
        for folder in ("lambdas/shop", "fixtures/shop", "scenarios/shop"):
            Path(folder).mkdir(parents=True)
        Path("lambdas/shop/template.yaml").write_text("Resources: {}\n")
        Path("fixtures/shop/orders.csv").write_text("a,b\n")
        Path("scenarios/shop/checks.py").write_text("def total(): ...\n")

    def load(self, text: str) -> list[Scenario]:
        """What a file with this text holds."""
        Path(FILE).write_text(dedent(text), encoding="utf-8")
        return load_file(FILE)

    def one(self, *, when: str = "", then: str = "- queue: {name: Q, messages: 0}", more: str = "") -> Scenario:
        """A scenario with these items; those of ``when``, or else of ``then``, begin in line 4 of the file."""
        text = "pipeline: lambdas/shop\nname: one\n"
        for key, items in (("when", when), ("then", then)):
            text += f"{key}:\n{indent(dedent(items).strip(), '  ')}\n" if items else ""
        (scenario,) = self.load(text + dedent(more))
        return scenario

    def refusal(self, load: Callable[[], object]) -> str:
        """The error's text, without the file's path in front of line numbers."""
        with pytest.raises(ScenarioError) as caught:
            load()
        return re.sub(rf"{re.escape(FILE)}:(?=\d)", "", str(caught.value))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project()
