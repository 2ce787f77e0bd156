"""This file decides which state machine definitions are refused when they are created, beyond what moto's grammar says.

Pure: no moto, no kernel. It looks at where transitions lead (SFN-08) and finds the expressions; it does not check the
fields of a state, which the grammar does. The first fault in the order of the text is the one that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# A dangling transition: what is wrong and where, as AWS words it.
Fault = tuple[str, str]


def faults(definition: Mapping[str, Any], path: str = "") -> Iterator[Fault]:
    """Every transition to a state that is not there, of this machine and the ones inside its states."""
    states = definition.get("States") or {}
    if definition.get("StartAt") not in states:
        yield f"Missing 'StartAt' target: {definition.get('StartAt')}", f"{path}/StartAt"
    for name, state in states.items():
        here = f"{path}/States/{name}"
        for field, target in _targets(state, here):
            if target not in states:
                yield f"Missing '{field.rsplit('/', 1)[1]}' target: {target}", field
        for field, inner in _inside(state):
            yield from faults(inner, f"{here}/{field}")


def _targets(state: Mapping[str, Any], here: str) -> Iterator[tuple[str, str]]:
    for field in ("Next", "Default"):
        if field in state:
            yield f"{here}/{field}", state[field]
    for group in ("Choices", "Catch"):
        for number, entry in enumerate(state.get(group) or ()):
            if "Next" in entry:
                yield f"{here}/{group}[{number}]/Next", entry["Next"]


def _inside(state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    branches = state.get("Branches")
    for number, branch in enumerate(branches if isinstance(branches, list) else ()):
        yield f"Branches[{number}]", branch
    for field in ("ItemProcessor", "Iterator"):
        if field in state:
            yield field, state[field]


def express_faults(definition: Mapping[str, Any], path: str = "") -> Iterator[Fault]:
    """What an Express machine does not support, of this machine and the ones inside its states (SFN-24).

    What has not the form of a definition is passed over: it is refused as such.
    """
    for name, state in _mapping(_mapping(definition).get("States")).items():
        state = _mapping(state)
        here = f"{path}/States/{name}"
        resource = str(state.get("Resource", "")) if state.get("Type") == "Task" else ""
        for pattern in (".sync", ".waitForTaskToken"):
            if resource.removesuffix(":2").endswith(pattern):
                yield f"Express state machine does not support '{pattern}' service integration", f"{here}/Resource"
        if ":activity:" in resource:
            yield "Express state machine does not support Activity ARN", f"{here}/Resource"
        if _mapping(_mapping(state.get("ItemProcessor")).get("ProcessorConfig")).get("Mode") == "DISTRIBUTED":
            yield "Express state machine does not support a Map state in DISTRIBUTED mode", f"{here}/ItemProcessor"
        for field, inner in _inside(state):
            yield from express_faults(inner, f"{here}/{field}")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def uses_jsonata(definition: Any) -> bool:
    """Whether some state is written in JSONata."""
    if isinstance(definition, Mapping):
        return definition.get("QueryLanguage") == "JSONata" or any(uses_jsonata(v) for v in definition.values())
    return isinstance(definition, list) and any(uses_jsonata(item) for item in definition)


def jsonata_expressions(part: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every ``{% expression %}`` with its place."""
    if isinstance(part, str):
        if part.startswith("{%") and part.endswith("%}"):
            yield part[2:-2].strip(), where
    elif isinstance(part, Mapping):
        for name, value in part.items():
            yield from jsonata_expressions(value, f"{where}/{name}")
    elif isinstance(part, list):
        for number, item in enumerate(part):
            yield from jsonata_expressions(item, f"{where}[{number}]")
