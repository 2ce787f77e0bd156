"""This file decides how a failure reads: a story with virtual times that ends with a line to paste.

It does not decide whether something failed, nor which events are worth telling (``story.py``). The order
is fixed: the traceback of the code under test if there is one, what must be true and what is there instead, how it
came to that, and how to make it happen again.
"""

from __future__ import annotations

import shlex
import traceback
from collections.abc import Iterable
from pathlib import Path

import harness
from harness.errors import ExpectationFailed, FunctionError, HarnessBug, HarnessError, ScenarioError, Stuck
from harness.report.own_errors import own_errors
from harness.report.shapes import CheckShape, RunShape
from harness.report.story import story

CLI_COMMAND = "harness run"
PYTEST_COMMAND = "pytest"

_OURS = Path(harness.__file__).parent


def failure_text(run: RunShape, *, command: str = CLI_COMMAND, seed_option: str = "--seed") -> str:
    """The whole text of a run that did not pass; empty for one that did.

    ``command`` is what the line to paste begins with, ``seed_option`` the name under which it takes a seed.
    """
    if run.outcome == "passed":
        return ""
    if isinstance(run.error, ScenarioError):
        # Nothing ran that could be told or replayed; the text says what to change.
        return str(run.error)
    failed = [c for c in run.checks if not c.held]
    related = [name for check in failed for name in check.related]
    lines: list[str] = []
    if run.error is None or isinstance(run.error, ExpectationFailed | Stuck):
        lines += own_errors(run.events, related, run.code)
    if run.error is not None:
        lines += _error_lines(run, run.error)
    for check in failed:
        lines += _check_lines(check)
    lines += _story_lines(run, related)
    lines += _held_lines(run, failed)
    replay = replay_command(run, command=command, seed_option=seed_option)
    lines.append(f"seed {run.decisions.seed}   replay: {replay}")
    return "\n".join(lines)


def headline(run: RunShape) -> str:
    """What did not hold, in one line, for lists of failures that have room for no more."""
    first = next((c for c in run.checks if not c.held), None)
    text = f"{first.sentence}: {first.seen}" if first and run.error is None else failure_text(run)
    return text.partition("\n")[0]


def replay_command(run: RunShape, *, command: str = CLI_COMMAND, seed_option: str = "--seed") -> str:
    """What to type to make this very run happen again."""
    overrides = "".join(f" {quoted(f'{name}={shlex.quote(value)}')}" for name, value in run.scenario.overrides.items())
    given = f" --parameter-overrides{overrides}" if overrides else ""
    return f"{command} {quoted(run.scenario.id)} {seed_option} {run.decisions.seed}{given}"


def quoted(text: str) -> str:
    """``text`` as one word of a shell's command line."""
    escaped = "".join(f"\\{c}" if c in '\\"$`' else c for c in text)
    return f'"{escaped}"'


def author_traceback(error: BaseException) -> list[str]:
    """The traceback of the code under test, without the harness's own frames; empty if none is its own."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not _is_ours(f.filename)]
    if not frames:
        return []
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames)]
    lines += traceback.format_exception_only(error)
    return "".join(lines).rstrip("\n").splitlines()


def _is_ours(filename: str) -> bool:
    # Compiled and frozen code has names such as "<frozen runpy>": nobody's file to look at.
    return filename.startswith("<") or _OURS in Path(filename).parents


def _error_lines(run: RunShape, error: HarnessError) -> list[str]:
    where = run.scenario.where
    notes = [f"  {note}" for note in getattr(error, "__notes__", ())]
    if isinstance(error, FunctionError):
        # The author's traceback comes before any word of ours; the error's own text may begin with it.
        lines = author_traceback(error.__cause__) if error.__cause__ is not None else []
        return [*lines, *str(error).splitlines(), *notes, f"{where}  {run.scenario.name}"]
    text = bug_text(error) if isinstance(error, HarnessBug) else str(error)
    head = "" if text.startswith(where.path) else f"{where}  {run.scenario.name}\n"
    return _indented_after_first((head + text).splitlines()) + notes


def bug_text(error: BaseException) -> str:
    """What to say of a fault that is ours."""
    said = str(error) if isinstance(error, HarnessBug) else f"{type(error).__name__}: {error}"
    return (
        f"{said}\n"
        "This is a fault of the harness, not of your scenario or pipeline. Please report it with this text "
        "and your scenario; -v shows where it happened."
    )


def _check_lines(check: CheckShape) -> list[str]:
    where = check.check.where
    place = where.path if where.line is None else f"{where.path}:{where.line}"
    lines = [f"{place}  then: {check.sentence}"]
    because = getattr(check.check, "because", None)
    if because:
        lines.append(f"  because {because}")
    return lines + [f"  {line}" for line in check.seen.splitlines()]


def _story_lines(run: RunShape, related: Iterable[str]) -> list[str]:
    told = story(run.events, tuple(related))
    return ["  seen on the way:", *(f"    {line}" for line in told)] if told else []


def _held_lines(run: RunShape, failed: list[CheckShape]) -> list[str]:
    held = len(run.checks) - len(failed)
    if not failed or not held:
        return []
    return [f"  {held} other check{'s' if held > 1 else ''} held"]


def _indented_after_first(lines: list[str]) -> list[str]:
    return [line if i == 0 or line.startswith("  ") else f"  {line}" for i, line in enumerate(lines)]
