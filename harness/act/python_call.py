"""This file decides how a scenario's own Python is called, and what it is given.

The file is loaded once per run, so that steps and checks share its globals and two runs never do. What the
function may use is ``Pipeline``; the rest of the harness is not its business.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.act import requests
from harness.act.stage import QUEUE, QueuedMessage, ReceivedMail, Stage
from harness.deliver.http.exchange import HttpResponse
from harness.errors import ScenarioError, did_you_mean
from harness.kernel.clock import US_PER_S
from harness.kernel.trace import TraceEvent
from harness.scenario.model import PythonCall, Request


class Pipeline:
    """The deployed pipeline, as a Python step or check sees it; resources go by their logical ids."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return self._stage.client(service)

    def name(self, logical_id: str) -> str:
        """What ``Ref`` gives: a bucket's or function's name, a queue's URL, a topic's ARN."""
        return self._stage.stack.resource(logical_id).physical_id

    def arn(self, logical_id: str) -> str:
        """The resource's ARN."""
        return self._stage.stack.resource(logical_id).arn

    def messages(self, queue: str) -> Sequence[QueuedMessage]:
        """The messages in a queue that nobody holds; looking does not consume."""
        return self._stage.peek_queue(self._stage.stack.resource(queue, QUEUE).arn)

    def request(self, api: str, method: str, path: str, **more: Any) -> HttpResponse:
        """The answer to an HTTP request; ``more`` is what the step ``request`` takes beside these."""
        step = Request.model_validate({"api": api, "method": method, "path": path, **more}, strict=False)
        requests.send(self._stage, step)
        answer = self._stage.exchanges[-1].response
        assert answer is not None
        return answer

    @property
    def mails(self) -> Sequence[ReceivedMail]:
        """All e-mail received so far."""
        return self._stage.inbox.messages

    @property
    def events(self) -> Sequence[TraceEvent]:
        """The trace so far."""
        return tuple(self._stage.kernel.trace.events)

    @property
    def elapsed_s(self) -> float:
        """Virtual seconds since the run began."""
        return self._stage.kernel.clock.elapsed_us / US_PER_S


def call(stage: Stage, item: PythonCall) -> Any:
    """Call the function with the pipeline and the item's arguments; returns what it returned.

    Raises:
        AssertionError: what the function says does not hold.
        ScenarioError: the file or function is missing, or it raised anything else.
    """
    return call_with(stage.modules, item, Pipeline(stage))


def call_with(modules: dict[str, ModuleType], item: PythonCall, *given: Any) -> Any:
    """As ``call``, with ``given`` in the place of the pipeline; ``modules`` are the files loaded so far."""
    function = _function(modules, item)
    try:
        return function(*given, **item.args)
    except (AssertionError, ScenarioError):
        raise
    except Exception as error:
        place = _author_place(error, item.file)
        raise ScenarioError(f"{item.call} raised {type(error).__name__}: {error}{place}.", where=item.where) from error


def _function(modules: dict[str, ModuleType], item: PythonCall) -> Callable[..., Any]:
    module = _module(modules, item)
    found = getattr(module, item.function, None)
    if not callable(found):
        names = [n for n, v in vars(module).items() if callable(v) and not n.startswith("_")]
        raise ScenarioError(
            f'"{item.file}" has no function "{item.function}".',
            where=item.where,
            hint=did_you_mean(item.function, names),
        )
    return found  # type: ignore[no-any-return]


def _module(modules: dict[str, ModuleType], item: PythonCall) -> ModuleType:
    key = str(item.file)
    if key in modules:
        return modules[key]
    name = f"harness_scenario_{item.file.stem}"
    spec = importlib.util.spec_from_file_location(name, item.file)
    if spec is None or spec.loader is None:
        raise ScenarioError(f'"{item.file}" is no Python file.', where=item.where)
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up while the class is made.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        place = _author_place(error, item.file)
        raise ScenarioError(
            f'"{item.file}" cannot be imported: {type(error).__name__}: {error}{place}.', where=item.where
        ) from error
    finally:
        sys.modules.pop(name, None)
    modules[key] = module
    return module


def _author_place(error: BaseException, file: Path) -> str:
    """Where in the author's file it happened, to follow the message."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == file]
    return f" (line {frames[-1].lineno}, in {frames[-1].name})" if frames else ""
