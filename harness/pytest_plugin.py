"""This file decides how scenario files become tests: one item per scenario, ``path/file.yaml::name``.

Only YAML files under the folder that the ini option ``harness_scenarios`` names (``scenarios``, from the root
directory) are taken. It is loaded by every pytest in whose environment the package is installed, so nothing of ours is
imported before there is a scenario; ``--seed`` and ``--parameter-overrides`` are taken only if nobody else has them.
"""

from __future__ import annotations

import traceback
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.errors import ScenarioError
    from harness.report.shapes import RunShape
    from harness.scenario.model import Scenario

_SUFFIXES = (".yaml", ".yml")
_OVERRIDES = "--parameter-overrides"
_OVERRIDES_HELP = "Values for the parameters of the scenarios' templates."
# From so many steps on a scenario is a burst, which takes seconds.
_MANY_STEPS = 100
_HELP = "Seed of the scenarios' runs: 0 is the plain run, any other draws what could go either way."


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options that cannot clash with anybody's."""
    group = parser.getgroup("pipeline-harness", "scenarios of pipeline-harness")
    group.addoption("--harness-seed", dest="harness_seed", type=_seed, default=None, metavar="N", help=_HELP)
    parser.addini("harness_scenarios", "The folder of scenario files, from the root directory.", default="scenarios")
    parser.addini("harness_parameter_overrides", f"{_OVERRIDES_HELP} KEY=VALUE...", type="args")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> Generator[None, Any, Any]:
    """Take ``--seed`` once every plugin and conftest has had its chance: theirs would fail if it came second."""
    result = yield
    if not _is_taken(parser, _OVERRIDES):
        group = parser.getgroup("pipeline-harness")
        taken = {"dest": "harness_overrides", "action": "append", "default": [], "metavar": "KEY=VALUE..."}
        group.addoption(_OVERRIDES, help=_OVERRIDES_HELP, **taken)
        if _OVERRIDES in args:
            from harness.cli_parameters import one_each

            args[:] = one_each(args)  # pytest's parser knows one value for an option, or all that follows
    if not _is_taken(parser, "--seed"):
        group = parser.getgroup("pipeline-harness")
        group.addoption("--seed", dest="harness_seed", type=_seed, default=None, metavar="N", help=_HELP)
    return result


def _is_taken(parser: pytest.Parser, name: str) -> bool:
    # pytest has no public way to ask.
    groups = [parser._anonymous, *parser._groups]
    return any(name in option.names() for group in groups for option in group.options)


def _seed(text: str) -> int:
    seed = int(text)
    if seed < 0:
        raise ValueError(text)
    return seed


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A scenario file, if it is one by its place and ending."""
    if file_path.suffix not in _SUFFIXES:
        return None
    config = parent.config
    if not file_path.is_relative_to(config.rootpath / config.getini("harness_scenarios")):
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the scenarios the values from the command line and the ini; on a worker of xdist, put bursts first.

    Where the values cannot be used, each scenario says so: a worker has no other way to tell. A burst that came last
    would keep one worker busy while the others have nothing left to do; xdist deals out tests in their order.
    """
    ours = [item for item in items if isinstance(item, ScenarioItem)]
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: -_burst_size(item))
    typed: list[str] = config.getoption("harness_overrides", [])
    standing: list[str] = config.getini("harness_parameter_overrides")
    if not ours or not (typed or standing):
        return
    from harness.cli_parameters import overridden, read_overrides
    from harness.errors import ScenarioError

    try:
        found = overridden([item.scenario for item in ours], read_overrides(typed), read_overrides(standing))
    except ScenarioError as error:
        for item in ours:
            item.refusal = error
        return
    for item, scenario in zip(ours, found, strict=True):
        item.scenario = scenario


def _burst_size(item: pytest.Item) -> int:
    """The number of steps, if it is a scenario and they are many; else 0."""
    if not isinstance(item, ScenarioItem):
        return 0
    from harness.scenario.model import steps_taken

    taken = steps_taken(item.scenario.when)
    return taken if taken >= _MANY_STEPS else 0


class ScenarioFile(pytest.File):
    """A file of scenarios."""

    def collect(self) -> Iterable[pytest.Item]:
        """One item per scenario."""
        from harness.scenario.load import load_file

        for scenario in load_file(_shown(self.path)):
            yield ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A file that cannot be used says so in the author's words."""
        from harness.errors import ScenarioError

        if isinstance(excinfo.value, ScenarioError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class ScenarioFailed(Exception):
    """A scenario's run did not pass; ``run`` tells the story."""

    def __init__(self, run: RunShape) -> None:
        super().__init__(run.scenario.id)
        self.run = run


class ScenarioItem(pytest.Item):
    """One scenario."""

    def __init__(self, *, scenario: Scenario, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scenario = scenario
        self.refusal: ScenarioError | None = None
        for tag in scenario.tags:
            # Registered first: --strict-markers asks for that, and an author's tag is no misspelling.
            self.config.addinivalue_line("markers", f"{tag}: a tag of scenarios")
            self.add_marker(tag)

    def runtest(self) -> None:
        """Run it.

        Raises:
            ScenarioError: the values for its parameters cannot be used.
            ScenarioFailed: it did not pass.
        """
        if self.refusal is not None:
            raise self.refusal
        from harness.cli_run import attempt
        from harness.report.summary import virtual_time

        run = attempt(self.scenario, self.config.getoption("harness_seed"))
        self.user_properties.append(("seed", run.decisions.seed))
        self.user_properties.append(("virtual_time", virtual_time(run.elapsed_us)))
        if run.outcome != "passed":
            raise ScenarioFailed(run)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The story of the failure, ending with the line to paste."""
        from harness.errors import HarnessBug, ScenarioError

        if isinstance(excinfo.value, ScenarioError):
            return self._with_headline(str(excinfo.value), excinfo.value.problem)
        if not isinstance(excinfo.value, ScenarioFailed):
            return super().repr_failure(excinfo, style)
        from harness.report.failure_text import PYTEST_COMMAND, failure_text, headline

        run = excinfo.value.run
        text = failure_text(run, command=PYTEST_COMMAND, seed_option=self._seed_option())
        if isinstance(run.error, HarnessBug) and self.config.get_verbosity() > 0:
            text += "\n\n" + "".join(traceback.format_exception(run.error.__cause__ or run.error))
        return self._with_headline(text, headline(run))

    def _with_headline(self, text: str, line: str) -> Any:
        # A plain string would be repeated whole in the short summary that pytest prints on a CI machine.
        from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

        told = ReprTraceback([ReprEntryNative([text, "\n"])], None, "native")
        return ReprExceptionInfo(told, ReprFileLocation(str(self.path), self.scenario.where.line or 1, line))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The scenario's place, its lines counted from 0."""
        line = self.scenario.where.line
        return self.path, None if line is None else line - 1, self.name

    def _seed_option(self) -> str:
        # On a worker of xdist nobody typed options, so the parser there knows as much as here.
        taken_by_us = any("--seed" in o.names() for o in self.config._parser.getgroup("pipeline-harness").options)
        return "--seed" if taken_by_us else "--harness-seed"


def _shown(path: Path) -> Path:
    """The path as it must be typed where pytest was started, so that the line to paste can be pasted."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
