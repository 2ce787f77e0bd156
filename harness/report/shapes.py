"""This file decides what a report needs to know of a run: its shape, not where it came from.

The runner's own classes fit these shapes; a report never imports the runner, so that a run read back from
a file can be reported the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from harness.errors import HarnessError, Location
from harness.kernel.trace import TraceEvent

Outcome = Literal["passed", "failed", "error"]


class ItemShape(Protocol):
    """A step or check as the author wrote it."""

    @property
    def where(self) -> Location:
        """The author's file and line."""


class CheckShape(Protocol):
    """One check that was looked at; see ``harness.expect.outcome.CheckOutcome``."""

    @property
    def check(self) -> ItemShape:
        """The scenario's item."""

    @property
    def held(self) -> bool:
        """Whether it was true."""

    @property
    def sentence(self) -> str:
        """What must be true, in words."""

    @property
    def seen(self) -> str:
        """What was seen instead."""

    @property
    def at_us(self) -> int:
        """When it was looked at, in microseconds since the start of the run."""

    @property
    def related(self) -> tuple[str, ...]:
        """Logical ids and object keys whose events tell the story."""


class DecisionsShape(Protocol):
    """What makes the run happen again."""

    @property
    def seed(self) -> int:
        """0 is the plain run."""


class ScenarioShape(Protocol):
    """What a report says about a scenario."""

    @property
    def name(self) -> str:
        """The author's name for it."""

    @property
    def id(self) -> str:
        """``path::name``."""

    @property
    def where(self) -> Location:
        """The author's file and line."""

    @property
    def overrides(self) -> Mapping[str, str]:
        """The parameters that the command line gave."""


class RunShape(Protocol):
    """One run of one scenario, ended."""

    @property
    def scenario(self) -> ScenarioShape:
        """What was run."""

    @property
    def outcome(self) -> Outcome:
        """How it ended."""

    @property
    def checks(self) -> Sequence[CheckShape]:
        """The checks that were looked at, in the author's order."""

    @property
    def error(self) -> HarnessError | None:
        """What ended the run before its checks were all looked at."""

    @property
    def events(self) -> Sequence[TraceEvent]:
        """The trace."""

    @property
    def notes(self) -> Sequence[str]:
        """What depends on the Python that runs it."""

    @property
    def elapsed_us(self) -> int:
        """Virtual time that passed."""

    @property
    def real_s(self) -> float:
        """Real seconds that passed."""

    @property
    def decisions(self) -> DecisionsShape:
        """What was decided."""

    @property
    def code(self) -> Mapping[str, Path]:
        """The folder of each function's code, by logical id."""
