"""This file decides how YAML text becomes plain values that know their lines.

Safe YAML only, and less of it than YAML allows: the plain scalars of JSON (so ``no`` is a text, ``1:30`` is
a text, ``2030-01-15`` is a text, ``007`` is a text), no tags that make objects, no key twice, keys are text.
Anchors and aliases work; what they expand to counts against the limits below. It knows nothing of scenarios.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harness.errors import Location, ScenarioError
from harness.scenario.base import LocatedDict

MOST_BYTES = 1_000_000
MOST_VALUES = 100_000
MOST_DEPTH = 40

KeyPath = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_PLAIN = [
    (_TAG + "null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    (_TAG + "bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    (_TAG + "int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789")),
    (
        _TAG + "float",
        re.compile(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
        list("-0123456789"),
    ),
]


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file: its value, its first line, and the line of each key path in it."""

    value: Any
    line: int
    lines: dict[KeyPath, int]


class _TooDeep(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


class _Loader(yaml.SafeLoader):
    """Composes nodes; never constructs."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern, firsts in _PLAIN if first in firsts] for first in "~nNtTfF-0123456789"
    } | {"": [(_TAG + "null", re.compile("^$"))]}

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise _TooDeep(self.peek_event().start_mark.line + 1)  # type: ignore[no-untyped-call]
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read_documents(path: Path) -> list[Document]:
    """The documents of a YAML file, in order; an empty file has none.

    Raises:
        ScenarioError: the file cannot be read, or is not such YAML; with its line.
    """
    text = _read_text(path)
    try:
        nodes = list(yaml.compose_all(text, Loader=_Loader))
    except _TooDeep as error:
        problem = f"This is nested more than {MOST_DEPTH} levels deep."
        raise ScenarioError(problem, where=Location(str(path), error.line)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = f"The character U+{int(error.character):04X} is not allowed in YAML."
        raise ScenarioError(problem, where=Location(str(path), line)) from None
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(path, error) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML lets the errors of int() and chr() through, for instance for "\UFFFFFFFF".
        raise ScenarioError(f"This is not YAML: {error}.", where=Location(str(path))) from None
    return [_Builder(path).document(node) for node in nodes]


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ScenarioError(f"The file cannot be read: {reason}.", where=Location(str(path))) from None
    if len(data) > MOST_BYTES:
        problem = f"The file has {len(data)} bytes; a scenario file may have {MOST_BYTES}."
        hint = "Large content belongs into a fixture (upload: file) or a row template (upload: csv)."
        raise ScenarioError(problem, where=Location(str(path)), hint=hint)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"The file is not UTF-8: byte 0x{data[error.start]:02X} does not fit."
        hint = "Save it as UTF-8. Content that is not UTF-8 on purpose belongs into a fixture or base64."
        raise ScenarioError(problem, where=Location(str(path), line), hint=hint) from None


def _not_yaml(path: Path, error: yaml.MarkedYAMLError) -> ScenarioError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    said = " ".join(part for part in (error.context, error.problem) if part)
    hint = None
    if "found character '\\t'" in said:
        hint = "YAML does not allow tabs for indenting; use spaces."
    elif "mapping values are not allowed" in said:
        hint = 'A text with ": " in it needs quotes.'
    return ScenarioError(f"This is not YAML: {said}.", where=Location(str(path), line), hint=hint)


class _Builder:
    """Turns one document's nodes into values."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[KeyPath, int] = {}
        self.values = 0
        self.open: list[Node] = []

    def document(self, node: Node) -> Document:
        value = self.build(node, ())
        return Document(value, node.start_mark.line + 1, self.lines)

    def build(self, node: Node, here: KeyPath) -> Any:
        self.lines.setdefault(here, node.start_mark.line + 1)
        self.values += 1
        if self.values > MOST_VALUES:
            self.refuse(
                f"The document holds more than {MOST_VALUES} values once its aliases are written out.",
                node,
                here,
                "Use repeat, or a fixture.",
            )
        if any(node is one for one in self.open):
            self.refuse("An alias stands inside the very value it stands for.", node, here)
        if isinstance(node, ScalarNode):
            return self.scalar(node, here)
        self.open.append(node)
        value = self.mapping(node, here) if isinstance(node, MappingNode) else self.sequence(node, here)
        self.open.pop()
        return value

    def sequence(self, node: Node, here: KeyPath) -> list[Any]:
        self.refuse_tag(node, "seq", here)
        assert isinstance(node, SequenceNode)
        return [self.build(one, (*here, number)) for number, one in enumerate(node.value)]

    def mapping(self, node: MappingNode, here: KeyPath) -> LocatedDict:
        self.refuse_tag(node, "map", here)
        built = LocatedDict()
        built.where = Location(str(self.path), self.lines[here], here)
        for key_node, value_node in node.value:
            key = self.key(key_node, here)
            path = (*here, key)
            if key in built:
                self.refuse(
                    f'The key "{key}" stands here twice; the first is on line {self.lines[path]}.',
                    key_node,
                    path,
                )
            self.lines[path] = key_node.start_mark.line + 1
            built[key] = self.build(value_node, path)
        return built

    def key(self, node: Node, here: KeyPath) -> str:
        if not isinstance(node, ScalarNode):
            self.refuse("A key is a text, not a list or a mapping.", node, here)
        if node.value == "<<" and not node.style:
            self.refuse(
                "Merge keys (<<) are not supported.",
                node,
                here,
                "Write the keys out, or alias the whole value.",
            )
        value = self.scalar(node, here)
        if not isinstance(value, str):
            self.refuse(f"The key {node.value or 'null'} is not a text.", node, here, f'Write "{node.value}".')
        return str(value)

    def scalar(self, node: ScalarNode, here: KeyPath) -> Any:
        text: str = node.value
        try:
            text.encode()
        except UnicodeEncodeError:
            self.refuse("This text holds half of a character (a lone surrogate).", node, here)
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            return text
        if kind not in ("null", "bool", "int", "float") or not self.fits(node.tag, text):
            self.refuse_tag(node, "str", here)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if len(text) > 300 or (kind == "float" and abs(float(text)) == float("inf")):
            self.refuse("This number is too large.", node, here, "Quote it if it is a text.")
        return int(text) if kind == "int" else float(text)

    def fits(self, tag: str, text: str) -> bool:
        return any(one == tag and pattern.fullmatch(text) for one, pattern, _ in _PLAIN)

    def refuse_tag(self, node: Node, kind: str, here: KeyPath) -> None:
        if node.tag != _TAG + kind:
            shown = node.tag.replace(_TAG, "!!")
            if re.fullmatch(r"!(Ref|Condition|GetAtt|Sub|Join|If|Equals|Select|Split|ImportValue|FindInMap)", shown):
                hint = "That is a template's tag. A scenario names its template: pipeline: lambdas/<name>."
            else:
                hint = "Leave it out; quotes make a text."
            self.refuse(f"The tag {shown} is not allowed here.", node, here, hint)

    def refuse(self, problem: str, node: Node, here: KeyPath, hint: str | None = None) -> NoReturn:
        where = Location(str(self.path), node.start_mark.line + 1, here)
        raise ScenarioError(problem, where=where, hint=hint)
