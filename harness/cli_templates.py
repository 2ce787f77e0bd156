"""This file decides what ``harness check`` and ``harness init`` print, and with which exit code they end.

It examines nothing and writes no scenario itself; that is ``advise`` and ``sketch``.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from harness.errors import EXIT_BAD_INPUT, EXIT_EXPECTATION, EXIT_PASSED, ScenarioError


def check(template: Path, parameters: Sequence[str], *, as_json: bool) -> int:
    """Print what there is to say of a template; the exit code.

    Raises:
        ScenarioError: a parameter cannot be read.
    """
    from harness.advise import words
    from harness.advise.examination import examination

    found = examination(template, _values(parameters))
    if as_json:
        click.echo(json.dumps(words.as_json(found), indent=2, ensure_ascii=False))
    else:
        click.echo(words.as_text(found))
    if found.refusals:
        return EXIT_BAD_INPUT
    return EXIT_EXPECTATION if any(f.severity != "advice" for f in found.findings) else EXIT_PASSED


def init(template: Path, parameters: Sequence[str], output: Path | None) -> None:
    """Write a first scenario file; print what is in it and how to run it.

    Raises:
        ScenarioError: a parameter or the template cannot be used, or the file is there already.
    """
    from harness.sketch.first_scenario import write_first_scenarios

    target, names = write_first_scenarios(template, output, _values(parameters))
    click.echo(f"{target}: {len(names)} scenario{'' if len(names) == 1 else 's'}, all of them green today")
    for name in names:
        click.echo(f"  {name}")
    click.echo(f"\nharness run {shlex.quote(str(target))}")


def _values(parameters: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for text in parameters:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ScenarioError(
                f'--parameter "{text}" cannot be read.', hint="Write it as NAME=VALUE, once for each parameter."
            )
        values[name] = value
    return values
