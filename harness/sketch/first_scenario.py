"""This file decides how a first scenario file comes about: each way in is tried once and what was seen is written
down.

It does not know the ways in (``entry_points``) nor what is looked at (``observed``). Rule: what is written has been run
and has passed, and no file is ever written over.
"""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from harness.act.stage import Stage
from harness.advise.examination import examination
from harness.advise.findings import Scene
from harness.errors import HarnessBug, Location, ScenarioError, shown_path
from harness.run import run
from harness.scenario.files import Files
from harness.scenario.load import load_file
from harness.scenario.model import Scenario
from harness.sketch.bucket_entries import told_by_buckets
from harness.sketch.configured_buckets import configured_rules
from harness.sketch.entry_points import EntryPoint, entry_points
from harness.sketch.observed import complaints, observed
from harness.sketch.placeholders import placeholders
from harness.sketch.sign_ins import signed_in
from harness.world.assumed import Assumed
from harness.world.template import load_template

T = TypeVar("T")
Steps = tuple[Mapping[str, Any], ...]
Stubs = tuple[Mapping[str, Any], ...]
_MOST_STUBS = 20
_PLACEHOLDERS = "# Asked of the world outside; put what it answers in place of these.\n"
_ALWAYS = [{"elapsed": {"at_least": "0s"}}]


def write_first_scenarios(template: Path, output: Path | None, parameters: Mapping[str, str]) -> tuple[Path, list[str]]:
    """Write a scenario for each way into the template's pipeline; the file, and the names of what is in it.

    Raises:
        ScenarioError: the template is refused, nothing can enter it, or the file is there already.
        FunctionError: a function's code cannot be loaded.
    """
    path = load_template(template).path
    target = output if output is not None else Path("scenarios", path.absolute().parent.name, "first.yaml")
    if target.suffix not in (".yaml", ".yml"):
        raise ScenarioError(f'"{target}" is no name for a scenario file.', hint="Those end in .yaml or .yml.")
    if target.exists():
        raise ScenarioError(f'"{target}" is there already; it stays as it is.', hint="Name another file with -o.")
    assumed = examination(path, parameters).assumed
    said = {"parameters": {**assumed.parameters, **parameters}, "account": assumed.account}
    draft = _Draft(target, path, {key: value for key, value in said.items() if value})
    with _made_up_is_named(assumed):
        entries, _ = draft.after((), lambda stage: _entries(stage, path))
    if not entries:
        raise ScenarioError(
            "No way into this template was found: it has no function, and no state machine that something from outside "
            "starts.",
            where=Location(str(path)),
            hint="Write a scenario by hand; docs/tutorial/first-scenario.md shows how.",
        )
    head = _HEAD.format(template=shown_path(path)) + (_MADE_UP if assumed.account or assumed.parameters else "")
    text = head + "---\n".join(draft.document(entry) for entry in entries)
    _write(target, text)
    return target, [entry.name for entry in entries]


def _entries(stage: Stage, path: Path) -> list[EntryPoint]:
    """The ways in, each under a name of its own; as somebody who is signed in where that is asked for."""
    scene = Scene(stage.stack, lambda below: Location(str(path)))
    told = [EntryPoint(name, steps) for name, steps in told_by_buckets(scene, configured_rules(stage, scene))]
    named = {entry.name: entry for entry in (*told, *entry_points(scene))}
    return [replace(entry, steps=signed_in(stage, entry.steps)) for entry in named.values()]


_HEAD = """\
# Written by harness init for {template}:
# one scenario for each way in, with checks that hold today.
# Put real payloads in place of the examples, and check what must be true of your results.
"""


@contextmanager
def _made_up_is_named(assumed: Assumed) -> Iterator[None]:
    """A refusal may be due to a value that nobody gave: say what was made up."""
    try:
        yield
    except ScenarioError as error:
        made_up = {**assumed.parameters, **assumed.ssm, **assumed.secrets, **assumed.exports}
        if not made_up:
            raise
        said = ", ".join(f"{name} = {json.dumps(value)}" for name, value in made_up.items())
        hint = f"Nobody gave these, so they were made up: {said}. --parameter-overrides gives a parameter."
        if error.hint:
            hint = f"{error.hint} {hint}"
        raise ScenarioError(error.problem, where=error.where, hint=hint, others=error.others) from None


_MADE_UP = """\
# The template expects values from outside; those that nobody gave are made up (parameters, account): put yours there.
"""


class _Draft:
    """Scenarios as they are before anybody knows what is true of them."""

    def __init__(self, target: Path, template: Path, said: Mapping[str, Any]) -> None:
        self._template = template
        self._said = said
        self._head = {"pipeline": _pipeline(template, target), **said}
        self._files = Files(target, self._head["pipeline"])

    def after(self, steps: Steps, look: Callable[[Stage], T]) -> tuple[T, Stubs]:
        """What is seen at the end of a run of these steps, while the world still stands, and the stubs it took."""
        stubs: Stubs = ()
        seen: list[T] = []
        for _ in range(_MOST_STUBS):
            seen.clear()
            ended = run(self._scenario(steps, stubs), on_end=lambda stage: seen.append(look(stage)))
            missing = [stub for stub in placeholders(ended.events) if stub not in stubs]
            if not missing:
                break
            stubs = (*stubs, *missing)
        if ended.error is not None:
            raise ended.error
        return seen[0], stubs

    def _scenario(self, steps: Steps, stubs: Stubs) -> Scenario:
        # The template's own path: the scenario names it from a folder that may not be there yet.
        said = {**self._said, "name": "draft", **({"stub": list(stubs)} if stubs else {})}
        document = {"pipeline": self._template, **said, "when": list(steps), "then": _ALWAYS}
        return Scenario.model_validate(document, context=self._files)

    def document(self, entry: EntryPoint) -> str:
        """The scenario for this way in, as YAML, with what was seen."""
        steps, (checks, wrong), stubs = self._tried(entry.steps)
        comments = [line for text in wrong for line in textwrap.wrap(f"Today {text}", 115)]
        return "".join(
            [
                *(f"# {line}\n" for line in comments),
                *(f"{key}: {_flow(value)}\n" for key, value in {**self._head, "name": entry.name}.items()),
                *((_PLACEHOLDERS, "stub:\n") if stubs else ()),
                *(f"  - {_flow(stub)}\n" for stub in stubs),
                "when:\n",
                *(_item(step) for step in steps),
                "then:\n",
                *(_item(check) for check in checks),
            ]
        )

    def _tried(self, steps: Steps) -> tuple[Steps, tuple[list[Mapping[str, Any]], list[str]], Stubs]:
        """The steps as far as they can be done, what holds after them and what went wrong, and the stubs it took.

        A client that is not let in, or is thrown out, can say no more.
        """
        try:
            return steps, *self.after(steps, lambda stage: (observed(stage), complaints(stage)))
        except ScenarioError:
            if not steps or not {"say", "disconnect"} & steps[-1].keys():
                raise
            return self._tried(steps[:-1])


def _pipeline(template: Path, target: Path) -> str:
    """The template as the scenario names it: the folder if that is enough, from the project's root if it is below."""
    named = template.parent if template.name.startswith("template.") else template
    root = Files(target).root.absolute()
    if named.absolute().is_relative_to(root):
        return named.absolute().relative_to(root).as_posix()
    return Path(os.path.relpath(named, target.parent.absolute())).as_posix()


def _item(item: Mapping[str, Any]) -> str:
    ((verb, fields),) = item.items()
    return f"  - {verb}: {_flow(fields)}\n"


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines in one, with escapes."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _flow(value: Any) -> str:
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return text.removesuffix("...\n").strip()


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise ScenarioError(f'"{target}" cannot be written: {error.strerror or error}.') from None
    for scenario in load_file(target):
        ended = run(scenario)
        if ended.outcome != "passed":
            wrong = next((o.sentence for o in ended.checks if not o.held), str(ended.error))
            raise HarnessBug(f'"{scenario.name}" was seen to hold and does not when it is run again: {wrong}')
