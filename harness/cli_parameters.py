"""This file decides what ``--parameter-overrides`` takes, and which scenarios' templates get the values.

It takes what ``aws cloudformation deploy`` and ``sam deploy`` take. Rule: a value goes to every template that has the
parameter, before the scenario's own; a name that no template has is refused: AWS's tools would drop it in silence.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import ScenarioError, did_you_mean

if TYPE_CHECKING:
    from harness.scenario.model import Scenario

OPTION = "--parameter-overrides"
_LONG = re.compile(r"ParameterKey=(?P<key>[A-Za-z0-9]+),ParameterValue=(?P<value>.*)", re.DOTALL)
_SHORT = re.compile(r"(?P<key>[A-Za-z0-9]+)=(?P<value>.*)", re.DOTALL)
_HINT = f"Write {OPTION} Stage=prod Size=3, or ParameterKey=Stage,ParameterValue=prod."


class TakesOverrides(click.Command):
    """A command whose option takes all the ``Key=Value`` that follow it, as AWS's tools have it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write the option before each of its values, which is how click knows them."""
        return super().parse_args(ctx, one_each(args))


def one_each(arguments: Iterable[str]) -> list[str]:
    """The arguments with the option before each of its values."""
    written: list[str] = []
    taking = False
    for argument in arguments:
        if taking and _SHORT.fullmatch(argument):
            written += [OPTION, argument] if written[-1] != OPTION else [argument]
            continue
        taking = argument == OPTION
        written.append(argument)
    return written


def read_overrides(texts: Iterable[str]) -> dict[str, str]:
    """The values by the names of their parameters.

    Raises:
        ScenarioError: one is not a name and a value.
    """
    found: dict[str, str] = {}
    for text in texts:
        for piece in _pieces(text):
            match = _LONG.fullmatch(piece) or _SHORT.fullmatch(piece)
            if match is None:
                raise ScenarioError(f'{OPTION} cannot read "{piece}".', hint=_HINT)
            found[match["key"]] = match["value"]
    return found


def _pieces(text: str) -> list[str]:
    """Several in one argument, as sam takes them; a value with spaces in it is one."""
    try:
        pieces = shlex.split(text)
    except ValueError:
        pieces = [text]
    return pieces if all(_SHORT.fullmatch(piece) for piece in pieces) else [text]


def overridden(
    scenarios: Sequence[Scenario], overrides: Mapping[str, str], standing: Mapping[str, str] | None = None
) -> list[Scenario]:
    """The scenarios with these values for the parameters that their templates have.

    ``standing`` are values from a configuration, for what ``overrides`` does not name.

    Raises:
        ScenarioError: no template has one of the parameters in ``overrides``.
    """
    if not overrides and not standing:
        return list(scenarios)
    known: dict[str, None] = {}
    found = []
    for scenario in scenarios:
        names = _parameters(scenario)
        known |= dict.fromkeys(names)
        mine = {name: value for name, value in {**(standing or {}), **overrides}.items() if name in names}
        found.append(scenario.with_overrides(mine) if mine else scenario)
    _refuse_unknown(overrides, known)
    return found


def checked(overrides: dict[str, str], templates: Iterable[Path]) -> dict[str, str]:
    """The same, if each is for a parameter of one of these templates.

    Raises:
        ScenarioError: one is not, or a template cannot be read.
    """
    from harness.world.template import load_template  # late: the command line must not wait for it

    if overrides:
        _refuse_unknown(overrides, [n for path in templates for n in load_template(path).section("Parameters")])
    return overrides


def _refuse_unknown(overrides: Iterable[str], known: Collection[str]) -> None:
    for name in overrides:
        if name not in known:
            raise ScenarioError(
                f'{OPTION} gives a value for "{name}", a parameter that none of the templates has.',
                hint=did_you_mean(name, known),
            )


def _parameters(scenario: Scenario) -> Iterable[str]:
    from harness.world.template import load_template  # late: the command line must not wait for it

    try:
        parameters: Any = load_template(scenario.pipeline).section("Parameters")
    except ScenarioError:
        return ()  # its run says what is wrong with it
    return list(parameters)
