"""This file decides what the statements of policies say about a request: allowed, denied, or nothing.

It does not decide whose statements are asked, nor whom a resource's statement names. The rule is IAM's: a statement
that denies wins, else one must allow (IAM-07, IAM-09).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.guard.conditions import unmet_condition
from harness.guard.wildcards import like, without_variables


class Asked(Protocol):
    """What is asked for."""

    @property
    def action(self) -> str:
        """An action with its prefix."""
        ...

    @property
    def resource(self) -> str:
        """An ARN."""
        ...

    @property
    def context(self) -> Mapping[str, str]:
        """The condition keys; their names are in lower case."""
        ...

    @property
    def wish(self) -> str:
        """What is asked, as a refusal begins: "... may not ..."."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether policies allow a request; ``reason`` says in a sentence why not, and is empty if they do.

    ``denied`` is true if a statement denies it, which no other policy can make good.
    """

    allowed: bool
    reason: str = ""
    denied: bool = False


@dataclass(frozen=True, slots=True)
class _Miss:
    """How far a statement came before something in it did not fit."""

    steps: int = 0
    text: str = field(default="", compare=False)


def judge_statements(
    statements: Iterable[tuple[str, Mapping[str, Any]]],
    asked: Asked,
    *,
    owner: str,
    concerns: Callable[[Mapping[str, Any]], bool] | None = None,
) -> Verdict:
    """What these statements, each with its name, say together.

    ``owner`` is what they belong to, in words; ``concerns`` whether a statement names who asks, None if those who ask
    are not named in such statements.

    Raises:
        ScenarioError: one of them uses something of IAM's language that is not understood here.
    """
    allowed = False
    nearest = _Miss()
    for name, statement in statements:
        miss = _Miss() if concerns and not concerns(statement) else _miss(statement, asked, name, named=bool(concerns))
        if miss is not None:
            if statement.get("Effect") == "Allow":
                nearest = max(nearest, miss, key=lambda m: m.steps)
        elif statement.get("Effect") == "Deny":
            return Verdict(False, f"{asked.wish}: {name} of {owner} denies it", denied=True)
        elif statement.get("Effect") == "Allow":
            allowed = True
    if allowed:
        return Verdict(True)
    but = f"; {nearest.text}" if nearest.text else ""
    return Verdict(False, f"{asked.wish}: no statement of {owner} allows it{but}")


def as_list(value: Any) -> Sequence[Any]:
    """IAM's language lets one of a kind stand without a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _miss(statement: Mapping[str, Any], asked: Asked, name: str, *, named: bool) -> _Miss | None:
    """What does not fit in this statement, or None if it applies."""
    if not _fits(statement, "Action", lambda pattern: like(pattern.lower(), asked.action.lower())):
        return _Miss(1, f"{name} names the service, but another action" if named else "")
    if not _fits(statement, "Resource", lambda pattern: like(without_variables(pattern), asked.resource)):
        return _Miss(2, f"{name} would, but its resource is not {asked.resource}")
    unmet = unmet_condition(statement.get("Condition") or {}, asked.context)
    if unmet is not None:
        return _Miss(3, f"{name} would, but {unmet}")
    return None


def _fits(statement: Mapping[str, Any], element: str, matches: Callable[[str], bool]) -> bool:
    if element in statement:
        return any(matches(str(p)) for p in as_list(statement[element]))
    if f"Not{element}" in statement:
        return not any(matches(str(p)) for p in as_list(statement[f"Not{element}"]))
    return False
