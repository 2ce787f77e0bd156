"""This file decides what a YAML or JSON text says, and on which line it says each thing.

It knows CloudFormation's short tags (``!Ref``, ``!Sub``, ...) and no other tag: nothing in a text can make
Python build an object. It does not know what the keys mean. Rule: a text that two readers could read in
two ways (a key twice, an alias that contains itself) is refused, never guessed at.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import yaml

from harness.errors import Location, ScenarioError, did_you_mean

Path = tuple[str | int, ...]

# Limits of one text: aliases multiply, and whoever walks the result must not meet Python's own limit.
MAX_DEPTH = 60
MAX_NODES = 200_000

_TAB = "YAML does not allow tabs for indenting; use spaces."

_CORE = "tag:yaml.org,2002:"
_PLAIN_NAMES = ("Ref", "Condition")
_FUNCTION_NAMES = (
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
)
_SHORT_TAGS = {f"!{n}": n for n in _PLAIN_NAMES} | {f"!{n}": f"Fn::{n}" for n in _FUNCTION_NAMES}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Lines:
    """The line of every key and list item of one text, by the way down from its root."""

    def __init__(self, by_path: Mapping[Path, int]) -> None:
        self._by_path = by_path

    def at(self, path: Path) -> int | None:
        """The line of the thing at ``path``, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            line = self._by_path.get(path[:length])
            if line is not None:
                return line
        return None

    def knows(self, path: Path) -> bool:
        """Whether exactly this path stands in the text."""
        return path in self._by_path


def read(text: str, shown_path: str) -> tuple[Any, Lines]:
    """What ``text`` says as dicts, lists and scalars, and where it says it.

    JSON is read by JSON's own rules (a text that starts with ``{``), everything else as YAML.

    Raises:
        ScenarioError: the text is neither, holds a key twice, or holds a tag that CloudFormation has not.
    """
    as_json = _as_json(text)
    reader = _Reader(shown_path)
    try:
        as_yaml = _as_yaml(text) if as_json else text
        _refuse_depth(as_yaml, shown_path)
        node = yaml.compose(as_yaml, Loader=_Loader)
        data = None if node is None else reader.value(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        tab = mark is not None and _begins_with_tab(text, mark.line)
        raise ScenarioError(
            f"This is not YAML: {error.problem or error.context}.",
            where=Location(shown_path, mark.line + 1 if mark else None),
            hint=_TAB if tab else "Most often the indentation or a missing quote on this line or the one above.",
        ) from None
    except yaml.YAMLError as error:
        raise ScenarioError(f"This is not YAML: {str(error).splitlines()[0]}.", where=Location(shown_path)) from None
    return (as_json[0] if as_json else data), Lines(reader.lines)


def _begins_with_tab(text: str, line: int) -> bool:
    lines = text.splitlines()
    return line < len(lines) and "\t" in lines[line][: len(lines[line]) - len(lines[line].lstrip())]


def _refuse_depth(text: str, shown_path: str) -> None:
    # Counted over the flat stream of events: composing recurses, in C without any limit.
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            mark = event.start_mark
            raise ScenarioError(
                f"This is nested deeper than {MAX_DEPTH} levels.",
                where=Location(shown_path, mark.line + 1 if mark else None),
                hint="Make it flatter.",
            )


def _as_json(text: str) -> tuple[Any] | None:
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return None
    try:
        data = json.loads(text.lstrip("\ufeff"), parse_constant=_no_constant)
        json.dumps(data, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        return None  # a YAML flow mapping, or broken: the YAML reader says where
    return (data,)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _as_yaml(json_text: str) -> str:
    """The same text, line for line, where JSON and YAML differ: only its lines are wanted."""
    return _SURROGATE.sub(r"\\ufffd", json_text.replace("\t", " "))


class _Reader:
    def __init__(self, shown_path: str) -> None:
        self.lines: dict[Path, int] = {}
        self._shown_path = shown_path
        self._open: list[yaml.Node] = []
        self._nodes = 0
        self._scalars = yaml.constructor.SafeConstructor()

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._refuse(node, f"This text unfolds to more than {MAX_NODES} values.", "Use fewer aliases.")
        if any(outer is node for outer in self._open):
            raise self._refuse(node, "This alias contains itself.", "Write the value out instead.")
        if len(self._open) > MAX_DEPTH:  # aliases can be deeper than the text
            raise self._refuse(node, f"This is nested deeper than {MAX_DEPTH} levels.", "Make it flatter.")
        self._open.append(node)
        try:
            if node.tag.startswith("!"):
                return self._short_form(node, path)
            return self._plain(node, path)
        finally:
            self._open.pop()

    def _plain(self, node: yaml.Node, path: Path) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag in (_CORE + "map", _CORE + "merge"):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == _CORE + "seq":
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        raise self._unknown_tag(node)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        kind = node.tag.removeprefix(_CORE)
        if kind in ("str", "timestamp", "value"):
            return str(node.value)  # CloudFormation has no dates: 2012-10-17 is a text
        if kind not in ("int", "float", "bool", "null"):
            raise self._unknown_tag(node)
        try:
            found = self._scalars.construct_object(node)
        except (ValueError, KeyError, IndexError):
            raise self._refuse(node, f'"{node.value[:40]}" is not a value of type {kind}.') from None
        if isinstance(found, float) and not math.isfinite(found):
            return str(node.value)
        return found

    def _short_form(self, node: yaml.Node, path: Path) -> Any:
        name = _SHORT_TAGS.get(node.tag)
        if name is None:
            raise self._unknown_tag(node)
        inner = (*path, name)
        if isinstance(node, yaml.ScalarNode):
            self.lines.setdefault(inner, node.start_mark.line + 1)
            text = str(node.value)
            return {name: text.split(".", 1) if name == "Fn::GetAtt" else text}
        if isinstance(node, yaml.SequenceNode):
            return {name: [self.value(item, (*inner, i)) for i, item in enumerate(node.value)]}
        assert isinstance(node, yaml.MappingNode)
        return {name: self._mapping(node, inner)}

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        first_line: dict[str, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _CORE + "merge":
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._refuse(key_node, "A key must be a word; this one is a list or a mapping.")
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in first_line:
                raise self._refuse(
                    key_node,
                    f'The key "{key}" stands here twice; first on line {first_line[key]}.',
                    "Only one of the two could count. Remove or rename one.",
                )
            first_line[key] = line
            self.lines[(*path, key)] = line
            found[key] = self.value(value_node, (*path, key))
        for key_node, value_node in node.value:
            if key_node.tag == _CORE + "merge":
                for key, value in self._merged(value_node, path).items():
                    found.setdefault(key, value)
        return found

    def _merged(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found: dict[str, Any] = {}
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                raise self._refuse(source, 'Only a mapping can be merged with "<<".')
            for key, value in self.value(source, (*path, "<<")).items():
                found.setdefault(key, value)
        return found

    def _unknown_tag(self, node: yaml.Node) -> ScenarioError:
        tag = node.tag.replace(_CORE, "!!")
        return self._refuse(node, f'The tag "{tag}" is not one of CloudFormation\'s.', did_you_mean(tag, _SHORT_TAGS))

    def _refuse(self, node: yaml.Node, problem: str, hint: str | None = None) -> ScenarioError:
        return ScenarioError(problem, where=Location(self._shown_path, node.start_mark.line + 1), hint=hint)
