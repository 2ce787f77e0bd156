"""This file decides which scenarios there are: it finds the files, reads them and gives frozen models.

It checks everything the file itself can show, fixtures included. Names of resources are not checked here,
since only the template knows them. Order: files sorted by path, scenarios as the file has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from harness.errors import Location, ScenarioError, nearest
from harness.scenario.aws_shapes import Slip
from harness.scenario.explain import Problem, problems_of, scenario_error
from harness.scenario.files import Files
from harness.scenario.model import CallsCheck, Scenario
from harness.scenario.sentences import described
from harness.scenario.stub_shapes import call_slips, stub_slips
from harness.scenario.yaml_lines import Document, read_documents

DEFAULT_FOLDER = "scenarios"
SUFFIXES = (".yaml", ".yml")
_BEGINS = 'It begins with "pipeline: lambdas/<name>"; "harness schema" prints all that it may say.'


def collect(paths: Iterable[str | Path] = ()) -> list[Scenario]:
    """All scenarios under these files and folders; without any, under ``scenarios/``.

    A file may carry a scenario's name, ``path::name``, as ``Scenario.id`` writes it. A file that two of the
    paths lead to is loaded once.

    Raises:
        ScenarioError: there is no such path or name, or a file cannot be used.
    """
    found: dict[str, Scenario] = {}
    for given in list(paths) or [DEFAULT_FOLDER]:
        name, separator, wanted = str(given).partition("::")
        scenarios = [one for file in _files(Path(name)) for one in load_file(file)]
        if separator:
            scenarios = [_named(wanted, scenarios, Path(name))]
        for scenario in scenarios:
            found.setdefault(scenario.id, scenario)
    return list(found.values())


def load_file(path: str | Path) -> list[Scenario]:
    """The scenarios of one file: one per YAML document.

    Raises:
        ScenarioError: one that lists everything in the file that cannot be used, each with its line.
    """
    path = Path(path)
    problems: list[Problem] = []
    scenarios: list[Scenario] = []
    documents = read_documents(path)
    if not documents or (len(documents) == 1 and documents[0].value is None):
        raise ScenarioError("The file is empty.", where=Location(str(path)), hint=_BEGINS)
    for document in documents:
        outcome = _load_document(path, document)
        if isinstance(outcome, Scenario):
            scenarios.append(outcome)
        else:
            problems += outcome
    problems += _same_names(scenarios)
    if problems:
        raise scenario_error(str(path), problems)
    return scenarios


def _load_document(path: Path, document: Document) -> Scenario | list[Problem]:
    value, where = document.value, Location(str(path), document.line)
    if value is None:
        return [Problem(where, "There is no scenario after this line.", 'Remove the "---".')]
    if not isinstance(value, dict):
        return [Problem(where, f"This is {described(value)}; a scenario is a mapping.", _BEGINS)]
    pipeline = value.get("pipeline")
    files = Files(path, pipeline if isinstance(pipeline, str) else None)
    try:
        scenario = Scenario.model_validate(value, context=files)
    except ValidationError as error:
        return problems_of(str(path), document, error.errors(include_url=False))
    scenario._where = where
    if scenario.deploy is not None:
        scenario.deploy._where = Location(str(path), document.lines[("deploy",)], ("deploy",))
    return _outside_problems(path, document, scenario) or scenario


def _outside_problems(path: Path, document: Document, scenario: Scenario) -> list[Problem]:
    """What AWS does not have, or would not answer."""
    slips: list[Slip] = []
    for number, stub in enumerate(scenario.stub):
        slips += [(("stub", number, *at), *said) for at, *said in stub_slips(stub)]  # type: ignore[misc]
    for number, check in enumerate(scenario.then):
        if isinstance(check, CallsCheck):
            slips += [(("then", number, "calls", *at), *said) for at, *said in call_slips(check)]  # type: ignore[misc]
    problems = []
    for at, sentence, hint in slips:
        shown = at
        while shown not in document.lines:
            shown = shown[:-1]
        problems.append(Problem(Location(str(path), document.lines[shown], at), sentence, hint))
    return problems


def _same_names(scenarios: list[Scenario]) -> list[Problem]:
    first: dict[str, Scenario] = {}
    problems = []
    for scenario in scenarios:
        other = first.setdefault(scenario.name, scenario)
        if other is not scenario:
            problem = f'Two scenarios have the name "{scenario.name}"; the first begins on line {other.where.line}.'
            problems.append(Problem(scenario.where, problem))
    return problems


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        inside = [one for one in path.rglob("*") if one.suffix in SUFFIXES and one.is_file()]
        return sorted(inside, key=lambda one: one.parts)
    if path.exists():
        if path.suffix not in SUFFIXES:
            raise ScenarioError(f'"{path}" is no scenario file.', hint="Those end in .yaml or .yml.")
        return [path]
    names = [one.name for one in sorted(path.parent.iterdir())] if path.parent.is_dir() else []
    near = nearest(path.name, names)
    hint = f'Did you mean "{path.parent / near}"?' if near else None
    raise ScenarioError(f'There is no file or folder "{path}".', hint=hint)


def _named(name: str, scenarios: list[Scenario], path: Path) -> Scenario:
    for scenario in scenarios:
        if scenario.name == name:
            return scenario
    near = nearest(name, [one.name for one in scenarios])
    hint = f'Did you mean "{near}"?' if near else "Names: " + ", ".join(f'"{one.name}"' for one in scenarios)
    raise ScenarioError(f'There is no scenario "{name}".', where=Location(str(path)), hint=hint)
