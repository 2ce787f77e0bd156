"""This file decides what can be typed: ``harness run``, ``list``, ``check``, ``init``, ``up`` and the others.

It does not run scenarios (``cli_run.py``) nor word results (``report``). Whatever happens ends in one of the exit
codes of ``harness/errors.py``; a traceback of ours is shown for a fault of ours only, and only with ``-v``.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness import versions
from harness.cli_parameters import OPTION, TakesOverrides, checked, overridden, read_overrides
from harness.errors import EXIT_BUG, EXIT_NOTHING_COLLECTED, HarnessError
from harness.vendor import collector

if TYPE_CHECKING:
    from harness.cli_outputs import Outputs
    from harness.report.shapes import RunShape
    from harness.scenario.model import Scenario

EXIT_INTERRUPTED = 130

_PATHS = click.argument("paths", nargs=-1, metavar="[PATH...]")
_KEYWORDS = click.option("-k", "expression", metavar="EXPR", help="Only those that fit: words, and, or, not.")

_TEMPLATE = click.argument("template", type=click.Path(path_type=Path), metavar="TEMPLATE")
_OVERRIDES = click.option(
    OPTION, "overrides", multiple=True, metavar="KEY=VALUE...", help="Values for the templates' parameters."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(versions.of(), prog_name="harness")
def main() -> None:
    """Rehearse an event-driven AWS pipeline in one process, on virtual time.

    Exit codes: 0 all passed, 1 an expectation failed, 2 a bad scenario, template or option, 3 a fault of the
    harness, 5 nothing to run.
    """
    collector.end_without()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show an author's letters shows their codes; it is no reason to stop.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@main.command("run", cls=TakesOverrides)
@_PATHS
@_KEYWORDS
@click.option(
    "--seed", type=click.IntRange(min=0), help="0 is the plain run; any other draws what could go either way."
)
@_OVERRIDES
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write JUnit XML.")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write JSON."
)
@click.option(
    "--trace",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write one trace per scenario, as JSON lines.",
)
@click.option("--twice", is_flag=True, help="Run each again in another process; fail if its trace is not the same.")
@click.option("-x", "stop_early", is_flag=True, help="Stop at the first that does not pass.")
@click.option("-v", "--verbose", is_flag=True, help="Show every check, and where a fault of the harness happened.")
def run_command(
    paths: tuple[str, ...],
    expression: str | None,
    seed: int | None,
    overrides: tuple[str, ...],
    junit: Path | None,
    json_file: Path | None,
    trace: Path | None,
    twice: bool,
    stop_early: bool,
    verbose: bool,
) -> None:
    """Run scenarios: files, folders, or PATH::NAME for one; scenarios/ if none is given."""
    with _exit_codes(verbose=verbose):
        from harness.cli_outputs import Outputs

        scenarios = overridden(_select(paths, expression), read_overrides(overrides))
        outputs = Outputs(junit, json_file, trace)
        if not scenarios:
            outputs.finish([])
            raise SystemExit(_nothing(paths, expression))
        raise SystemExit(_run_all(scenarios, seed, outputs, twice=twice, stop_early=stop_early, verbose=verbose))


@main.command("list")
@_PATHS
@_KEYWORDS
def list_command(paths: tuple[str, ...], expression: str | None) -> None:
    """List scenarios, as PATH::NAME."""
    with _exit_codes():
        scenarios = _select(paths, expression)
        for scenario in scenarios:
            click.echo(scenario.id)
        if not scenarios:
            raise SystemExit(_nothing(paths, expression))


@main.command("check", cls=TakesOverrides)
@_TEMPLATE
@_OVERRIDES
@click.option("--json", "as_json", is_flag=True, help="Print it for programs.")
def check_command(template: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Say what a template would do here and in AWS, without running it.

    What would be emulated, all that is refused and why, and what AWS accepts and then fails or surprises. Exit codes: 0
    nothing but advice, 1 something fails or surprises, 2 something is refused.
    """
    with _exit_codes():
        from harness.cli_templates import check

        raise SystemExit(check(template, read_overrides(overrides), as_json=as_json))


@main.command("init", cls=TakesOverrides)
@_TEMPLATE
@_OVERRIDES
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to; scenarios/<folder of the template>/first.yaml unless given. A file that is there stays as it is.",
)
def init_command(template: Path, overrides: tuple[str, ...], output: Path | None) -> None:
    """Write a first scenario file for a template: one scenario for each way in, with checks that hold today."""
    with _exit_codes():
        from harness.cli_templates import init

        init(template, read_overrides(overrides), output)


@main.command("terraform-state")
@click.argument("plan", type=click.Path(path_type=Path), metavar="PLAN")
def terraform_state_command(plan: Path) -> None:
    """Print a state for Terraform in which all that a plan would make stands already.

    With it the next plan knows what the first one could not: terraform plan -refresh=false -state=FILE. PLAN is what
    terraform show -json printed.
    """
    with _exit_codes():
        from harness.cli_templates import terraform_state

        terraform_state(plan)


@main.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of scenario files."""
    import json

    from harness.scenario.schema import scenario_schema

    click.echo(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))


@main.command("up", cls=TakesOverrides)
@click.argument("templates", nargs=-1, type=click.Path(path_type=Path), metavar="[TEMPLATE...]")
@_OVERRIDES
@click.option("--port", type=click.IntRange(0, 65535), default=4566, show_default=True, help="0 is any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Which address of this machine to listen on.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True, max=1_000_000),
    default=1.0,
    show_default=True,
    help="Virtual seconds to the real one.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, help="0 is the plain world; any other draws what may vary."
)
@click.option(
    "--allow-origin", "origins", multiple=True, metavar="URL", help="Whose pages a browser may call this for."
)
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="Another name that is this machine's.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep what stands in this folder, and go on with what it holds.",
)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many processes of functions run at once; further calls wait. Four for each processor if not given.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say what stands and where, then nothing of what happens.")
def up_command(
    templates: tuple[Path, ...],
    overrides: tuple[str, ...],
    port: int,
    host: str,
    speed: float,
    seed: int,
    origins: tuple[str, ...],
    hosts: tuple[str, ...],
    state: Path | None,
    processes: int | None,
    quiet: bool,
) -> None:
    """Serve templates, or an empty account, to any client of AWS's, in real time; Ctrl-C ends it."""
    with _exit_codes():
        from harness.serve.up import Wanted, up

        parameters = checked(read_overrides(overrides), templates)
        # Not whatever stands there while a function runs.
        say = functools.partial(click.echo, file=sys.stdout)
        wanted = Wanted(templates, host, port, speed, seed, parameters, quiet, hosts, origins, processes, state)
        up(wanted, say)


@main.command("env")
@click.option("--port", type=click.IntRange(1, 65535), default=4566, show_default=True, help="Of the server.")
@click.option(
    "--shell",
    type=click.Choice(["sh", "fish", "powershell"]),
    help="In which shell's words; those of the one that runs this, unless given.",
)
def env_command(port: int, shell: str | None) -> None:
    """Print the lines that lead AWS's clients to ``harness up``: eval "$(harness env)"."""
    with _exit_codes():
        from harness.serve.words import exports

        click.echo(exports(f"http://localhost:{port}", shell or _shell()))


def _shell() -> str:
    if os.environ.get("SHELL", "").endswith("fish"):
        return "fish"
    return "powershell" if sys.platform == "win32" and "SHELL" not in os.environ else "sh"


@contextlib.contextmanager
def _exit_codes(*, verbose: bool = False) -> Iterator[None]:
    try:
        yield
    except HarnessError as error:
        click.echo(str(error), err=True)
        if verbose and error.exit_code == EXIT_BUG:
            traceback.print_exc()
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        raise SystemExit(EXIT_INTERRUPTED) from None
    except (click.exceptions.Exit, click.ClickException, BrokenPipeError):
        raise
    except Exception as error:
        from harness.report.failure_text import bug_text

        click.echo(bug_text(error), err=True)
        if verbose:
            traceback.print_exc()
        raise SystemExit(EXIT_BUG) from None


def _select(paths: tuple[str, ...], expression: str | None) -> list[Scenario]:
    with collector.at_rest():
        from harness.cli_keywords import matches
        from harness.scenario.load import collect

    scenarios = collect(paths)
    if expression is None:
        return scenarios
    return [s for s in scenarios if matches(expression, [s.id, *s.tags])]


def _nothing(paths: tuple[str, ...], expression: str | None) -> int:
    where = ", ".join(paths) or "scenarios"
    which = f' that fits -k "{expression}"' if expression is not None else ""
    click.echo(f"There is no scenario in {where}{which}.", err=True)
    return EXIT_NOTHING_COLLECTED


def _run_all(
    scenarios: list[Scenario], seed: int | None, outputs: Outputs, *, twice: bool, stop_early: bool, verbose: bool
) -> int:
    from harness.cli_run import attempt, exit_code, same_elsewhere
    from harness.kernel.scheduler import real_clock
    from harness.report.progress import watcher
    from harness.report.summary import summary_line

    watch = watcher(sys.stdout, len(scenarios), real_clock, verbose=verbose)
    runs: list[RunShape] = []
    began_s = real_clock()
    interrupted = False
    try:
        for scenario in scenarios:
            watch.started(scenario)
            run = attempt(scenario, seed, watch.event)
            if twice and run.outcome == "passed":
                run = same_elsewhere(run)
            runs.append(run)
            outputs.add(run)
            watch.ended(run)
            if stop_early and run.outcome != "passed":
                break
    except KeyboardInterrupt:
        interrupted = True
    finally:
        watch.close()
        outputs.finish(runs)
    _print_failures(runs, verbose=verbose)
    click.echo(("Interrupted. " if interrupted else "") + summary_line(runs, real_clock() - began_s))
    return EXIT_INTERRUPTED if interrupted else exit_code(runs)


def _print_failures(runs: list[RunShape], *, verbose: bool) -> None:
    from harness.report.failure_text import failure_text

    for run in runs:
        if run.outcome == "passed":
            continue
        click.echo()
        first, _, rest = failure_text(run).partition("\n")
        click.secho(first, fg="red", bold=True)
        if rest:
            click.echo(rest)
        if verbose and run.error is not None and run.error.exit_code == EXIT_BUG:
            click.echo("".join(traceback.format_exception(run.error.__cause__ or run.error)))
    if any(run.outcome != "passed" for run in runs):
        click.echo()
