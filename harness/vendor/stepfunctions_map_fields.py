"""This file decides how those fields of a Map are read that moto's grammar does not know.

Upstream: moto 5.2.5 refuses a definition with an ``ItemBatcher``, with the ``ExecutionType`` ``EXPRESS``, or with a
``ToleratedFailurePercentage`` without a decimal point, as one that cannot be read.
Why that can't stay: SFN-19. What we do: take them out of the definition before the grammar sees it, read a batcher as
the template of a Pass state, which it might as well be, and hang both on the Map's iterations, as ``batcher`` and
``express``.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: such a definition can be read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.state_parallel import StateParallel

_UNKNOWN = ('"ItemBatcher"', '"EXPRESS"', '"ToleratedFailurePercentage"')
_NAMES = ("BatchInput", "MaxInputBytesPerBatch", "MaxItemsPerBatch")

# The names of the states on the way, and the numbers of the branches.
_Path = tuple[str | int, ...]
# From a definition's text to its program and syntax tree.
Parse = Callable[[str], Any]


@dataclass(frozen=True)
class _Fields:
    batcher: Mapping[str, Any] | None
    language: str
    express: bool


def with_map_fields(parse: Parse) -> Parse:
    """``parse`` that knows all fields of a Map."""

    def parse_all(definition: str) -> Any:
        if not any(text in definition for text in _UNKNOWN):
            return parse(definition)
        try:
            whole = json.loads(definition)
        except ValueError:
            # What cannot be read is refused as such.
            return parse(definition)
        found = dict(_taken_out(whole, whole.get("QueryLanguage", "JSONPath")))
        program, tree = parse(json.dumps(whole))
        for path, state in _maps(program.states):
            fields = found[path]
            state.iteration_component.express = fields.express
            if fields.batcher is not None:
                state.iteration_component.batcher = _template(parse, fields.batcher, fields.language)
        return program, tree

    return parse_all


def _taken_out(machine: Mapping[str, Any], language: str, path: _Path = ()) -> Iterator[tuple[_Path, _Fields]]:
    for name, state in (machine.get("States") or {}).items():
        processor = state.get("ItemProcessor") or state.get("Iterator") or {}
        config = processor.get("ProcessorConfig", {})
        express = config.get("ExecutionType") == "EXPRESS"
        if express:
            config["ExecutionType"] = "STANDARD"
        percentage = state.get("ToleratedFailurePercentage")
        if isinstance(percentage, int):
            state["ToleratedFailurePercentage"] = float(percentage)
        here = (*path, name)
        yield here, _Fields(state.pop("ItemBatcher", None), state.get("QueryLanguage", language), express)
        for number, inner in enumerate(state.get("Branches") or [processor]):
            yield from _taken_out(inner, language, (*here, number))


def _maps(states: Any, path: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    for state in states.states.values():
        here = (*path, state.name)
        if isinstance(state, StateMap):
            yield here, state
            yield from _maps(state.iteration_component._states, (*here, 0))
        elif isinstance(state, StateParallel):
            for number, program in enumerate(state.branches.programs):
                yield from _maps(program.states, (*here, number))


def _template(parse: Parse, batcher: Mapping[str, Any], language: str) -> Any:
    unknown = [name for name in batcher if name.removesuffix("Path") not in _NAMES]
    if unknown:
        raise ValueError(f"ItemBatcher has no field {unknown[0]!r}.")
    # "MaxItemsPerBatchPath": "$.n" is what a template writes as "MaxItemsPerBatch.$": "$.n".
    fields = {f"{n.removesuffix('Path')}.$" if n.endswith("Path") else n: v for n, v in batcher.items()}
    jsonata = language == "JSONata"
    state = {"Type": "Pass", "End": True, "Output" if jsonata else "Parameters": fields}
    program, _ = parse(json.dumps({"QueryLanguage": language, "StartAt": "B", "States": {"B": state}}))
    read = program.states.states["B"]
    return read.output.jsonata_template_value if jsonata else read.parameters
