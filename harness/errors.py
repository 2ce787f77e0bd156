"""Every error a user can meet, sorted by whose move it is next.

* ``ScenarioError``      the author of a scenario or template wrote something that cannot be used
* ``ExpectationFailed``  the pipeline did something else than the scenario says it must
* ``FunctionError``      the code under test misbehaved in a way no expectation covers
* ``Stuck``              nothing can move any more, and somebody still waits
* ``HarnessBug``         ours

The command line turns each into an exit code; see ``exit_code``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

EXIT_PASSED = 0
EXIT_EXPECTATION = 1
EXIT_BAD_INPUT = 2
EXIT_BUG = 3
EXIT_NOTHING_COLLECTED = 5


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file the author wrote.

    ``path`` is shown as given, ``line`` counts from 1, and ``key_path`` is the way down from the
    document's root, for example ``("when", 0, "upload", "bucket")``.
    """

    path: str
    line: int | None = None
    key_path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        if not self.key_path:
            return place
        keys = "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in self.key_path)
        return f"{place}  {keys.lstrip('.')}"


class HarnessError(Exception):
    """Base of every error of ours; never raised itself."""

    exit_code = EXIT_BUG


class ScenarioError(HarnessError):
    """The author's move: a scenario, template, fixture or command line that cannot be used.

    ``problem`` says what was found and what was expected, ``where`` is the author's file and line,
    ``hint`` says what to do about it. ``others`` are those found in the same reading, after this one.
    """

    exit_code = EXIT_BAD_INPUT

    def __init__(
        self,
        problem: str,
        *,
        where: Location | None = None,
        hint: str | None = None,
        others: Sequence[ScenarioError] = (),
    ) -> None:
        self.problem = problem
        self.where = where
        self.hint = hint
        self.others = tuple(others)
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.where}: {self.problem}" if self.where else self.problem
        text = f"{head}\n  {self.hint}" if self.hint else head
        if not self.others:
            return text
        more = "1 more thing is" if len(self.others) == 1 else f"{len(self.others)} more things are"
        template = self.where.path if self.where else "TEMPLATE"
        return f'{text}\n  {more} refused; "harness check {template}" lists all.'


class Refusals:
    """Gathers what is refused in one reading, so that an author hears of all of it and not of the first only."""

    def __init__(self) -> None:
        self.found: list[ScenarioError] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """What is refused inside ends here, and the reading goes on behind it."""
        try:
            yield
        except ScenarioError as error:
            self.found += [error, *error.others]

    def raise_if_any(self) -> None:
        """Raise the first, with the others beside it."""
        if self.found:
            first, *others = self.found
            raise ScenarioError(first.problem, where=first.where, hint=first.hint, others=others)


class ExpectationFailed(HarnessError, AssertionError):
    """The pipeline's move: what the scenario says must be true is not."""

    exit_code = EXIT_EXPECTATION


class LimitReached(ExpectationFailed):
    """A run went past one of the named limits; most often the pipeline feeds itself in a loop."""


class FunctionError(HarnessError):
    """The move of the code under test: it misbehaved in a way the emulated AWS cannot report."""

    exit_code = EXIT_EXPECTATION


class ReplayDiverged(FunctionError):
    """A recorded run could not be followed: something that is not a recorded decision has changed."""


class Stuck(HarnessError):
    """Nothing can run, no timer is set, and a task still waits."""

    exit_code = EXIT_EXPECTATION


class HarnessBug(HarnessError):
    """Ours. The text asks for a report and says how to make the failure happen again."""

    exit_code = EXIT_BUG


def shown_path(path: Path) -> str:
    """A path for the author's eyes: from the current folder, if it is below it."""
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name that ``name`` was most likely meant to be, or None if none is close."""
    candidates = list(valid)
    by_lower = {c.lower(): c for c in candidates}
    found = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, valid: Iterable[str]) -> str:
    """One sentence for a hint: the nearest valid name if one is close, else all of them in order."""
    names = sorted(set(valid))
    close = nearest(name, names)
    if close is not None:
        return f'Did you mean "{close}"?'
    if not names:
        return "There are none."
    return "Valid names: " + ", ".join(names) + "."
