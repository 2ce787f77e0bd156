"""This file decides what the intrinsic functions of a template give: Ref, GetAtt, Sub, Join, If and the rest.

It does not know resources: what a reference to one gives is asked of a ``Lookup``. A lookup may answer
``PENDING`` (the resource is not there yet), and then whatever is built from it is pending too; that is how
a template is read through before anything is created. Rule: a function that is not here is refused by
name, with its line.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from harness.errors import Location, ScenarioError, did_you_mean
from harness.world.parameters import text_of
from harness.world.yaml_lines import Path


class _Marker:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


PENDING = _Marker("PENDING")
"""Stands for a value that is known once the resource it comes from has been created."""

NO_VALUE = _Marker("NO_VALUE")
"""What ``Ref: AWS::NoValue`` gives: the property or list item is left out."""

_NOT_YET = ("Fn::Cidr", "Fn::GetAZs", "Fn::ImportValue", "Fn::Length", "Fn::ToJsonString", "Fn::Transform")
_PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")


class Lookup(Protocol):
    """What a reference to a resource gives."""

    def ref(self, logical_id: str, path: Path) -> Any:
        """The value of ``Ref``; None if there is no such resource."""

    def get_att(self, logical_id: str, attribute: str, path: Path) -> Any:
        """The value of ``Fn::GetAtt``."""

    def names(self) -> Sequence[str]:
        """The logical ids that exist, for hints."""


class Intrinsics:
    """The intrinsic functions of one deployment of one template."""

    def __init__(
        self,
        body: Mapping[str, Any],
        named_values: Mapping[str, Any],
        where: Callable[[Path], Location],
    ) -> None:
        """``named_values`` holds what ``Ref`` gives for parameters and pseudo-parameters."""
        self._mappings: Mapping[str, Any] = body.get("Mappings") or {}
        self._conditions: Mapping[str, Any] = body.get("Conditions") or {}
        self._named = named_values
        self._where = where
        self._decided: dict[str, bool] = {}
        self._deciding: list[str] = []
        self._functions: dict[str, Callable[[Any, Path, Lookup | None], Any]] = {
            "Ref": self._ref,
            "Fn::Base64": self._base64,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
        }

    def value(self, raw: Any, path: Path, lookup: Lookup | None) -> Any:
        """``raw`` with every function carried out.

        Raises:
            ScenarioError: a function is unknown, used wrongly, or refers to something that is not there.
        """
        if isinstance(raw, list):
            items = [self.value(item, (*path, i), lookup) for i, item in enumerate(raw)]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(raw, dict):
            return raw
        name = self._function_name(raw, path)
        if name is not None:
            return self._functions[name](raw[name], (*path, name), lookup)
        entries = {key: self.value(item, (*path, key), lookup) for key, item in raw.items()}
        return {key: item for key, item in entries.items() if item is not NO_VALUE}

    def condition(self, name: str, path: Path) -> bool:
        """Whether the template's condition ``name`` holds.

        Raises:
            ScenarioError: there is none, it is not made of condition functions, or it depends on itself.
        """
        if name in self._decided:
            return self._decided[name]
        if name not in self._conditions:
            raise self._refuse(path, f'The template has no condition "{name}".', did_you_mean(name, self._conditions))
        if name in self._deciding:
            circle = [*self._deciding[self._deciding.index(name) :], name]
            raise self._refuse(("Conditions", name), f"Circular condition: {' -> '.join(circle)}.")
        self._deciding.append(name)
        try:
            self._decided[name] = self._holds(self._conditions[name], ("Conditions", name))
        finally:
            self._deciding.pop()
        return self._decided[name]

    # ---- conditions -------------------------------------------------------------------------------

    def _holds(self, raw: Any, path: Path) -> bool:
        functions = ("Condition", "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or")
        if not (isinstance(raw, dict) and len(raw) == 1 and next(iter(raw)) in functions):
            raise self._refuse(path, f"A condition is made of one of these: {', '.join(functions)}.")
        name, argument = next(iter(raw.items()))
        inner = (*path, name)
        if name == "Condition":
            return self.condition(self._text(argument, inner, "the name of a condition"), inner)
        if name == "Fn::Equals":
            left, right = self._list(argument, inner, 2, "two values to compare")
            return bool(self._compared(left, (*inner, 0)) == self._compared(right, (*inner, 1)))
        if name == "Fn::Not":
            (one,) = self._list(argument, inner, 1, "one condition")
            return not self._holds(one, (*inner, 0))
        if not isinstance(argument, list) or not 2 <= len(argument) <= 10:
            raise self._refuse(inner, f"{name} takes a list of 2 to 10 conditions.")
        results = [self._holds(item, (*inner, i)) for i, item in enumerate(argument)]
        return all(results) if name == "Fn::And" else any(results)

    def _compared(self, raw: Any, path: Path) -> Any:
        value = self.value(raw, path, None)
        return value if isinstance(value, list | dict) else text_of(value)

    # ---- functions --------------------------------------------------------------------------------

    def _ref(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        return self._named_value(self._text(argument, path, "the name of a parameter or resource"), path, lookup)

    def _named_value(self, name: str, path: Path, lookup: Lookup | None) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._named:
            return self._named[name]
        found = lookup.ref(name, path) if lookup else None
        if found is not None:
            return found
        if lookup is None:
            raise self._refuse(
                path,
                f'"{name}" is not a parameter; a condition can only refer to parameters.',
                did_you_mean(name, self._named),
            )
        raise self._refuse(
            path,
            f"Template format error: Unresolved resource dependencies [{name}] in the template",
            did_you_mean(name, [*self._named, *lookup.names()]),
        )

    def _get_att(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        logical_id, attribute = self._list(parts, path, 2, "a logical id and an attribute, as in Queue.Arn")
        logical_id = self._text(logical_id, path, "a logical id")
        attribute = self._text(self.value(attribute, path, None), path, "the name of an attribute")
        if lookup is None:
            raise self._refuse(path, "A condition cannot ask for the attribute of a resource.")
        return self._attribute(logical_id, attribute, path, lookup)

    def _attribute(self, logical_id: str, attribute: str, path: Path, lookup: Lookup) -> Any:
        if logical_id not in lookup.names():
            raise self._refuse(
                path,
                f"Template format error: Unresolved resource dependencies [{logical_id}] in the template",
                did_you_mean(logical_id, lookup.names()),
            )
        return lookup.get_att(logical_id, attribute, path)

    def _sub(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        own: dict[str, Any] = {}
        if isinstance(argument, list):
            text, raw_own = self._list(argument, path, 2, "a text and a mapping of its variables")
            if not isinstance(raw_own, dict):
                raise self._refuse((*path, 1), "The second part of Fn::Sub must be a mapping.")
            own = {k: self.value(v, (*path, 1, k), lookup) for k, v in raw_own.items()}
        else:
            text = argument
        text = self._text(text, path, "a text")
        pieces: list[Any] = []
        end = 0
        for match in _PLACEHOLDER.finditer(text):
            pieces.append(text[end : match.start()])
            pieces.append(self._placeholder(match.group(1), own, path, lookup))
            end = match.end()
        pieces.append(text[end:])
        return self._joined("", pieces, path)

    def _placeholder(self, name: str, own: Mapping[str, Any], path: Path, lookup: Lookup | None) -> Any:
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        if name in own:
            return own[name]
        if "." in name and lookup is not None:
            logical_id, attribute = name.split(".", 1)
            return self._attribute(logical_id, attribute, path, lookup)
        return self._named_value(name, path, lookup)

    def _join(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        delimiter, items = self._list(argument, path, 2, "a delimiter and a list")
        items = self.value(items, (*path, 1), lookup)
        if items is PENDING:
            return PENDING
        if not isinstance(items, list):
            raise self._refuse((*path, 1), "The second part of Fn::Join must be a list.")
        return self._joined(self._text(delimiter, (*path, 0), "a delimiter"), items, path)

    def _joined(self, delimiter: str, pieces: Sequence[Any], path: Path) -> Any:
        if any(isinstance(piece, list | dict) or piece is NO_VALUE for piece in pieces):
            raise self._refuse(path, "Only texts and numbers can be put together; this is a list or a mapping.")
        if any(piece is PENDING for piece in pieces):
            return PENDING
        return delimiter.join(text_of(piece) for piece in pieces)

    def _split(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        delimiter, raw = self._list(argument, path, 2, "a delimiter and a text")
        source = self.value(raw, (*path, 1), lookup)
        if source is PENDING:
            return PENDING
        delimiter = self._text(delimiter, (*path, 0), "a delimiter")
        if not delimiter:
            raise self._refuse(path, "The delimiter of Fn::Split must not be empty.")
        return self._text(source, (*path, 1), "a text to split").split(delimiter)

    def _select(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        raw_index, raw_items = self._list(argument, path, 2, "an index and a list")
        index = text_of(self.value(raw_index, (*path, 0), lookup))
        items = self.value(raw_items, (*path, 1), lookup)
        if items is PENDING:
            return PENDING
        if not isinstance(items, list):
            raise self._refuse((*path, 1), "The second part of Fn::Select must be a list.")
        if not (index.isascii() and index.isdigit() and int(index) < len(items)):
            raise self._refuse(path, f"Fn::Select cannot select item {index} of a list of {len(items)}.")
        return items[int(index)]

    def _if(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        name, _, _ = self._list(argument, path, 3, "the name of a condition and two values")
        holds = self.condition(self._text(name, (*path, 0), "the name of a condition"), (*path, 0))
        chosen = 1 if holds else 2
        return self.value(argument[chosen], (*path, chosen), lookup)

    def _find_in_map(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        self._list(argument, path, 3, "the name of a mapping and two keys")
        found: Any = self._mappings
        for i, raw in enumerate(argument):
            key = self._text(self.value(raw, (*path, i), None), (*path, i), "a name")
            if not isinstance(found, dict) or key not in found:
                raise self._refuse(
                    (*path, i),
                    f'Fn::FindInMap finds no "{key}" in the mappings.',
                    did_you_mean(key, found if isinstance(found, dict) else ()),
                )
            found = found[key]
        return found

    def _base64(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        value = self.value(argument, path, lookup)
        if value is PENDING:
            return PENDING
        return base64.b64encode(self._text(value, path, "a text").encode()).decode()

    # ---- forms ------------------------------------------------------------------------------------

    def _function_name(self, raw: Mapping[Any, Any], path: Path) -> str | None:
        names = [k for k in raw if k == "Ref" or k.startswith("Fn::")]
        if not names:
            return None
        name: str = names[0]
        inner = (*path, name)
        if name in _NOT_YET or name.startswith("Fn::ForEach"):
            raise self._refuse(
                inner,
                f"{name} is a function of AWS that nothing here carries out yet.",
                "Write its result out.",
            )
        if name in ("Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"):
            raise self._refuse(inner, f"{name} can only stand in the Conditions section.", "Use Fn::If here.")
        if name not in self._functions:
            raise self._refuse(inner, f'There is no function "{name}".', did_you_mean(name, self._functions))
        if len(raw) > 1:
            others = ", ".join(f'"{k}"' for k in raw if k != name)
            raise self._refuse(inner, f"{name} must stand alone; beside it stands {others}.")
        return name

    def _list(self, value: Any, path: Path, length: int, meaning: str) -> list[Any]:
        if not isinstance(value, list) or len(value) != length:
            raise self._refuse(path, f"{path[-1]} takes {meaning}.")
        return value

    def _text(self, value: Any, path: Path, meaning: str) -> str:
        if isinstance(value, list | dict) or value is None or isinstance(value, _Marker):
            raise self._refuse(path, f"Here must stand {meaning}.")
        return text_of(value)

    def _refuse(self, path: Path, problem: str, hint: str | None = None) -> ScenarioError:
        return ScenarioError(problem, where=self._where(path), hint=hint)
