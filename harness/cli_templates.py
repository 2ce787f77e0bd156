"""This file decides what ``harness check``, ``init`` and ``terraform-state`` print, and with which exit code they end.

It examines nothing and writes no scenario or state itself; that is ``advise``, ``sketch`` and ``world``.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from harness.errors import EXIT_BAD_INPUT, EXIT_EXPECTATION, EXIT_PASSED


def check(template: Path, parameters: Mapping[str, str], *, as_json: bool) -> int:
    """Print what there is to say of a template; the exit code."""
    from harness.advise import words
    from harness.advise.examination import examination

    found = examination(template, parameters)
    if as_json:
        click.echo(json.dumps(words.as_json(found), indent=2, ensure_ascii=False))
    else:
        click.echo(words.as_text(found))
    if found.refusals:
        return EXIT_BAD_INPUT
    return EXIT_EXPECTATION if any(f.severity != "advice" for f in found.findings) else EXIT_PASSED


def init(template: Path, parameters: Mapping[str, str], output: Path | None) -> None:
    """Write a first scenario file; print what is in it and how to run it.

    Raises:
        ScenarioError: the template cannot be used, or the file is there already.
    """
    from harness.sketch.first_scenario import write_first_scenarios

    target, names = write_first_scenarios(template, output, parameters)
    click.echo(f"{target}: {len(names)} scenario{'' if len(names) == 1 else 's'}, all of them green today")
    for name in names:
        click.echo(f"  {name}")
    click.echo(f"\nharness run {shlex.quote(str(target))}")


def terraform_state(plan: Path) -> None:
    """Print the state in which all that the plan would make stands already.

    Raises:
        ScenarioError: the file is no plan of Terraform as JSON.
    """
    from harness.world.terraform.state import state_for

    click.echo(json.dumps(state_for(plan), indent=2))
